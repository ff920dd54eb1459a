// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_params.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "golden/core/control_word.hpp"
#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/group_selection.hpp"
#include "golden/core/half.hpp"
#include "golden/core/half_array.hpp"
#include "golden/core/uniform.hpp"

namespace tally {

std::vector<std::uint8_t> encode_weights(std::span<const float> weights, int n, float base,
                                         std::span<const double> alpha_w,
                                         std::span<const double> beta_w, Rounding rounding) {
  std::vector<ExponentialParams> params;
  std::vector<double> zero_thresholds;
  for (std::size_t o = 0; o < alpha_w.size(); ++o) {
    params.push_back({n, base, alpha_w[o], beta_w[o]});
    zero_thresholds.push_back(
        rounding == Rounding::kNearest ? exponential_magnitudes(params.back())[1] / 2 : 0.0);
  }
  return quantize_weights_per_channel(weights, params, rounding, zero_thresholds);
}

std::vector<std::uint8_t> encode_uniform_weights(std::span<const float> weights, int n,
                                                 std::span<const double> scales) {
  const std::size_t inputs = weights.size() / scales.size();
  const int limit = uniform_weight_limit(n);
  std::vector<std::uint8_t> codes(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int q = quantize_uniform(weights[i], scales[i / inputs], limit);
    codes[i] = make_code(q < 0, std::abs(q));
  }
  return codes;
}

std::vector<std::uint8_t> encode_weights(std::span<const float> weights,
                                         const LayerParams& params) {
  if (params.system != kExponential) {
    return encode_uniform_weights(weights, params.n, params.alpha_w);
  }
  return encode_weights(weights, params.n, params.base, params.alpha_w, params.beta_w,
                        params.rounding);
}

std::vector<std::uint16_t> uniform_boundaries(double scale, int limit, double zero_threshold) {
  constexpr std::size_t kTable = 128;
  std::vector<double> points(kTable, std::numeric_limits<double>::infinity());
  for (int j = 0; j <= limit; ++j) points[static_cast<std::size_t>(j)] = (j - 0.5) * scale;
  return half_boundaries(points, zero_threshold);
}

static std::vector<double> multiples(double scale, std::size_t size) {
  std::vector<double> magnitudes(size);
  for (std::size_t j = 0; j < size; ++j) magnitudes[j] = static_cast<double>(j) * scale;
  return magnitudes;
}

std::vector<double> LayerParams::activation_magnitudes() const {
  if (system == kExponential) return exponential_magnitudes(activation());
  auto magnitudes = multiples(alpha_a, boundaries.size());
  if (system == kReveal) {
    for (std::size_t j = 0; j < magnitudes.size(); ++j) {
      const auto digits = encode_digits(static_cast<int>(j), hardware_encoding(hese));
      magnitudes[j] = alpha_a * digits_value(keep_largest(digits, terms));
    }
  }
  return magnitudes;
}

std::vector<double> LayerParams::weight_magnitudes(std::size_t channel) const {
  if (system == kExponential) return exponential_magnitudes(weight(channel));
  return multiples(alpha_w[channel], static_cast<std::size_t>(uniform_weight_limit(n)) + 1);
}

bool counts_as_zero(double channel_largest, double tensor_largest) {
  constexpr double kRelative = 1e-9;
  constexpr double kLeast = 1e-34;
  return channel_largest <= kRelative * tensor_largest ||
         (channel_largest < kLeast && tensor_largest >= kLeast);
}

std::vector<std::int16_t> revealed_weights(const LayerParams& params) {
  std::vector<std::int8_t> values(params.weight_codes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint8_t code = params.weight_codes[i];
    values[i] =
        static_cast<std::int8_t>(code_is_negative(code) ? -code_index(code) : code_index(code));
  }
  return limit_terms(values, values.size() / params.alpha_w.size(),
                     {hardware_encoding(params.hese), params.group, params.budget})
      .values;
}

FakeLayer fake_layer(const LayerParams& params) {
  FakeLayer fake;
  fake.activations = params.activation_table();
  fake.bias = params.bias;
  fake.output_error = params.output_error;
  fake.weights.reserve(params.weight_codes.size());
  const std::size_t inputs = params.weight_codes.size() / params.alpha_w.size();
  if (params.system == kReveal) {
    const auto values = revealed_weights(params);
    for (std::size_t i = 0; i < values.size(); ++i) {
      fake.weights.push_back(static_cast<float>(params.alpha_w[i / inputs] * values[i]));
    }
    return fake;
  }
  for (std::size_t o = 0; o < params.alpha_w.size(); ++o) {
    const auto magnitudes = params.weight_magnitudes(o);
    for (std::size_t k = 0; k < inputs; ++k) {
      fake.weights.push_back(
          static_cast<float>(code_value(params.weight_codes[o * inputs + k], magnitudes)));
    }
  }
  return fake;
}

void check_layer_data(const LayerData& layer) {
  const auto size = [&](const char* what, std::size_t is, std::size_t expected) {
    if (is != expected) {
      throw Error(
          fmt::format("layer {}: {} {} values, expected {}", layer.name, is, what, expected));
    }
  };
  if (layer.groups == 0 || layer.outputs == 0 || layer.inputs == 0 || layer.row_count == 0 ||
      layer.outputs % layer.groups != 0) {
    throw Error(fmt::format("layer {}: {} inputs, {} outputs, {} groups, {} calibration rows",
                            layer.name, layer.inputs, layer.outputs, layer.groups,
                            layer.row_count));
  }
  size("weight", layer.weights.size(), layer.outputs * layer.inputs);
  size("bias", layer.bias.size(), layer.outputs);
  size("row", layer.rows.size(), layer.row_count * layer.groups * layer.inputs);
  if (!layer.target.empty()) size("target", layer.target.size(), layer.row_count * layer.outputs);
  // Their largest magnitude.
  const auto finite = [&](const char* what, std::span<const float> values) {
    const float most = largest_magnitude(values);
    if (std::isfinite(most)) return most;
    const auto bad =
        std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
    throw Error(fmt::format("layer {}: {} {} is {}, cannot be quantized", layer.name, what,
                            bad - values.begin(), *bad));
  };
  finite("weight", layer.weights);
  finite("bias", layer.bias);
  const float largest_row = finite("activation", layer.rows);
  const float largest_value = finite("activation", layer.values);
  finite("target", layer.target);
  const float largest = half_to_float(kHalfMax);
  for (const auto& [values, most] :
       {std::pair(layer.rows, largest_row), std::pair(layer.values, largest_value)}) {
    if (most <= largest) continue;
    const auto bad =
        std::find_if(values.begin(), values.end(), [=](float x) { return std::fabs(x) > largest; });
    throw Error(
        fmt::format("layer {}: activation {} is {:g}, more than binary16 holds ({}): the "
                    "data or the network must be scaled",
                    layer.name, bad - values.begin(), *bad, largest));
  }
  const auto all_zero = [](std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float x) { return x == 0; });
  };
  if (all_zero(layer.weights))
    throw Error(fmt::format("layer {}: all weights are zero", layer.name));
  if (all_zero(layer.rows)) {
    throw Error(fmt::format("layer {}: all calibration activations are zero", layer.name));
  }
  if (std::all_of(layer.rows.begin(), layer.rows.end(),
                  [](float x) { return half_magnitude(half_from_float(x)) == 0; })) {
    throw Error(
        fmt::format("layer {}: all calibration activations are too small for binary16: the "
                    "data or the network must be scaled",
                    layer.name));
  }
}

