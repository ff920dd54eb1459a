// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/digit_search.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/cli/product_search.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/quantize_product.hpp"
#include "golden/cli/resources.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/cli/search_options.hpp"
#include "golden/cli/searched_network.hpp"
#include "golden/core/error.hpp"
#include "golden/search/digit_fit.hpp"
#include "golden/search/network_search.hpp"

namespace tally {
namespace {

NetworkSearchResult search(const ModelRunner& runner, SearchedNetwork& network,
                           const SearchOptions& options, int threads, ResultStore* store) {
  if (options.system == "reveal") return search_reveal(runner, network, options);
  if (!listed_systems(options.system).empty()) {
    return search_listed(runner, network, options, store);
  }
  if (options.cost == "cycles") {
    return search_cycles(runner, network, options, find_pe_config(options.config), threads, store);
  }
  ProgressLine line("search", "trials", 0);
  NetworkHooks hooks = network.hooks();
  hooks.progress = [&](std::size_t done, std::size_t total, const std::string& layer) {
    line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), layer);
  };
  return search_network(runner.layers().size(), hooks, network_options(options, threads, store));
}

// Uniform levels with the stored bits of the plan that was found, less `fewer`, tuned exactly as
// our search does. Reveal is INT8 without a search; so is what it is compared with.
std::vector<LayerParams> uniform_layers(SearchedNetwork& network,
                                        const std::vector<LayerParams>& found, int fewer,
                                        const SearchOptions& options, int threads,
                                        ResultStore* store) {
  if (std::any_of(found.begin(), found.end(),
                  [](const LayerParams& layer) { return layer.system == kReveal; })) {
    std::vector<LayerParams> layers(found.size());
    network.hooks().pass([&](std::size_t i, const LayerData& layer) {
      layers[i] = fit_digits(layer, uniform_options(found[i].n + 1 - fewer)).params.layer_params();
      return &layers[i];
    });
    return layers;
  }
  std::vector<int> widths;
  for (const LayerParams& layer : found) widths.push_back(layer.n - fewer);
  NetworkSearchOptions how;
  how.systems = {kUniform};
  how.correct_weights = corrects_weights(options);
  how.threads = threads;
  how.store = store;
  return tune_network(widths, network.hooks(), how);
}

Json systems_of(const Plan& plan) {
  Json systems = Json::array();
  for (const LayerPlan& layer : plan.layers) systems.push_back(layer.number_system);
  return systems;
}

void print_summary(const CommonOptions& common, const Plan& plan) {
  for (const LayerPlan& layer : plan.layers) {
    const std::string parameters =
        layer.counts_digits()
            ? fmt::format("n = {}, g = {}, k = {}, s = {}", layer.n, layer.group, layer.budget,
                          layer.terms)
            : fmt::format("n = {}, base {:.5g}, RMAE activations {:.1f} %, weights {:.1f} %",
                          layer.n, layer.base, 100 * layer.rmae_a, 100 * layer.rmae_w);
    say(common, "{:<24} {:<11} {}, output error {:.3g}{}", layer.name, layer.number_system,
        parameters, layer.output_error, layer.codes.empty() ? "" : ", weights corrected");
  }
  for (const ProductPlan& p : plan.products) {
    say(common, "{:<24} {:<11} n = {}, both sides at run time, output error {:.3g}", p.name,
        p.number_system, p.n, p.output_error);
  }
  const Evaluation& e = plan.evaluation;
  const Metric metric = metric_of(e.metric);
  const auto text = [&](double value) { return value_text(metric, value); };
  say(common, "stopped: {}{}", e.stop_reason,
      e.limiting_layer.empty() ? "" : "; limited by layer " + e.limiting_layer);
  const char* chosen_on = e.same_samples ? "the data that tuned it" : "held-back data";
  if (metric == Metric::kTop1) {
    say(common, "{} ({} samples): float {}, plan {}", chosen_on, e.validation_samples,
        text(e.validation_float_metric), text(e.validation_metric));
  } else {
    say(common, "{} ({} samples): plan {:+.2f} % of the float network's {}", chosen_on,
        e.validation_samples, 100 * (e.validation_float_metric - e.validation_metric),
        metric == Metric::kPerplexity ? "perplexity" : "similarity lost");
  }
  say(common, "{} ({} samples): {}float {}, plan {}, uniform n bits {}, uniform n + 1 bits {}",
      e.data, e.samples, metric == Metric::kTop1 ? "" : e.metric + " ", text(e.float_metric),
      text(e.plan_metric), text(e.uniform_n_metric), text(e.uniform_n1_metric));
  say(common, "average n {:.2f}, stored bits {:.2f}; {:.1f} % of the multiplications quantized",
      e.average_bits, e.stored_bits, 100 * quantized_share(plan));
  for (const std::string& reason : plan.left_in_float) say(common, "left in float: {}", reason);
}

