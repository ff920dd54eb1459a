// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"
#include "golden/core/sorted_magnitudes.hpp"

using namespace tally;

TEST_CASE("errors from prefix sums equal direct evaluation to 1e-9", "[core][random]") {
  const unsigned seed = 13;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 0.3F);
  std::vector<float> t(200'000);
  for (float& x : t) x = std::max(-0.05F, normal(random));  // many equal values
  for (std::size_t i = 0; i < t.size(); i += 3) t[i] = 0.0F;
  const SortedMagnitudes sorted(t);
  REQUIRE(sorted.size() == t.size());
  REQUIRE(sorted.count() < t.size());
  int checks = 0;
  for (int n = kMinBits; n <= kMaxBits; ++n) {
    for (const auto rounding : {Rounding::kLog, Rounding::kNearest}) {
      for (const double threshold : {0.0, 0.01, 0.2}) {
        const double top = sorted.max();
        const auto base = static_cast<float>(std::pow(64.0, 0.5 / max_exponent(n)));
        const ExponentialParams p{n, base, top / std::pow(base, max_exponent(n)), 0.001 * top};
        const auto magnitudes = exponential_magnitudes(p);
        const auto points = rounding_points(p, rounding, threshold);
        std::vector<float> levels;
        double squares = 0;
        double absolute = 0;
        double total = 0;
        for (const float x : t) {
          const double level = magnitudes[static_cast<std::size_t>(quantize_real(x, points))];
          const double difference = level - std::fabs(x);
          squares += difference * difference;
          absolute += std::fabs(difference);
          total += std::fabs(x);
          levels.push_back(static_cast<float>(std::copysign(level, x)));
        }
        CAPTURE(n, threshold);
        REQUIRE(sorted.absolute_error(magnitudes, points) == Approx(absolute).epsilon(1e-9));
        REQUIRE(sorted.squared_error(magnitudes, points) == Approx(squares).epsilon(1e-9));
        REQUIRE(sorted.sum() == Approx(total).epsilon(1e-12));
        REQUIRE(rmae(t, levels) == Approx(absolute / total).epsilon(1e-6));  // float levels
        ++checks;
      }
    }
  }
  REQUIRE(checks == 36);
}

TEST_CASE("tensors that cannot be measured are refused or empty", "[core]") {
  REQUIRE_THROWS_AS(SortedMagnitudes(std::vector<float>{1.0F, std::nanf("")}), Error);
  REQUIRE_THROWS_WITH(SortedMagnitudes(std::vector<float>{1.0F, -INFINITY}, "layer fc2 weights"),
                      Catch::Contains("layer fc2 weights") && Catch::Contains("value 1"));
  const SortedMagnitudes zeros(std::vector<float>(4, -0.0F));
  REQUIRE(zeros.count() == 0);
  REQUIRE(zeros.sum() == 0);
  REQUIRE(rmae(std::vector<float>(4, 0.0F), std::vector<float>(4, 0.0F)) == 0);
}

TEST_CASE("magnitudes are sorted whatever their number and size", "[rmae]") {
  constexpr unsigned kSeed = 11;
  std::mt19937 random(kSeed);
  for (const std::size_t count : {std::size_t{3}, std::size_t{4095}, std::size_t{50'000}}) {
    std::vector<float> values(count);
    for (float& x : values) {
      x = std::ldexp(static_cast<float>(random()), static_cast<int>(random() % 200) - 140);
      if (random() % 2 == 0) x = -x;
    }
    values[1] = std::numeric_limits<float>::denorm_min();
    values[2] = -std::numeric_limits<float>::max();
    std::vector<float> expected;
    for (const float x : values) {
      if (x != 0) expected.push_back(std::fabs(x));
    }
    std::sort(expected.begin(), expected.end());
    const SortedMagnitudes sorted(values);
    CAPTURE(kSeed, count);
    REQUIRE(std::equal(expected.begin(), expected.end(), sorted.sorted().begin(),
                       sorted.sorted().end()));
  }
}
