// SPDX-License-Identifier: Apache-2.0
// Which way to do each layer, when ways differ in cost and in error. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tally {

/// One way to do a layer. Costs add up over layers, and so, nearly, do errors (divergence of the
/// network's output).
struct CostedChoice {
  double cost = 0;
  double error = 0;
};

/// Plans from the cheapest on, an index into layers[i] for each layer: plan 0 takes each layer's
/// cheapest choice (of equal ones that of least error), and every next one moves one layer to the
/// dearer choice that takes away the most error for its added cost, until none takes any away. Each
/// plan has the least error of all plans of its cost (the greedy path along the layers' convex
/// hulls). Precondition: every layer has a choice.
std::vector<std::vector<std::size_t>> upgrade_path(
    const std::vector<std::vector<CostedChoice>>& layers);

}  // namespace tally
