// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/device_network.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/run_target.hpp"
#include "golden/cli/searched_network.hpp"

namespace tally {
namespace {

constexpr const char* kHardwareReference = "emulator on the same bytes, bit for bit";
constexpr const char* kEmulatorReference =
    "fake-quantized layer on the same inputs, within its tolerance";

void add_totals(RunRecord& record) {
  std::optional<std::int64_t> counting;
  for (const LayerRun& layer : record.layers) {
    record.compared += layer.compared;
    record.mismatches += layer.mismatches;
    if (!layer.cycles) continue;
    record.cycles = record.cycles.value_or(0) + *layer.cycles;
    counting = counting.value_or(0) + layer.counting_cycles.value_or(0);
  }
  record.utilization = share_of_cycles(counting, record.cycles);
}

void print_table(const CommonOptions& common, const RunRecord& record) {
  say(common, "{:<24} {:>12} {:>10} {:>14} {:>11}", "layer", "compared", "mismatches", "cycles",
      "utilization");
  for (const LayerRun& layer : record.layers) {
    say(common, "{:<24} {:>12} {:>10} {:>14} {:>11}", layer.name, layer.compared, layer.mismatches,
        layer.cycles ? fmt::format("{}", *layer.cycles) : "no clock",
        layer.utilization ? fmt::format("{:.1f} %", 100 * *layer.utilization) : "-");
  }
  say(common, "{} samples on {} ({}): {} of {} output values differ from the {}", record.samples,
      record.device, record.config, record.mismatches, record.compared, record.reference);
  if (record.cycles) {
    say(common,
        "{} cycles, {:.0f} a sample with {} samples at a time (a layer's weights are loaded once "
        "for all)",
        *record.cycles, static_cast<double>(*record.cycles) / static_cast<double>(record.samples),
        record.batch);
  }
  const Metric metric = metric_of(record.metric_name);
  say(common, "{} {}, float {}", metric == Metric::kTop1 ? "accuracy" : record.metric_name,
      value_text(metric, record.metric), value_text(metric, record.float_metric));
}

}  // namespace

int run_command(const CommonOptions& common, const RunOptions& options) {
  if (!options.output.empty()) {
    check_output(options.output, {options.input.model, options.plan, options.data});
  }
  const ModelRunner runner = open_model(options.input);
  const Plan plan = read_plan(options.plan);
  check_plan_is_for(plan, options.plan, options.input.model, runner.info().checksum);
  const std::vector<QuantizedLayer> layers = quantize_network(plan, options.plan, runner);
  const std::vector<ProductPlan> products = products_of(plan, options.plan, runner);
  const Dataset data = open_data(with_plan_scaling(options.input, plan), options.data);
  const std::size_t limit = sample_limit(data, options.samples);
  // Only a network of embeddings is judged without labels.
  if (plan.evaluation.metric != "embedding") data.require_labels();
  RunTarget target = open_target(options.device, options.config, layers, products);
  const PeConfig& config = *target.config;
  const bool hardware = target.tested != nullptr;

  DeviceNetwork network(runner, layers, products, config, std::move(target.tested));
  // Few samples an inference on the slow device, so that progress shows.
  const std::size_t batch = runner.info().fixed_batch.value_or(hardware ? 10 : kBatch);
  Session session = runner.session(network.substitution(), batch);
  ProgressLine line(target.kind, "samples", 0);
  EvalOptions eval;
  eval.limit = limit;
  const EvalResult plain = exact_on(runner, data, limit);
  eval.reference = &plain.outputs;
  eval.metric = plain.score.metric;
  eval.progress = [&](std::size_t done, std::size_t total) {
    line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
  };
  const auto start = std::chrono::steady_clock::now();
  const EvalResult result = evaluate(session, data, eval);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  RunRecord record;
  record.tools = tool_versions(target.kind == "rtl"
                                   ? std::vector<std::string>{"Verilator " TALLY_VERILATOR_VERSION}
                                   : std::vector<std::string>{});
  record.command = common.command;
  record.model_sha256 = plan.model_sha256;
  record.device = target.kind;
  record.config = config.name;
  record.reference = hardware ? kHardwareReference : kEmulatorReference;
  record.data = std::filesystem::path(options.data).filename().string();
  record.samples = static_cast<std::int64_t>(result.samples);
  record.batch = static_cast<std::int64_t>(std::min(batch, result.samples));
  record.metric_name = to_string(result.score.metric);
  record.metric = result.score.value;
  record.float_metric = plain.score.value;
  record.seconds = seconds;
  record.layers = network.layer_runs();
  add_totals(record);
  if (!options.output.empty()) write_run(options.output, record);
  print_table(common, record);
  say(common, "{:.1f} % of the multiplications are quantized{}", 100 * quantized_share(plan),
      products.size() < runner.products().size()
          ? fmt::format("; {} products of two activations stay in float on the host",
                        runner.products().size() - products.size())
          : "");
  print_json(common, {{"metric_name", record.metric_name},
                      {"quantized_share", quantized_share(plan)},
                      {"metric", record.metric},
                      {"float_metric", record.float_metric},
                      {"samples", record.samples},
                      {"compared", record.compared},
                      {"mismatches", record.mismatches},
                      {"cycles", json_or_null(record.cycles)},
                      {"utilization", json_or_null(record.utilization)},
                      {"batch", record.batch},
                      {"device", record.device},
                      {"config", record.config},
                      {"seconds", record.seconds}});
  return record.mismatches == 0 && record.compared > 0 ? 0 : 1;
}

}  // namespace tally
