// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/quantize_layer.hpp"

#include <fmt/format.h>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/segments.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/search/layer_params.hpp"

namespace tally {

QuantizedLayer quantize_layer(const LayerPlan& plan, const LayerInfo& info,
                              const std::string& where) {
  const std::string what = fmt::format("{}: layer {}", where, plan.name);
  if (plan.number_system != "exponential") {
    throw Error(fmt::format("{}: number system {} is not built into this version", what,
                            plan.number_system));
  }
  if (plan.inputs != static_cast<std::int64_t>(info.k) ||
      plan.outputs != static_cast<std::int64_t>(info.outputs)) {
    throw Error(fmt::format("{}: {} inputs and {} outputs in the plan, {} and {} in the model",
                            what, plan.inputs, plan.outputs, info.k, info.outputs));
  }
  QuantizedLayer layer;
  layer.plan = plan;
  layer.activation = {plan.n, plan.base, plan.alpha_a, plan.beta_a};
  check_params(layer.activation, what + ", activations");
  for (std::size_t o = 0; o < info.outputs; ++o) {
    layer.weight.push_back({plan.n, plan.base, plan.alpha_w[o], plan.beta_w[o]});
    check_params(layer.weight.back(), fmt::format("{}, weights of output channel {}", what, o));
  }
  check_polynomial_range(plan.n, plan.base, info.k, what);
  layer.table = {plan.magnitudes_a, plan.boundaries_a};
  check_level_table(layer.table, what + ", activations");
  const Rounding rounding = plan.rounding == "log" ? Rounding::kLog : Rounding::kNearest;
  layer.codes =
      encode_weights(info.weights, plan.n, plan.base, plan.alpha_w, plan.beta_w, rounding);
  const std::string sum = sha256(layer.codes);
  if (!plan.codes_sha256.empty() && sum != plan.codes_sha256) {
    throw Error(fmt::format("{}: its weights quantize to codes with SHA-256 {}, the plan says {}",
                            what, sum, plan.codes_sha256));
  }
  layer.plan.codes_sha256 = sum;
  return layer;
}

std::vector<QuantizedLayer> quantize_network(const Plan& plan, const std::string& plan_path,
                                             const ModelRunner& runner) {
  for (const LayerPlan& layer : plan.layers) {
    bool known = false;
    for (const LayerInfo& info : runner.layers()) known = known || info.name == layer.name;
    if (!known) {
      throw Error(fmt::format("{}: layer {} is not in the model {}", plan_path, layer.name,
                              runner.info().path));
    }
  }
  std::vector<QuantizedLayer> layers;
  for (const LayerInfo& info : runner.layers()) {
    layers.push_back(quantize_layer(find_layer(plan, plan_path, info.name), info, plan_path));
  }
  return layers;
}

std::vector<float> dequantized_weights(const QuantizedLayer& layer) {
  const std::size_t outputs = layer.weight.size();
  const std::size_t k = layer.codes.size() / outputs;
  std::vector<float> weights;
  weights.reserve(layer.codes.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::vector<double> magnitudes = exponential_magnitudes(layer.weight[o]);
    for (std::size_t i = 0; i < k; ++i) {
      weights.push_back(static_cast<float>(code_value(layer.codes[o * k + i], magnitudes)));
    }
  }
  return weights;
}

LayerSubstitution fake_quantized(const QuantizedLayer& layer) {
  LayerSubstitution substitution;
  const auto halves = std::make_shared<const std::vector<float>>(dequantized_halves(layer.table));
  substitution.input_tap = [halves](const LayerCall& call) {
    std::size_t size = 1;
    for (const std::size_t dimension : call.input_shape) size *= dimension;
    fake_quantize({call.input, size}, *halves, {call.output, size});
  };
  substitution.weights = dequantized_weights(layer);
  substitution.bias = layer.plan.bias;
  return substitution;
}

Substitution fake_quantized(const std::vector<QuantizedLayer>& layers) {
  Substitution substitution;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    substitution.layers[i] = fake_quantized(layers[i]);
  }
  return substitution;
}

DeviceLayer device_layer(const QuantizedLayer& layer, const LayerInfo& info, std::size_t group,
                         const PeConfig& config, bool non_negative) {
  const std::size_t outputs = info.outputs_per_group();
  const std::size_t first = group * outputs;
  DeviceLayer device;
  device.name = info.name;
  device.n = layer.plan.n;
  device.base = layer.plan.base;
  device.relu = info.relu;
  device.boundaries = layer.plan.boundaries_a;
  device.inputs = info.k;
  const auto begin = layer.codes.begin() + static_cast<std::ptrdiff_t>(first * info.k);
  device.weights.assign(begin, begin + static_cast<std::ptrdiff_t>(outputs * info.k));
  device.segment = largest_segment(device.weights, outputs, config.cnt_w, non_negative);
  for (std::size_t o = first; o < first + outputs; ++o) {
    const Coefficients c = coefficients(layer.activation, layer.weight[o],
                                        fmt::format("layer {}, output channel {}", info.name, o));
    device.channels.push_back({c.c1, c.c2, c.c3, c.c4, layer.plan.bias[o]});
    device.offset = device.offset || c.c2 != 0 || c.c3 != 0 || c.c4 != 0;
  }
  return device;
}

}  // namespace tally
