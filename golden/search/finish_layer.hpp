// SPDX-License-Identifier: Apache-2.0
// The end that all search methods share; not for callers outside golden/search.
#pragma once

#include "golden/core/sorted_magnitudes.hpp"
#include "golden/search/layer_output.hpp"

namespace tally {

/// Magnitudes of the weights by group: one an output channel, or one for all.
std::vector<SortedMagnitudes> weight_groups(const LayerData& layer, bool per_channel);

/// Magnitudes of the activations: layer.values, or the rows.
SortedMagnitudes activation_magnitudes(const LayerData& layer);

/// From n, base, alphas, betas, rounding and boundaries: codes, bias (corrected if asked), both
/// RMAEs and the output error; refuses what the hardware cannot run. `fit` was made with the
/// parameters' activation_table().
void finish_layer(const LayerData& layer, const OutputFit& fit, bool correct_bias, int threads,
                  LayerParams& params);

/// The same from rows not quantized before.
void finish_layer(const LayerData& layer, bool correct_bias, int threads, LayerParams& params);

}  // namespace tally
