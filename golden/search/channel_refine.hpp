// SPDX-License-Identifier: Apache-2.0
// Alpha and beta of every output channel once the layer's levels are chosen; not for callers
// outside golden/search.
#pragma once

#include "golden/search/layer_output.hpp"

namespace tally {

/// Sets alpha_w, beta_w of each channel to the least squared error of its clipped output on the
/// rows of `fit`, made with the layer's activation table; `offset` false keeps beta_w at 0. Needs
/// base, n, system, activations and a first alpha_w, beta_w. The result does not depend on
/// `threads`.
void refine_channels(const LayerData& layer, const OutputFit& fit, bool offset, int threads,
                     LayerParams& params);

/// Scales alpha_w, beta_w of each channel so that its clipped output varies as much as the
/// target's, or all by one gain (LayerData::shared_gain).
void match_variance(const LayerData& layer, const OutputFit& fit, int threads, LayerParams& params);

}  // namespace tally
