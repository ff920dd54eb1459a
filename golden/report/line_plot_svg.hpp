// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/plan/study.hpp"

namespace tally {

/// An inline SVG picture of a plot: a line with a mark at each point for each series, axes with
/// round numbers, and names of the series below. Values that are not finite are left out. Colours
/// come from the classes s0 .. s7 (used again from the ninth series on).
std::string line_plot_svg(const StudyPlot& plot);

}  // namespace tally