void check_layer_params(const LayerParams& params, std::size_t inputs, const std::string& name) {
  const std::string layer = "layer " + name;
  LayerParams whole = params;
  if (whole.system == kReveal) whole.system = kUniform;  // dropped digits make levels equal
  check_level_table({whole.activation_magnitudes(), params.boundaries}, layer + ", activations");
  if (params.system != kExponential) {
    // The hardware adds products of integers up to 127 in 32 bits.
    if (inputs >= kMaxDigitInputs) {
      throw Error(fmt::format("{}: {} inputs, uniform products need fewer than {}", layer, inputs,
                              kMaxDigitInputs));
    }
    for (std::size_t o = 0; o < params.alpha_w.size(); ++o) {
      if (!std::isnormal(static_cast<float>(params.alpha_a * params.alpha_w[o]))) {
        throw Error(fmt::format("{}, output channel {}: scale {} is no normal binary32 number",
                                layer, o, params.alpha_a * params.alpha_w[o]));
      }
    }
    return;
  }
  check_params(params.activation(), layer + ", activations");
  check_polynomial_range(params.n, params.base, inputs, layer);
  for (std::size_t o = 0; o < params.alpha_w.size(); ++o) {
    const std::string channel = fmt::format("{}, output channel {}", layer, o);
    check_params(params.weight(o), channel);
    coefficients(params.activation(), params.weight(o), channel);
  }
}

}  // namespace tally
