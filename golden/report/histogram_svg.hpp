// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "golden/plan/plan.hpp"

namespace tally {

/// An inline SVG picture of a histogram (logarithmic counts, so that the tails show) with the
/// quantization levels as vertical lines; `title` is what a screen reader says. Levels outside the
/// histogram's range widen the axis. Colours come from the classes bar, level, axis and tick.
std::string histogram_svg(const Histogram& histogram, const std::vector<double>& levels,
                          const std::string& title);

/// Signed levels of a layer's activations: magnitudes_a, mirrored if negative values occurred, and
/// 0.
std::vector<double> activation_levels(const LayerPlan& layer);

/// Signed levels of a layer's weights over the top magnitude of their channel: the median over the
/// channels (alpha_w and beta_w differ between channels), mirrored, and 0.
std::vector<double> weight_levels(const LayerPlan& layer);

}  // namespace tally
