// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/quantize_layer.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/core/error.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/search/network_search.hpp"

namespace tally {
namespace {

// The calibration data: samples from the front tune, samples from the end choose. Neither is
// --data.
struct Split {
  std::size_t tuning = 0;
  std::size_t validation = 0;
  std::size_t first_validation = 0;
};

Split split(const Dataset& data, const SearchOptions& options) {
  constexpr std::size_t kLeast = 16;
  if (data.size() < 2 * kLeast) {
    throw Error(fmt::format("{}: {} samples are too few for calibration, at least {} are needed",
                            data.path(), data.size(), 2 * kLeast));
  }
  const auto wanted = [&](std::int64_t samples, const char* name) {
    if (samples < static_cast<std::int64_t>(kLeast)) {
      throw Error(fmt::format("{} is {}, below {}", name, samples, kLeast));
    }
    return static_cast<std::size_t>(samples);
  };
  Split parts;
  parts.tuning = std::min(wanted(options.calibration_samples, "--calib-samples"), data.size() / 2);
  parts.validation = std::min(wanted(options.validation_samples, "--validation-samples"),
                              data.size() - parts.tuning);
  parts.first_validation = data.size() - parts.validation;
  return parts;
}

// The network behind the hooks of the search.
class SearchedNetwork {
 public:
  SearchedNetwork(const ModelRunner& runner, const Dataset& data, const Split& parts)
      : runner_(runner), data_(data), parts_(parts) {
    activations_ = calibrate_on({});
    const EvalResult exact = evaluate_on({});
    float_outputs_ = exact.outputs;
  }

  const std::vector<LayerActivations>& activations() const { return activations_; }

  std::vector<LayerData> layers() const {
    std::vector<LayerData> layers;
    for (std::size_t i = 0; i < activations_.size(); ++i) {
      layers.push_back(layer_data(runner_.layers()[i], activations_[i]));
    }
    return layers;
  }

  double metric(const PartialPlan& plan) { return evaluate_on(substitution(plan)).accuracy; }

  double divergence(const PartialPlan& plan) {
    const EvalResult result = evaluate_on(substitution(plan));
    return mean_kl(float_outputs_, result.outputs, result.classes);
  }

  // The layer's inputs on the quantized prefix, and what it should make of them: the same rows of
  // the same samples in float.
  LayerData capture(std::size_t index, const PartialPlan& plan) {
    PartialPlan prefix = plan;
    std::fill(prefix.begin() + static_cast<std::ptrdiff_t>(index), prefix.end(), nullptr);
    captured_ = calibrate_on(substitution(prefix));
    target_ = exact_outputs(runner_.layers()[index], activations_[index]);
    LayerData data = layer_data(runner_.layers()[index], captured_[index]);
    data.target = target_;
    return data;
  }

 private:
  std::vector<LayerActivations> calibrate_on(const Substitution& base) {
    ProgressLine line("calibration", "samples", 0);
    CalibrationOptions options;
    options.samples = parts_.tuning;
    options.progress = [&](std::size_t done, std::size_t total) {
      line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
    };
    return calibrate(runner_, data_, options, base);
  }

  EvalResult evaluate_on(const Substitution& substitution) {
    Session session = runner_.session(substitution, kBatch);
    EvalOptions options;
    options.first = parts_.first_validation;
    options.limit = parts_.validation;
    options.keep_outputs = true;
    return evaluate(session, data_, options);
  }

  static Substitution substitution(const PartialPlan& plan) {
    Substitution result;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] != nullptr) result.layers[i] = substitution_of(fake_layer(*plan[i]));
    }
    return result;
  }

  const ModelRunner& runner_;
  const Dataset& data_;
  Split parts_;
  std::vector<LayerActivations> activations_;
  std::vector<LayerActivations> captured_;
  std::vector<float> target_;
  std::vector<float> float_outputs_;
};

NetworkSearchResult search(SearchedNetwork& network, const SearchOptions& options) {
  ProgressLine line("search", "trials", 0);
  NetworkHooks hooks;
  hooks.metric = [&](const PartialPlan& plan) { return network.metric(plan); };
  hooks.divergence = [&](const PartialPlan& plan) { return network.divergence(plan); };
  hooks.capture = [&](std::size_t i, const PartialPlan& plan) { return network.capture(i, plan); };
  hooks.progress = [&](std::size_t done, std::size_t total, const std::string& layer) {
    line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), layer);
  };
  NetworkSearchOptions search;
  search.max_loss_points = options.max_loss;
  search.bits = options.bits;
  search.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (options.method == "paper") {
    search.method = SearchMethod::kPaper;
    // As the paper has it: one alpha and beta a tensor, no bias correction, layers one by one.
    search.layer.per_channel = false;
    search.layer.correct_bias = false;
    search.sequential = false;
    if (options.bits == 0) search.min_bits = 3;
  }
  return search_network(network.layers(), hooks, search);
}

