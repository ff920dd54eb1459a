// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <limits>

#include "golden/core/error.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_search.hpp"

namespace tally {

LayerParams plain_uniform(const LayerData& layer, int n) {
  check_layer_data(layer);
  check_candidate({kUniform, n}, "layer " + layer.name);
  const int limit = uniform_weight_limit(n);
  const SortedMagnitudes activations = activation_magnitudes(layer);
  const SortedMagnitudes weights(layer.weights, "layer " + layer.name + ", weights");
  LayerParams params;
  params.method = "plain";
  params.rounding = Rounding::kNearest;
  params.system = kUniform;
  params.n = n;
  params.alpha_a = activations.count() > 0 ? activations.max() / limit : 1.0;
  params.boundaries = uniform_boundaries(params.alpha_a, limit, params.alpha_a / 2);
  params.alpha_w.assign(layer.outputs, weights.max() / limit);
  params.beta_w.assign(layer.outputs, 0.0);
  finish_layer(layer, false, 1, params);
  return params;
}

}  // namespace tally
