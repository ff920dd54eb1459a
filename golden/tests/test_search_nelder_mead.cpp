// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "golden/search/nelder_mead.hpp"

using namespace tally;

TEST_CASE("the simplex finds the minimum of a curved valley", "[search]") {
  const auto rosenbrock = [](const std::vector<double>& x) {
    return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
  };
  const auto found = nelder_mead(rosenbrock, {-1.2, 1.0}, {0.5, 0.5}, {500, 1e-12});
  REQUIRE(found.x[0] == Approx(1.0).epsilon(1e-3));
  REQUIRE(found.x[1] == Approx(1.0).epsilon(1e-3));
  REQUIRE(found.evaluations <= 502);
}