// Attention's products take the system of the layers; of Term Revealing, whose selection needs
// weights, INT8.
std::vector<NumberSystem> product_systems(const SearchOptions& options) {
  if (options.system == "exponential") return {kExponential};
  if (options.system == "auto") return {kExponential, kUniform};
  return {kUniform};
}

}  // namespace

int search_command(const CommonOptions& common, const SearchOptions& options) {
  check_search_options(options);
  check_output(options.output, {options.input.model, options.calibration, options.data});
  const ModelRunner runner = open_model(options.input);
  const Dataset calibration = open_data(options.input, options.calibration);
  const Dataset data = open_data(options.input, options.data);
  const CalibrationSplit parts = split_calibration(runner, calibration, options);
  // Data that do not fit are refused before the search, not after it.
  const EvalResult exact = exact_on(runner, data);
  const int threads = search_threads(options);
  FileStore store = search_store(options);
  std::vector<ProductPlan> products;
  if (!options.float_products) {
    products = search_products(runner, calibration, parts, options.product_bits,
                               product_systems(options), threads, &store);
  }
  SearchedNetwork network(runner, calibration, parts, threads, &store, products);
  const NetworkSearchResult found = search(runner, network, options, threads, &store);
  const double found_after = elapsed_seconds();

  Plan plan;
  plan.tools = tool_versions();
  plan.command = common.command;
  plan.model = std::filesystem::path(options.input.model).filename().string();
  plan.model_sha256 = runner.info().checksum;
  plan.input_shape = plan_input_shape(runner);
  plan.mean = options.input.mean;
  plan.scale = options.input.scale;
  plan.crop = options.input.crop;
  for (std::size_t i = 0; i < found.layers.size(); ++i) {
    plan.layers.push_back(layer_plan(found.layers[i], runner.layers()[i], network.activations()[i],
                                     hardware_encoding(options.encoding == "hese"),
                                     options.group == 0 ? 1 : options.group));
  }
  plan.macs = runner.info().macs;
  plan.left_in_float = runner.info().left_out;
  plan.products = products;
  Evaluation& e = plan.evaluation;
  e.metric = to_string(exact.score.metric);
  e.data = std::filesystem::path(options.data).filename().string();
  e.samples = static_cast<std::int64_t>(exact.samples);
  e.float_metric = exact.score.value;
  // Through the plan, as every later command will compute it.
  const auto layers = quantize_network(plan, options.output, runner);
  e.plan_metric =
      metric_on(runner, data, exact, with_products(fake_quantized(layers), products), "plan");
  const auto uniform_metric = [&](int fewer) {
    const auto uniform = uniform_layers(network, found.layers, fewer, options, threads, &store);
    return metric_on(runner, data, exact, network.substitution(uniform), "uniform");
  };
  e.uniform_n_metric = uniform_metric(1);
  e.uniform_n1_metric = uniform_metric(0);
  e.calibration_samples = static_cast<std::int64_t>(parts.tuning);
  e.validation_samples = static_cast<std::int64_t>(parts.validation);
  e.same_samples = parts.shared;
  e.validation_float_metric = found.float_measured.metric;
  e.validation_metric = found.measured.metric;
  e.max_loss_points = options.max_loss;
  e.average_bits = found.average_bits;
  e.stored_bits = found.average_bits + 1;
  e.stop_reason = found.stop_reason;
  e.limiting_layer = found.limiting_layer;
  write_plan(options.output, plan);
  store.finish();

  say(common, "{}", calibration_text(calibration, parts));
  print_summary(common, plan);
  say(common,
      "plan found after {:.0f} s, {:.0f} s with the uniform plans beside it; {:.0f} s of processor "
      "time, peak memory {:.0f} MB",
      found_after, elapsed_seconds(), user_seconds(), peak_memory_mb());
  print_json(common, {{"metric_name", e.metric},
                      {"quantized_share", quantized_share(plan)},
                      {"metric", e.plan_metric},
                      {"float_metric", e.float_metric},
                      {"samples", e.samples},
                      {"average_bits", e.average_bits},
                      {"stored_bits", e.stored_bits},
                      {"number_systems", systems_of(plan)},
                      {"search_seconds", found_after},
                      {"user_seconds", user_seconds()},
                      {"peak_memory_mb", peak_memory_mb()},
                      {"within_bound", found.within_bound},
                      {"uniform_n_metric", e.uniform_n_metric},
                      {"uniform_n1_metric", e.uniform_n1_metric},
                      {"validation_metric", e.validation_metric},
                      {"validation_float_metric", e.validation_float_metric}});
  return 0;
}

}  // namespace tally
