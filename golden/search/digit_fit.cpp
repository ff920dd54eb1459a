// SPDX-License-Identifier: Apache-2.0
#include "golden/search/digit_fit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/core/control_word.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/half_array.hpp"
#include "golden/core/uniform.hpp"
#include "golden/search/layer_output.hpp"

namespace tally {

namespace {

constexpr std::size_t kTableSize = 128;  // of the hardware's INT8 quantizer

int largest_integer(const DigitOptions& options) { return uniform_limit(options.bits, true); }

// What integer j is worth after the limit of s terms, j = 0..largest.
std::vector<int> data_levels(const DigitOptions& options, std::size_t size) {
  std::vector<int> levels(size);
  for (std::size_t j = 0; j < size; ++j) {
    levels[j] = digits_value(
        keep_largest(encode_digits(static_cast<int>(j), options.encoding), options.full_terms()));
  }
  return levels;
}

double fit_data_scale(const LayerData& layer, const DigitOptions& options) {
  const SortedMagnitudes values(layer.values.empty() ? layer.rows : layer.values,
                                layer.name + ", activations");
  const int largest = largest_integer(options);
  if (values.count() == 0) return 1.0;
  if (options.data_rule == ScaleRule::kMax) return values.max() / largest;
  return tune_uniform_scale(values, data_levels(options, static_cast<std::size_t>(largest) + 1));
}

std::vector<std::uint16_t> data_boundaries(double scale, int largest) {
  std::vector<double> points(kTableSize, std::numeric_limits<double>::infinity());
  for (std::size_t j = 0; j <= static_cast<std::size_t>(largest); ++j) {
    points[j] = (static_cast<double>(j) - 0.5) * scale;
  }
  return half_boundaries(points, points[1]);
}

void check_options(const LayerData& layer, const DigitOptions& o) {
  const int most = max_digits(o.encoding);
  if (o.bits < 2 || o.bits > 8 || o.group < 1 || o.group > 255 || o.budget < 0 ||
      o.budget > most * o.group || o.terms < 0 || o.terms > most) {
    throw Error(
        fmt::format("layer {}: {} bits, group {}, budget {}, terms {}: expected 2..8 bits, a "
                    "group of 1..255, a budget of 1..{} and 1..{} terms",
                    layer.name, o.bits, o.group, o.budget, o.terms, most * o.group, most));
  }
  if (layer.inputs >= kMaxDigitInputs) {
    throw Error(fmt::format("layer {}: {} inputs, integer products need fewer than {}", layer.name,
                            layer.inputs, kMaxDigitInputs));
  }
}

void check_scales(const LayerData& layer, const DigitParams& params) {
  for (std::size_t o = 0; o < params.scale_w.size(); ++o) {
    const double scale = params.scale_a * params.scale_w[o];
    if (!std::isnormal(static_cast<float>(scale))) {
      throw Error(fmt::format("layer {}, output channel {}: scale {} is no normal binary32 number",
                              layer.name, o, scale));
    }
  }
}

// Term pairs on the calibration rows: each input's data terms times the terms of its weights.
TermPairs count_pairs(const LayerData& layer, const DigitParams& params) {
  const DigitOptions& options = params.options;
  TermPairs pairs;
  pairs.bound =
      synchronized_bound(layer.inputs, options.group, options.full_budget(), options.full_terms());
  const auto kept = limit_terms(params.weights, layer.inputs, options.weight_limit());
  const std::size_t width = layer.groups * layer.inputs;
  std::vector<double> weight_terms(width, 0);  // summed over the outputs that see an input
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const std::size_t first = o / (layer.outputs / layer.groups) * layer.inputs;
    for (std::size_t k = 0; k < layer.inputs; ++k) {
      weight_terms[first + k] += kept.terms[o * layer.inputs + k];
    }
  }
  std::vector<int> data_terms(kTableSize);
  for (std::size_t j = 0; j < kTableSize; ++j) {
    const SignedDigits digits = encode_digits(static_cast<int>(j), options.encoding);
    data_terms[j] = digit_count(keep_largest(digits, options.full_terms()));
  }
  double sum = 0;
  for (std::size_t i = 0; i < layer.rows.size(); ++i) {
    const int index = quantize_index(half_from_float(layer.rows[i]), params.boundaries);
    sum += data_terms[static_cast<std::size_t>(index)] * weight_terms[i % width];
  }
  pairs.present = sum / static_cast<double>(layer.row_count * layer.outputs * layer.inputs);
  return pairs;
}

}  // namespace

