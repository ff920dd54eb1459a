// SPDX-License-Identifier: Apache-2.0
// Weights that make up for errors in a layer's inputs; not for callers outside golden/search.
#pragma once

#include <span>
#include <vector>

#include "golden/search/layer_params.hpp"

namespace tally {

/// The weights W' [outputs][inputs] of least |Y - X W'|^2 + r |W' - W|^2: X the layer's rows as
/// they are quantized (`rows`), Y its target, both less their means (the bias takes those up), W
/// its weights. What the layers before it and its own quantizer do to the inputs is so made good as
/// far as it follows from them. r, in units of the mean power of an input, is the one of a few that
/// does best on the last quarter of the rows (but for the seam, of later samples) from the rest
/// alone; W itself if none does better than W there, and for more than 8,192 inputs. The result
/// does not depend on `threads`.
std::vector<float> corrected_weights(const LayerData& layer, std::span<const float> rows,
                                     int threads);

}  // namespace tally
