// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/tune_layer.hpp"
#include "golden/core/error.hpp"
#include "golden/plan/output_file.hpp"

namespace tally {
namespace {

using Bits = std::vector<int>;  // n of each layer

// A loss that is exactly the bound is within it, whatever the last bit of the subtraction says.
constexpr double kSlack = 1e-9;

// The calibration data: samples from the front tune, samples from the end choose. Neither sees --data.
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
  const std::size_t tuning = wanted(options.calibration_samples, "--calib-samples");
  const std::size_t validation = wanted(options.validation_samples, "--validation-samples");
  Split parts;
  parts.tuning = std::min(tuning, data.size() / 2);
  parts.validation = std::min(validation, data.size() - parts.tuning);
  parts.first_validation = data.size() - parts.validation;
  return parts;
}

// Tunes each layer at most once for each n, and measures each combination at most once.
class Trials {
 public:
  Trials(const ModelRunner& runner, const Dataset& data, const Split& parts, std::string where)
      : runner_(runner), data_(data), parts_(parts), where_(std::move(where)) {
    ProgressLine line("calibration", "samples", 0);
    CalibrationOptions options;
    options.samples = parts.tuning;
    options.progress = [&](std::size_t done, std::size_t total) {
      line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
    };
    activations_ = calibrate(runner, data, options);
    float_metric_ = measure({}, "float");
  }

  std::size_t layers() const { return runner_.layers().size(); }
  double float_metric() const { return float_metric_; }
  const LayerActivations& activations(std::size_t layer) const { return activations_[layer]; }

  const LayerPlan& layer(std::size_t index, int n) {
    auto& slot = plans_[{index, n}];
    if (!slot) slot = tune_layer(runner_.layers()[index], activations_[index], n, where_);
    return *slot;
  }

  // Accuracy lost on the validation part, in points.
  double loss(const Bits& bits) {
    auto& slot = losses_[bits];
    if (!slot) {
      Substitution substitution;
      for (std::size_t i = 0; i < bits.size(); ++i) {
        substitution.layers[i] =
            fake_quantized(quantize_layer(layer(i, bits[i]), runner_.layers()[i], where_));
      }
      slot = 100 * (float_metric_ - measure(substitution, fmt::format("n = {}", fmt::join(bits, ","))));
    }
    return *slot;
  }

 private:
  double measure(const Substitution& substitution, const std::string& label) {
    return evaluate_network(runner_, data_, substitution, label, parts_.first_validation,
                            parts_.validation)
        .accuracy;
  }

  const ModelRunner& runner_;
  const Dataset& data_;
  Split parts_;
  std::string where_;
  std::vector<LayerActivations> activations_;
  double float_metric_ = 0;
  std::map<std::pair<std::size_t, int>, std::optional<LayerPlan>> plans_;
  std::map<Bits, std::optional<double>> losses_;
};

struct Choice {
  Bits bits;
  std::string reason;
  std::string limiting_layer;
};

// Fewest bits within the bound: the least n that will do in all layers, then one bit less in one
// layer after the other (the one that loses least first) until each would break the bound.
Choice choose_bits(const CommonOptions& common, Trials& trials, const ModelRunner& runner,
                   double max_loss) {
  Choice choice;
  for (int n = kMinBits; n <= kMaxBits; ++n) {
    choice.bits.assign(trials.layers(), n);
    const double loss = trials.loss(choice.bits);
    say(common, "n = {} in all layers: {:+.2f} points lost on held-back data", n, loss);
    if (loss <= max_loss + kSlack) break;
    if (n == kMaxBits) {
      choice.reason = fmt::format("even n = {} in all layers loses {:.2f} points, more than allowed",
                                  kMaxBits, loss);
      return choice;
    }
  }
  while (true) {
    std::optional<std::size_t> best;
    double least = 0;
    double most = -1e9;
    for (std::size_t i = 0; i < choice.bits.size(); ++i) {
      if (choice.bits[i] == kMinBits) continue;
      Bits fewer = choice.bits;
      --fewer[i];
      const double loss = trials.loss(fewer);
      if (loss > most) {
        most = loss;
        choice.limiting_layer = runner.layers()[i].name;
      }
      if (loss <= max_loss + kSlack && (!best || loss < least)) {
        best = i;
        least = loss;
      }
    }
    if (!best) break;
    --choice.bits[*best];
    say(common, "n = {} in {}: {:+.2f} points lost", choice.bits[*best],
        runner.layers()[*best].name, least);
  }
  const bool lowest = std::all_of(choice.bits.begin(), choice.bits.end(),
                                  [](int n) { return n == kMinBits; });
  choice.reason = lowest ? fmt::format("every layer has reached the least width, n = {}", kMinBits)
                         : fmt::format("one bit less in any layer that has one to give loses more "
                                       "than {:.2f} points on held-back data", max_loss);
  if (lowest) choice.limiting_layer.clear();
  return choice;
}

double uniform_metric(const ModelRunner& runner, const Dataset& data, const Trials& trials,
                      const Bits& bits, int extra) {
  Substitution substitution;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    substitution.layers[i] =
        uniform_layer(runner.layers()[i], trials.activations(i), bits[i] + extra);
  }
  return evaluate_network(runner, data, substitution, "uniform").accuracy;
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
  Trials trials(runner, calibration, parts, options.input.model);