const char* to_string(ScaleRule rule) { return rule == ScaleRule::kMax ? "max" : "squared error"; }

DigitOptions uniform_options(int bits) {
  DigitOptions options;
  options.bits = bits;
  return options;
}

DigitOptions reveal_options(int group, int budget, int terms) {
  DigitOptions options;
  options.group = group;
  options.budget = budget;
  options.terms = terms;
  return options;
}

double fit_weight_scale(std::span<const float> channel, const TermLimit& limit, int largest,
                        ScaleRule rule) {
  const SortedMagnitudes values(channel);
  if (values.count() == 0) return 1.0;
  if (rule == ScaleRule::kMax) return values.max() / largest;
  if (limit.budget >= max_digits(limit.encoding) * limit.group) {
    return tune_uniform_scale(values, largest);
  }
  double best_scale = 0, best_error = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kClipCandidates; ++step) {
    const double scale = values.max() * clip_ratio(step) / largest;
    const auto kept =
        limit_terms(quantize_int8(channel, {&scale, 1}, largest), channel.size(), limit);
    double error = 0;
    for (std::size_t k = 0; k < channel.size(); ++k) {
      const double difference = kept.values[k] * scale - double{channel[k]};
      error += difference * difference;
    }
    if (error < best_error) {
      best_error = error;
      best_scale = scale;
    }
  }
  return best_scale;
}

FakeLayer fake_layer(const DigitParams& params) {
  FakeLayer fake;
  fake.activations.boundaries = params.boundaries;
  for (const int level : data_levels(params.options, params.boundaries.size())) {
    fake.activations.magnitudes.push_back(level * params.scale_a);
  }
  const std::size_t inputs = params.weights.size() / params.scale_w.size();
  const auto kept = limit_terms(params.weights, inputs, params.options.weight_limit());
  fake.weights.reserve(kept.values.size());
  for (std::size_t i = 0; i < kept.values.size(); ++i) {
    fake.weights.push_back(static_cast<float>(kept.values[i] * params.scale_w[i / inputs]));
  }
  fake.bias = params.bias;
  fake.output_error = params.output_error;
  return fake;
}

DigitFit fit_digits(const LayerData& layer, const DigitOptions& options) {
  check_layer_data(layer);
  check_options(layer, options);
  const int largest = largest_integer(options);
  DigitFit fit;
  DigitParams& params = fit.params;
  params.options = options;
  params.scale_a = fit_data_scale(layer, options);
  params.boundaries = data_boundaries(params.scale_a, largest);
  const double tensor = largest_magnitude(layer.weights);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const auto channel = layer.weights.subspan(o * layer.inputs, layer.inputs);
    params.scale_w.push_back(
        counts_as_zero(largest_magnitude(channel), tensor)
            ? 1.0
            : fit_weight_scale(channel, options.weight_limit(), largest, options.weight_rule));
  }
  params.weights = quantize_int8(layer.weights, params.scale_w, largest);
  check_scales(layer, params);
  params.bias.assign(layer.bias.begin(), layer.bias.end());
  fit.fake = fake_layer(params);
  measure_output(layer, output_fit(layer, fit.fake.activations, 1), fit.fake, options.correct_bias,
                 1);
  params.bias = fit.fake.bias;
  params.output_error = fit.fake.output_error;
  params.pairs = count_pairs(layer, params);
  return fit;
}

LayerParams DigitParams::layer_params() const {
  LayerParams layer;
  layer.method = to_string(options.weight_rule);
  layer.rounding = Rounding::kNearest;
  layer.system = options.keeps_all() ? kUniform : kReveal;
  layer.n = options.bits - 1;
  if (layer.system == kReveal) {
    layer.group = options.group;
    layer.budget = options.full_budget();
    layer.terms = options.full_terms();
    layer.hese = options.encoding == DigitEncoding::kHese;
  }
  layer.alpha_a = scale_a;
  layer.boundaries = boundaries;
  layer.alpha_w = scale_w;
  layer.beta_w.assign(scale_w.size(), 0.0);
  for (const std::int8_t w : weights) layer.weight_codes.push_back(make_code(w < 0, std::abs(w)));
  layer.bias = bias;
  layer.output_error = output_error;
  return layer;
}

}  // namespace tally
