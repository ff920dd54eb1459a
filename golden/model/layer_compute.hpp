// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "golden/model/layer_info.hpp"

namespace tally {

/// The layer in float, on weights [outputs][k] and bias [outputs] that need not be the network's:
/// product or convolution, bias, ReLU if layer.relu. `input` has `input_shape` (any batch),
/// `output` the layer's output for it. Rounds in another order than OpenVINO. Results do not depend
/// on `threads`.
void compute_layer(const LayerInfo& layer, std::span<const size_t> input_shape, const float* input,
                   std::span<const float> weights, std::span<const float> bias, float* output,
                   int threads);

}  // namespace tally
