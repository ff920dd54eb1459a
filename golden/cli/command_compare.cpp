// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <set>

#include "golden/cli/commands.hpp"
#include "golden/cli/compare_record.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/cli/product_search.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/resources.hpp"
#include "golden/cli/search_options.hpp"
#include "golden/cli/searched_network.hpp"
#include "golden/core/error.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/report/compare_page.hpp"
#include "golden/search/cached_search.hpp"

namespace tally {
namespace {

class Comparer {
 public:
  Comparer(const CommonOptions& common, const CompareOptions& options)
      : common_(common),
        options_(options),
        runner_(open_model(options.search.input)),
        calibration_(open_data(options.search.input, options.search.calibration)),
        data_(open_data(options.search.input, options.search.data)),
        parts_(split_calibration(runner_, calibration_, options.search)),
        threads_(search_threads(options.search)),
        exact_(exact_on(runner_, data_)),
        store_(search_store(options.search)),
        products_(options.search.float_products
                      ? std::vector<ProductPlan>()
                      : search_products(runner_, calibration_, parts_, options.search.product_bits,
                                        {kExponential, kUniform}, threads_, &store_)),
        network_(runner_, calibration_, parts_, threads_, &store_, products_) {
    say(common, "{}", calibration_text(calibration_, parts_));
    record_.model = std::filesystem::path(options.search.input.model).filename().string();
    record_.model_sha256 = runner_.info().checksum;
    record_.data = std::filesystem::path(options.search.data).filename().string();
    record_.tuning_samples = parts_.tuning;
    record_.validation_samples = parts_.validation;
    record_.shared_samples = parts_.shared;
    record_.max_loss_points = options.search.max_loss;
    record_.metric = to_string(exact_.score.metric);
    double quantized = 0;
    for (const LayerInfo& layer : runner_.layers()) quantized += static_cast<double>(layer.macs);
    for (const ProductPlan& product : products_) quantized += product.macs();
    record_.quantized_share = quantized / runner_.info().macs;
    if (!products_.empty()) record_.product_bits = options.search.product_bits;
    record_.tools = tool_versions();
    record_.command = common.command;
    for (const LayerInfo& layer : runner_.layers()) record_.layer_names.push_back(layer.name);
  }

  CompareRecord run() {
    for (const double budget : options_.budgets) {
      for (const std::string& system : options_.systems) {
        NetworkSearchOptions search = base(system);
        search.average_bits = budget;
        add(system, fmt::format("average n {}", budget), search);
      }
    }
    if (options_.bound) {
      for (const std::string& system : options_.systems) {
        add(fmt::format("{} within {} points", system, options_.search.max_loss), "loss bound",
            base(system));
      }
    }
    if (options_.paper) paper();
    if (options_.reveal) reveal();
    return record_;
  }

  void finish() { store_.finish(); }

 private:
  NetworkSearchOptions base(const std::string& system, const std::string& method = "output") {
    SearchOptions options = options_.search;
    options.system = system;
    options.method = method;
    options.bits = 0;
    options.average_bits = 0;
    return network_options(options, threads_, &store_);
  }

  NetworkSearchResult search(const std::string& label, const NetworkSearchOptions& options) {
    ProgressLine line(label, "trials", 0);
    NetworkHooks hooks = network_.hooks();
    hooks.progress = [&](std::size_t done, std::size_t total, const std::string& what) {
      line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), what);
    };
    return search_network(runner_.layers().size(), hooks, options);
  }

  // Judges a plan on the test data, which took no part in making it.
  ComparedPlan judged(const std::string& method, const std::string& what,
                      const std::vector<LayerParams>& layers) {
    ComparedPlan plan;
    plan.method = method;
    plan.what = what;
    for (const LayerParams& layer : layers) {
      plan.average_n += layer.n / static_cast<double>(layers.size());
      plan.rmae_a += layer.rmae_a;
      plan.rmae_w += layer.rmae_w;
      plan.layers.push_back(to_string(layer.candidate()));
    }
    plan.test =
        compare_on(runner_, data_, exact_, network_.substitution(layers), method + " on test data");
    return plan;
  }

  Measurement validated(const std::vector<LayerParams>& layers) {
    return network_.hooks().measure(whole_plan(layers));
  }

  void keep(ComparedPlan plan, std::vector<ComparedPlan>& list) {
    say(common_,
        "{:<28} {:<16} n {:.2f}: loss {:+.2f} points, agreement {:.2f} %, KL {:.5f} ({} samples; "
        "validation KL {:.5f}; {:.0f} s, user {:.0f} s)",
        plan.method, plan.what, plan.average_n, 100 * (plan.test.float_metric - plan.test.metric),
        100 * plan.test.agreement, plan.test.divergence, plan.test.samples,
        plan.validation.divergence, plan.seconds, plan.user_seconds);
    std::fflush(stdout);  // a log file shows each plan when it is done
    list.push_back(std::move(plan));
  }

