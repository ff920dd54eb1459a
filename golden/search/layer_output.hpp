// SPDX-License-Identifier: Apache-2.0
// Outputs of a layer on its calibration rows, and what can be corrected from them.
#pragma once

#include <span>
#include <vector>

#include "golden/search/layer_params.hpp"

namespace tally {

/// y[row][o] = sum_k weights[o][k] * rows[row][group of o][k] + bias[o], in float; an empty bias
/// adds nothing. Shapes as in LayerData.
std::vector<float> layer_outputs(const LayerData& shape, std::span<const float> rows,
                                 std::span<const float> weights, std::span<const float> bias);

/// Target outputs of the layer: layer.target, or the float layer on its rows.
std::vector<float> target_outputs(const LayerData& layer);

/// layer_outputs without a bias, by channel: [outputs][rows]. The result does not depend on
/// `threads`.
std::vector<float> channel_outputs(const LayerData& shape, std::span<const float> rows,
                                   std::span<const float> weights, int threads);

/// What everything behind the activations' levels works on.
struct OutputFit {
  std::vector<float> rows;    ///< the layer's, as its quantizer leaves them
  std::vector<float> target;  ///< [outputs][row_count], target_outputs() by channel
};

/// `threads` does not change the result.
OutputFit output_fit(const LayerData& layer, const LevelTable& activations, int threads);

/// Adds to each bias what gives every channel the target's mean, both clipped as the network clips
/// them (exact without clipping, a few steps of Newton with it); `outputs` [bias.size()][rows], as
/// `target`, were made with `bias` and are moved along.
void correct_bias(const LayerData& layer, std::span<const float> target, std::span<float> outputs,
                  std::span<float> bias);

/// Sum of squared differences over sum of squared targets, both clipped; 0 when both are zero.
double relative_error(const LayerData& layer, std::span<const float> target,
                      std::span<const float> outputs);

/// Sets fake.output_error on rows that were quantized with fake.activations; with `correct`,
/// corrects fake.bias first.
void measure_output(const LayerData& layer, const OutputFit& fit, FakeLayer& fake, bool correct,
                    int threads);

}  // namespace tally