  Choice choice;
  if (options.bits != 0) {
    choice.bits.assign(trials.layers(), options.bits);
    choice.reason = fmt::format("--bits asked for n = {} in all layers", options.bits);
  } else {
    choice = choose_bits(common, trials, runner, options.max_loss);
  }

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
  for (std::size_t i = 0; i < trials.layers(); ++i) {
    plan.layers.push_back(trials.layer(i, choice.bits[i]));
    measure_layer(plan.layers.back(), runner.layers()[i], trials.activations(i),
                  options.input.model);
  }

  Evaluation& e = plan.evaluation;
  const auto layers = quantize_network(plan, options.output, runner);
  const EvalResult exact = evaluate_network(runner, data, {}, "float");
  e.data = std::filesystem::path(options.data).filename().string();
  e.samples = static_cast<std::int64_t>(exact.samples);
  e.float_metric = exact.accuracy;
  e.plan_metric = evaluate_network(runner, data, fake_quantized(layers), "plan").accuracy;
  e.uniform_n_metric = uniform_metric(runner, data, trials, choice.bits, 0);
  e.uniform_n1_metric = uniform_metric(runner, data, trials, choice.bits, 1);
  e.calibration_samples = static_cast<std::int64_t>(parts.tuning);
  e.validation_samples = static_cast<std::int64_t>(parts.validation);
  e.validation_float_metric = trials.float_metric();
  e.validation_metric =
      std::clamp(trials.float_metric() - trials.loss(choice.bits) / 100, 0.0, 1.0);
  e.max_loss_points = options.max_loss;
  e.average_bits = std::accumulate(choice.bits.begin(), choice.bits.end(), 0.0) /
                   static_cast<double>(choice.bits.size());
  e.stored_bits = e.average_bits + 1;
  e.stop_reason = choice.reason;
  e.limiting_layer = choice.limiting_layer;
  write_plan(options.output, plan);

  for (const LayerPlan& layer : plan.layers) {
    say(common, "{:<24} n = {}, base {:.5g}, RMAE activations {:.1f} %, weights {:.1f} %, output "
                "error {:.3g}", layer.name, layer.n, layer.base, 100 * layer.rmae_a,
        100 * layer.rmae_w, layer.output_error);
  }
  say(common, "stopped: {}", e.stop_reason);
  say(common, "average n {:.2f}; on {} samples of {}: float {:.2f} %, plan {:.2f} %, uniform n bits "
              "{:.2f} %, uniform n + 1 bits {:.2f} %", e.average_bits, e.samples, e.data,
      100 * e.float_metric, 100 * e.plan_metric, 100 * e.uniform_n_metric,
      100 * e.uniform_n1_metric);
  print_json(common, {{"metric", e.plan_metric},
                      {"float_metric", e.float_metric},
                      {"samples", e.samples},
                      {"average_bits", e.average_bits},
                      {"stored_bits", e.stored_bits},
                      {"uniform_n_metric", e.uniform_n_metric},
                      {"uniform_n1_metric", e.uniform_n1_metric},
                      {"validation_metric", e.validation_metric},
                      {"validation_float_metric", e.validation_float_metric}});
  return 0;
}

}  // namespace tally
