// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "golden/core/error.hpp"
#include "golden/core/uniform.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/layer_search.hpp"

namespace tally {

namespace {

void check(const LayerData& layer, int bits) {
  check_layer_data(layer);
  if (bits < 2 || bits > 8) {
    throw Error(fmt::format("layer {}: uniform with {} bits, expected 2..8", layer.name, bits));
  }
}

std::vector<float> round_weights(const LayerData& layer, std::span<const double> scales,
                                 int limit) {
  std::vector<float> weights(layer.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double scale = scales[i / layer.inputs];
    weights[i] = static_cast<float>(scale * quantize_uniform(layer.weights[i], scale, limit));
  }
  return weights;
}

std::span<const float> activations_of(const LayerData& layer) {
  return layer.values.empty() ? layer.rows : layer.values;
}

}  // namespace

FakeLayer fit_uniform(const LayerData& layer, int bits) {
  check(layer, bits);
  FakeLayer fake;
  const int limit_a = uniform_limit(bits, !layer.non_negative);
  const SortedMagnitudes activations(activations_of(layer), layer.name + ", activations");
  fake.activations =
      uniform_table(limit_a, tune_uniform_scale(activations, limit_a), "layer " + layer.name);
  const int limit_w = uniform_limit(bits, true);
  std::vector<double> scales;
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const SortedMagnitudes row(layer.weights.subspan(o * layer.inputs, layer.inputs));
    scales.push_back(tune_uniform_scale(row, limit_w));
  }
  fake.weights = round_weights(layer, scales, limit_w);
  fake.bias.assign(layer.bias.begin(), layer.bias.end());
  measure_output(layer, fake, true);
  return fake;
}

FakeLayer fit_uniform_plain(const LayerData& layer, int bits) {
  check(layer, bits);
  FakeLayer fake;
  const int limit = uniform_limit(bits, true);
  const SortedMagnitudes activations(activations_of(layer), layer.name + ", activations");
  const SortedMagnitudes weights(layer.weights, layer.name + ", weights");
  const double scale = activations.count() > 0 ? activations.max() / limit : 1.0;
  fake.activations = uniform_table(limit, scale, "layer " + layer.name);
  fake.weights =
      round_weights(layer, std::vector<double>(layer.outputs, weights.max() / limit), limit);
  fake.bias.assign(layer.bias.begin(), layer.bias.end());
  measure_output(layer, fake, false);
  return fake;
}

}  // namespace tally
