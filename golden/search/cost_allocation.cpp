// SPDX-License-Identifier: Apache-2.0
#include "golden/search/cost_allocation.hpp"

#include <cassert>

namespace tally {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::size_t cheapest(const std::vector<CostedChoice>& choices) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < choices.size(); ++i) {
    const CostedChoice& a = choices[i];
    const CostedChoice& b = choices[best];
    if (a.cost < b.cost || (a.cost == b.cost && a.error < b.error)) best = i;
  }
  return best;
}

// Error taken away for each unit of added cost; 0 for a choice that is no step up.
double gain(const CostedChoice& from, const CostedChoice& to) {
  if (to.cost <= from.cost || to.error >= from.error) return 0;
  return (from.error - to.error) / (to.cost - from.cost);
}

}  // namespace

std::vector<std::vector<std::size_t>> upgrade_path(
    const std::vector<std::vector<CostedChoice>>& layers) {
  std::vector<std::size_t> plan;
  for (const auto& choices : layers) {
    assert(!choices.empty());
    plan.push_back(cheapest(choices));
  }
  std::vector<std::vector<std::size_t>> path = {plan};
  for (;;) {
    std::size_t layer = kNone;
    std::size_t choice = 0;
    double best = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (std::size_t c = 0; c < layers[i].size(); ++c) {
        const double g = gain(layers[i][plan[i]], layers[i][c]);
        if (g > best) {
          best = g;
          layer = i;
          choice = c;
        }
      }
    }
    if (layer == kNone) return path;
    plan[layer] = choice;
    path.push_back(plan);
  }
}

}  // namespace tally
