// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/quantize_layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/cli/digit_layer.hpp"
#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/segments.hpp"
#include "golden/model/input_quantizer.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/plan/stored_codes.hpp"
#include "golden/search/layer_params.hpp"

namespace tally {

namespace {

void set_exponential_levels(QuantizedLayer& layer, const LayerInfo& info, const std::string& what) {
  const LayerPlan& plan = layer.plan;
  layer.activation = {plan.n, plan.base, plan.alpha_a, plan.beta_a};
  check_params(layer.activation, what + ", activations");
  for (std::size_t o = 0; o < info.outputs; ++o) {
    layer.weight.push_back({plan.n, plan.base, plan.alpha_w[o], plan.beta_w[o]});
    check_params(layer.weight.back(), fmt::format("{}, weights of output channel {}", what, o));
  }
  check_polynomial_range(plan.n, plan.base, info.k, what);
  check_level_table(layer.table, what + ", activations");
}

// {sign, index}: stored, or what the model's weights quantize to.
std::vector<std::uint8_t> weight_codes(const LayerPlan& plan, const LayerInfo& info,
                                       const std::string& what) {
  if (!plan.codes.empty()) return stored_codes(what, plan);
  if (plan.counts_digits()) return encode_uniform_weights(info.weights, plan.n, plan.scale_w);
  const Rounding rounding = plan.rounding == "log" ? Rounding::kLog : Rounding::kNearest;
  return encode_weights(info.weights, plan.n, plan.base, plan.alpha_w, plan.beta_w, rounding);
}

}  // namespace

QuantizedLayer quantize_layer(const LayerPlan& plan, const LayerInfo& info,
                              const std::string& where) {
  const std::string what = fmt::format("{}: layer {}", where, plan.name);
  if (plan.inputs != static_cast<std::int64_t>(info.k) ||
      plan.outputs != static_cast<std::int64_t>(info.outputs)) {
    throw Error(fmt::format("{}: {} inputs and {} outputs in the plan, {} and {} in the model",
                            what, plan.inputs, plan.outputs, info.k, info.outputs));
  }
  const auto same = [&](const char* field, const auto& in_plan, const auto& in_model) {
    if (in_plan == in_model) return;
    throw Error(
        fmt::format("{}: {} is {} in the plan, {} in the model", what, field, in_plan, in_model));
  };
  same("kind", plan.kind, std::string(to_string(info.kind)));
  same("relu", plan.relu, info.relu);
  same("has_bias", plan.has_bias, info.has_bias);
  same("places", plan.places, static_cast<std::int64_t>(info.places));
  QuantizedLayer layer;
  layer.plan = plan;
  layer.table = {plan.magnitudes_a, plan.boundaries_a};
  if (!plan.counts_digits()) set_exponential_levels(layer, info, what);
  layer.codes = weight_codes(plan, info, what);
  if (plan.counts_digits()) layer.codes = int8_of_codes(layer.codes);
  const std::string sum = sha256(layer.codes);
  if (!plan.codes_sha256.empty() && sum != plan.codes_sha256) {
    throw Error(fmt::format("{}: its weights quantize to codes with SHA-256 {}, the plan says {}",
                            what, sum, plan.codes_sha256));
  }
  layer.plan.codes_sha256 = sum;
  return layer;
}

std::vector<std::int64_t> plan_input_shape(const ModelRunner& runner) {
  std::vector<std::int64_t> shape;
  for (const std::int64_t d : runner.info().inputs.at(0).shape) {
    shape.push_back(std::max<std::int64_t>(d, 0));
  }
  return shape;
}

std::vector<QuantizedLayer> quantize_network(const Plan& plan, const std::string& plan_path,
                                             const ModelRunner& runner) {
  const std::vector<std::int64_t> shape = plan_input_shape(runner);
  if (plan.input_shape != shape) {
    throw Error(fmt::format("{}: input_shape is [{}], the model {} has [{}]", plan_path,
                            fmt::join(plan.input_shape, ", "), runner.info().path,
                            fmt::join(shape, ", ")));
  }
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
  const LayerPlan& plan = layer.plan;
  const auto outputs = static_cast<std::size_t>(plan.outputs);
  const auto k = static_cast<std::size_t>(plan.inputs);
  std::vector<float> weights;
  weights.reserve(layer.codes.size());
  if (plan.counts_digits()) {
    const LimitedValues kept = limit_terms(as_int8(layer.codes), k, term_limit(plan));
    for (std::size_t i = 0; i < kept.values.size(); ++i) {
      weights.push_back(static_cast<float>(plan.scale_w[i / k] * kept.values[i]));
    }
    return weights;
  }
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
  substitution.input_tap = InputQuantizer(layer.table);
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

namespace {

void set_exponential(DeviceLayer& device, const QuantizedLayer& layer, std::size_t first,
                     const PeConfig& config, bool non_negative) {
  const std::size_t outputs = device.channels.size();
  device.n = layer.plan.n;
  device.base = layer.plan.base;
  device.segment = largest_segment(device.weights, outputs, config.cnt_w, non_negative);
  for (std::size_t o = 0; o < outputs; ++o) {
    const Coefficients c =
        coefficients(layer.activation, layer.weight[first + o],
                     fmt::format("layer {}, output channel {}", device.name, first + o));
    device.channels[o] = {c.c1, c.c2, c.c3, c.c4, layer.plan.bias[first + o]};
    device.offset = device.offset || c.c2 != 0 || c.c3 != 0 || c.c4 != 0;
  }
}

void set_digits(DeviceLayer& device, const QuantizedLayer& layer, std::size_t first,
                const PeConfig& config) {
  const LayerPlan& plan = layer.plan;
  const std::size_t outputs = device.channels.size();
  const int most = max_digits(hardware_encoding(plan.hese));
  // Uniform layers of few bits need fewer slots than the hardware's uniform mode takes: reveal with
  // a budget that drops nothing gives the same results in fewer steps.
  const bool all = plan.budget == most * plan.group && plan.terms == most;
  device.number_system = all && plan.number_system == "uniform" ? kUniform : kReveal;
  device.n = 7;
  device.hese = plan.hese;
  device.group = plan.group;
  device.budget = plan.budget;
  device.terms = plan.terms;
  device.segment =
      largest_segment(as_int8(device.weights), outputs, term_limit(plan), config.cnt_w);
  for (std::size_t o = 0; o < outputs; ++o) {
    const auto scale = static_cast<float>(plan.scale_a * plan.scale_w[first + o]);
    device.channels[o] = {scale, 0, 0, 0, plan.bias[first + o]};
  }
}

}  // namespace

DeviceLayer device_layer(const QuantizedLayer& layer, const LayerInfo& info, std::size_t group,
                         const PeConfig& config, bool non_negative) {
  const std::size_t outputs = info.outputs_per_group();
  const std::size_t first = group * outputs;
  DeviceLayer device;
  device.name = info.name;
  device.relu = info.relu;
  device.boundaries = layer.plan.boundaries_a;
  device.inputs = info.k;
  const auto begin = layer.codes.begin() + static_cast<std::ptrdiff_t>(first * info.k);
  device.weights.assign(begin, begin + static_cast<std::ptrdiff_t>(outputs * info.k));
  device.channels.resize(outputs);
  if (layer.plan.counts_digits()) {
    set_digits(device, layer, first, config);
  } else {
    set_exponential(device, layer, first, config, non_negative);
  }
  return device;
}

}  // namespace tally