  void add(const std::string& method, const std::string& what,
           const NetworkSearchOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const double user = user_seconds();
    const NetworkSearchResult found = search(method + ", " + what, options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double used = user_seconds() - user;
    ComparedPlan plan = judged(method, what, found.layers);
    plan.validation = found.measured;
    plan.seconds = seconds;
    plan.user_seconds = used;
    plan.threshold_w = found.threshold_w;
    record_.validation_float_metric = found.float_measured.metric;
    if (!found.importance.empty() && record_.importance.empty()) {
      record_.importance = found.importance;
    }
    keep(std::move(plan), record_.plans);
  }

  // The paper's search, plain uniform levels at its widths (both readings), and its whole curve.
  void paper() {
    NetworkSearchOptions search = base("exponential", "paper");
    add("paper", fmt::format("loss up to {}", search.max_loss_points), search);
    const auto found = this->search("paper", search);
    for (const int fewer : {1, 0}) {
      std::vector<LayerParams> layers(found.layers.size());
      network_.hooks().pass([&](std::size_t i, const LayerData& layer) -> const LayerParams* {
        layers[i] = plain_uniform(layer, found.layers[i].n - fewer);
        return nullptr;
      });
      ComparedPlan plan = judged(fewer == 1 ? "plain uniform, n bits" : "plain uniform, n + 1 bits",
                                 "widths of the paper", layers);
      plan.validation = validated(layers);
      keep(std::move(plan), record_.plans);
    }
    search.whole_curve = true;
    const auto curve = this->search("paper, all thresholds", search);
    for (const Trial& trial : curve.trials) {
      std::vector<LayerParams> layers;
      const auto layer_search = make_cached_search(search.method, search.layer, &store_);
      network_.hooks().pass([&](std::size_t i, const LayerData& layer) -> const LayerParams* {
        layers.push_back(layer_search->search(layer, trial.candidates[i]));
        return nullptr;
      });
      ComparedPlan plan = judged("paper", trial.what, layers);
      plan.threshold_w = trial.threshold_w;
      plan.validation = trial.measured;
      keep(std::move(plan), record_.thresholds);
    }
  }

  void reveal() {
    const auto search = make_cached_search(SearchMethod::kOutput, {}, &store_);
    const std::vector<Candidate> candidates{{kUniform, 7},          {kReveal, 7, 8, 16, 3},
                                            {kReveal, 7, 8, 14, 3}, {kReveal, 7, 8, 12, 2},
                                            {kReveal, 7, 8, 10, 2}, {kReveal, 7, 8, 8, 2}};
    for (const Candidate& candidate : candidates) {
      const auto start = std::chrono::steady_clock::now();
      const double user = user_seconds();
      std::vector<LayerParams> layers(runner_.layers().size());
      network_.hooks().pass([&](std::size_t i, const LayerData& layer) {
        layers[i] = search->search(layer, candidate);
        return &layers[i];
      });
      const double used = user_seconds() - user;
      ComparedPlan plan =
          judged(candidate.system == kReveal ? "reveal" : "INT8", to_string(candidate), layers);
      plan.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      plan.user_seconds = used;
      plan.validation = validated(layers);
      if (candidate.system == kReveal) {
        plan.bound_steps =
            static_cast<double>(candidate.budget * candidate.terms) / candidate.group;
      }
      keep(std::move(plan), record_.plans);
    }
  }

  const CommonOptions& common_;
  const CompareOptions& options_;
  ModelRunner runner_;
  Dataset calibration_;
  Dataset data_;
  CalibrationSplit parts_;
  int threads_;
  EvalResult exact_;
  FileStore store_;
  std::vector<ProductPlan> products_;
  SearchedNetwork network_;
  CompareRecord record_;
};

void check_systems(const std::vector<std::string>& systems) {
  std::set<std::string> seen;
  for (const std::string& system : systems) {
    try {
      systems_named(system);
    } catch (const Error& error) {
      throw Error(fmt::format("--systems: {}", error.what()));
    }
    if (!seen.insert(system).second) throw Error(fmt::format("--systems names {} twice", system));
  }
}

}  // namespace

int compare_command(const CommonOptions& common, const CompareOptions& options) {
  check_search_options(options.search);
  check_outputs({options.search.output, options.tables, options.page},
                {options.search.input.model, options.search.calibration, options.search.data});
  check_systems(options.systems);
  for (const double budget : options.budgets) {
    if (!(budget >= 2 && budget <= 7)) {
      throw Error(fmt::format("--budgets has {}, not in 2 .. 7", budget));
    }
  }
  Comparer comparer(common, options);
  CompareRecord record = comparer.run();
  record.peak_memory_mb = peak_memory_mb();
  const Json json = to_json(record);
  write_file(options.search.output, pretty(json));
  if (!options.tables.empty()) write_file(options.tables, compare_tables(record));
  if (!options.page.empty()) write_file(options.page, render_compare_page(json));
  comparer.finish();
  say(common, "peak memory {:.0f} MB", record.peak_memory_mb);
  print_json(common, json);
  return 0;
}

}  // namespace tally
