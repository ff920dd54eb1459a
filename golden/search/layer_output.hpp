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

/// The layer's rows as its quantizer leaves them.
std::vector<float> quantized_rows(const LayerData& layer, const LevelTable& activations);

/// [rows][channels] as [channels][rows]: work on one channel then reads memory in order.
std::vector<float> by_channel(std::span<const float> y, std::size_t channels);

/// Adds to each bias what gives every channel the target's mean, both clipped as the network clips
/// them (exact without clipping, a few steps of Newton with it); `outputs` [rows][bias.size()] were
/// made with `bias` and are moved along.
void correct_bias(const LayerData& layer, std::span<const float> target, std::span<float> outputs,
                  std::span<float> bias);

/// Sum of squared differences over sum of squared targets, both clipped; 0 when both are zero.
double relative_error(const LayerData& layer, std::span<const float> target,
                      std::span<const float> outputs);

/// Fake-quantizes the rows and sets fake.output_error; with `correct`, corrects fake.bias first.
void measure_output(const LayerData& layer, FakeLayer& fake, bool correct);

}  // namespace tally