double uniform_metric(const ModelRunner& runner, const Dataset& data,
                      const std::vector<LayerData>& layers, const std::vector<LayerParams>& found,
                      int extra) {
  Substitution substitution;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    substitution.layers[i] = substitution_of(fit_uniform(layers[i], found[i].n + extra));
  }
  return evaluate_network(runner, data, substitution, "uniform").accuracy;
}

void print_summary(const CommonOptions& common, const Plan& plan) {
  for (const LayerPlan& layer : plan.layers) {
    say(common,
        "{:<24} n = {}, base {:.5g}, RMAE activations {:.1f} %, weights {:.1f} %, output "
        "error {:.3g}",
        layer.name, layer.n, layer.base, 100 * layer.rmae_a, 100 * layer.rmae_w,
        layer.output_error);
  }
  const Evaluation& e = plan.evaluation;
  say(common, "stopped: {}{}", e.stop_reason,
      e.limiting_layer.empty() ? "" : "; limited by layer " + e.limiting_layer);
  say(common, "held-back data ({} samples): float {:.2f} %, plan {:.2f} %", e.validation_samples,
      100 * e.validation_float_metric, 100 * e.validation_metric);
  say(common,
      "{} ({} samples): float {:.2f} %, plan {:.2f} %, uniform n bits {:.2f} %, uniform "
      "n + 1 bits {:.2f} %",
      e.data, e.samples, 100 * e.float_metric, 100 * e.plan_metric, 100 * e.uniform_n_metric,
      100 * e.uniform_n1_metric);
  say(common, "average n {:.2f}, stored bits {:.2f}", e.average_bits, e.stored_bits);
}

}  // namespace

int search_command(const CommonOptions& common, const SearchOptions& options) {
  if (options.bits != 0 && (options.bits < kMinBits || options.bits > kMaxBits)) {
    throw Error(fmt::format("--bits is {}, not in {} .. {}", options.bits, kMinBits, kMaxBits));
  }
  if (!(options.max_loss >= 0 && options.max_loss <= 100)) {
    throw Error(fmt::format("--max-loss is {}, not in 0 .. 100 points", options.max_loss));
  }
  check_writable(options.output);
  const ModelRunner runner = open_model(options.input);
  const Dataset calibration = open_data(options.input, options.calibration);
  const Dataset data = open_data(options.input, options.data);
  const Split parts = split(calibration, options);
  // Data that do not fit are refused before the search, not after it.
  const EvalResult exact = evaluate_network(runner, data, {}, "float");
  SearchedNetwork network(runner, calibration, parts);
  const NetworkSearchResult found = search(network, options);

  Plan plan;
  plan.tools = tool_versions();
  plan.command = common.command;
  plan.model = std::filesystem::path(options.input.model).filename().string();
  plan.model_sha256 = runner.info().checksum;
  for (const std::int64_t d : runner.info().inputs.at(0).shape) {
    plan.input_shape.push_back(std::max<std::int64_t>(d, 0));
  }
  plan.mean = options.input.mean;
  plan.scale = options.input.scale;
  plan.crop = options.input.crop;
  for (std::size_t i = 0; i < found.layers.size(); ++i) {
    plan.layers.push_back(
        layer_plan(found.layers[i], runner.layers()[i], network.activations()[i]));
  }
  Evaluation& e = plan.evaluation;
  e.data = std::filesystem::path(options.data).filename().string();
  e.samples = static_cast<std::int64_t>(exact.samples);
  e.float_metric = exact.accuracy;
  // Through the plan, as every later command will compute it.
  const auto layers = quantize_network(plan, options.output, runner);
  e.plan_metric = evaluate_network(runner, data, fake_quantized(layers), "plan").accuracy;
  e.uniform_n_metric = uniform_metric(runner, data, network.layers(), found.layers, 0);
  e.uniform_n1_metric = uniform_metric(runner, data, network.layers(), found.layers, 1);
  e.calibration_samples = static_cast<std::int64_t>(parts.tuning);
  e.validation_samples = static_cast<std::int64_t>(parts.validation);
  e.validation_float_metric = found.float_metric;
  e.validation_metric = found.metric;
  e.max_loss_points = options.max_loss;
  e.average_bits = found.average_bits;
  e.stored_bits = found.average_bits + 1;
  e.stop_reason = found.stop_reason;
  e.limiting_layer = found.limiting_layer;
  write_plan(options.output, plan);

  print_summary(common, plan);
  print_json(common, {{"metric", e.plan_metric},
                      {"float_metric", e.float_metric},
                      {"samples", e.samples},
                      {"average_bits", e.average_bits},
                      {"stored_bits", e.stored_bits},
                      {"within_bound", found.within_bound},
                      {"uniform_n_metric", e.uniform_n_metric},
                      {"uniform_n1_metric", e.uniform_n1_metric},
                      {"validation_metric", e.validation_metric},
                      {"validation_float_metric", e.validation_float_metric}});
  return 0;
}

}  // namespace tally
