// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/cli/console.hpp"
#include "golden/cli/progress.hpp"
#include "golden/core/error.hpp"

namespace tally {

ModelRunner open_model(const InputOptions& input) {
  LoadOptions load;
  load.shape = input.shape;
  ModelRunner runner = ModelRunner::load(input.model, load);
  if (runner.layers().empty()) {
    std::string reasons;
    for (const std::string& reason : runner.info().left_out) reasons += "\n  " + reason;
    throw Error(fmt::format("{}: no layer can be quantized{}{}", input.model,
                            reasons.empty() ? "" : "; left on the host:", reasons));
  }
  return runner;
}

Dataset open_data(const InputOptions& input, const std::string& path) {
  DatasetOptions options;
  options.mean = input.mean;
  options.scale = input.scale;
  options.crop = input.crop;
  return load_dataset(path, options);
}

InputOptions with_plan_scaling(InputOptions input, const Plan& plan) {
  if (input.mean.empty()) input.mean = plan.mean;
  if (input.scale.empty()) input.scale = plan.scale;
  input.crop = plan.crop;
  return input;
}

Substitution checked(const ModelRunner& runner, Substitution substitution) {
  substitution.check_finite = true;
  for (std::size_t i = 0; i < runner.layers().size(); ++i) {
    LayerSubstitution& layer = substitution.layers[i];
    if (!layer.input_tap && !layer.replace) layer.input_tap = [](const LayerCall&) {};
  }
  return substitution;
}

EvalResult evaluate_network(const ModelRunner& runner, const Dataset& data,
                            const Substitution& substitution, const std::string& label,
                            std::size_t first, std::size_t limit) {
  EvalOptions options;
  options.first = first;
  options.limit = limit;
  return evaluate_network(runner, data, substitution, label, options);
}

EvalResult evaluate_network(const ModelRunner& runner, const Dataset& data,
                            const Substitution& substitution, const std::string& label,
                            EvalOptions options) {
  Session session = runner.session(checked(runner, substitution), kBatch);
  ProgressLine line(label, "samples", 0);
  options.progress = [&](std::size_t done, std::size_t total) {
    line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
  };
  return evaluate(session, data, options);
}

std::size_t batch_of(const ModelRunner& runner) {
  constexpr double kElements = 3e6;  // of the input; inner tensors are some ten times larger
  double elements = 1;
  const auto& shape = runner.info().inputs.at(0).shape;
  for (std::size_t d = 1; d < shape.size(); ++d) elements *= static_cast<double>(shape[d]);
  return std::clamp<std::size_t>(static_cast<std::size_t>(kElements / elements), 1, kBatch);
}

void require_classes(const Dataset& data, const std::string& command) {
  data.require_labels();
  if (data.labels_per_sample() == 1) return;
  throw Error(
      fmt::format("{}: has {} labels a sample; tally {} judges by the most likely class, one "
                  "label a sample",
                  data.path(), data.labels_per_sample(), command));
}

void say_float_products(const CommonOptions& common, const ModelRunner& runner,
                        const std::string& command) {
  if (runner.products().empty()) return;
  say(common, "{} products of two activations stay in float: tally {} is about layers with weights",
      runner.products().size(), command);
}

std::size_t sample_limit(const Dataset& data, std::optional<std::int64_t> samples) {
  if (!samples) return data.size();
  if (*samples < 1) throw Error(fmt::format("--samples is {}, below 1", *samples));
  if (static_cast<std::size_t>(*samples) > data.size()) {
    throw Error(
        fmt::format("{}: {} samples asked for, there are {}", data.path(), *samples, data.size()));
  }
  return static_cast<std::size_t>(*samples);
}

}  // namespace tally
