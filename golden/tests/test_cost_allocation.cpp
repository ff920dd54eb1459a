// SPDX-License-Identifier: Apache-2.0
// The path of plans from cheap to exact, against every plan there is.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "golden/search/cost_allocation.hpp"

using namespace tally;

namespace {

using Layers = std::vector<std::vector<CostedChoice>>;

CostedChoice sum_of(const Layers& layers, const std::vector<std::size_t>& plan) {
  CostedChoice sum;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    sum.cost += layers[i][plan[i]].cost;
    sum.error += layers[i][plan[i]].error;
  }
  return sum;
}

// Every combination of choices.
std::vector<CostedChoice> all_plans(const Layers& layers) {
  std::vector<CostedChoice> plans = {{0, 0}};
  for (const auto& choices : layers) {
    std::vector<CostedChoice> longer;
    for (const CostedChoice& plan : plans) {
      for (const CostedChoice& c : choices) {
        longer.push_back({plan.cost + c.cost, plan.error + c.error});
      }
    }
    plans = longer;
  }
  return plans;
}

}  // namespace

TEST_CASE("no plan is as cheap and as good as one on the path, and each step costs and gains") {
  constexpr unsigned kSeed = 7;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  int compared = 0;
  for (int round = 0; round < 40; ++round) {
    Layers layers(1 + random() % 4);
    for (auto& choices : layers) {
      choices.resize(1 + random() % 5);
      for (CostedChoice& c : choices) {
        c = {static_cast<double>(1 + random() % 50), static_cast<double>(random() % 1000) / 100};
      }
    }
    const auto plans = all_plans(layers);
    const auto path = upgrade_path(layers);
    REQUIRE_FALSE(path.empty());
    CostedChoice before{-1, 1e9};
    for (const auto& plan : path) {
      const CostedChoice here = sum_of(layers, plan);
      CHECK(here.cost > before.cost);
      CHECK(here.error < before.error);
      before = here;
      for (const CostedChoice& other : plans) {
        ++compared;
        // On the hull: cheaper plans are worse, better ones dearer.
        CHECK_FALSE((other.cost <= here.cost && other.error < here.error - 1e-9));
      }
    }
    double least = 1e9;
    for (const CostedChoice& other : plans) least = std::min(least, other.error);
    CHECK(before.error == Approx(least));
  }
  REQUIRE(compared > 1000);
}

TEST_CASE("of equally cheap choices the path starts with the better one") {
  const auto path = upgrade_path({{{5, 3}, {5, 1}, {9, 2}}, {{1, 1}}});
  REQUIRE(path.size() == 1);
  CHECK(path[0] == std::vector<std::size_t>{1, 0});
}
