// SPDX-License-Identifier: Apache-2.0
// The few rows and channels that a search measures: none with much of the power is missed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "golden/core/uniform.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_search.hpp"
#include "golden/search/weighted_sample.hpp"
#include "golden/tests/test_layer.hpp"

using namespace tally;
using tally::testing::TestLayer;

TEST_CASE("equal units are spread evenly and stand for equally many", "[sample]") {
  const std::vector<double> sizes(100, 3.0);
  const WeightedSample sample = sample_by_size(sizes, 20);
  REQUIRE(sample.indices.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(sample.indices[i] / 5 == i);
    CHECK(sample.weights[i] == 5.0);
  }
}

TEST_CASE("one of each part meets every residue of a period about equally", "[sample]") {
  for (const std::size_t period : {2u, 8u, 32u}) {
    std::vector<int> met(period, 0);
    const auto numbers = one_of_each_part(period * 1024, 8192);
    REQUIRE(numbers.size() == std::min<std::size_t>(8192, period * 1024));
    for (const std::size_t i : numbers) ++met[i % period];
    const double each = static_cast<double>(numbers.size()) / static_cast<double>(period);
    for (const int m : met) CHECK(m == Approx(each).epsilon(0.25));
  }
  CHECK(one_of_each_part(3, 9) == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a sample as large as the whole is the whole", "[sample]") {
  const std::vector<double> sizes{1, 1000, 0, 2};
  for (const std::size_t count : {4u, 9u}) {
    const WeightedSample sample = sample_by_size(sizes, count);
    CHECK(sample.indices == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(sample.weights == std::vector<double>(4, 1.0));
  }
}

TEST_CASE("units with more than their share are always in, and sums are estimated well",
          "[sample]") {
  const unsigned seed = 11;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> small(0.9, 1.1);
  for (const std::size_t count : {2u, 7u, 64u}) {
    for (int round = 0; round < 50; ++round) {
      std::vector<double> sizes(300);
      for (double& size : sizes) size = small(random);
      const std::size_t giant = random() % 300;
      sizes[giant] = 1e9;
      const WeightedSample sample = sample_by_size(sizes, count);
      REQUIRE(sample.indices.size() == count);
      REQUIRE(std::is_sorted(sample.indices.begin(), sample.indices.end()));
      double sum = 0;
      double rest = 0;
      bool in = false;
      for (std::size_t i = 0; i < count; ++i) {
        sum += sample.weights[i];
        if (sample.indices[i] == giant) {
          in = true;
          REQUIRE(sample.weights[i] == 1.0);
        } else {
          rest += sample.weights[i] * sizes[sample.indices[i]];
        }
      }
      REQUIRE(in);
      REQUIRE(sum == Approx(300));  // what all of them stand for
      REQUIRE(rest == Approx(299).epsilon(0.11));
    }
  }
}

TEST_CASE("sizes of zero everywhere still give a sample", "[sample]") {
  const WeightedSample sample = sample_by_size(std::vector<double>(10, 0.0), 3);
  CHECK(sample.indices.size() == 3);
  CHECK(std::accumulate(sample.weights.begin(), sample.weights.end(), 0.0) == Approx(10));
}

// As behind the GELU of a transformer: one input is huge in a few rows and feeds one output.
TEST_CASE("one huge activation behind one output keeps its level in every number system",
          "[search]") {
  TestLayer layer(64, 384, 1, 512, false);
  for (std::size_t o = 0; o < 384; ++o) layer.weights[o * 64 + 5] = 0.001F;
  layer.weights[101 * 64 + 5] = 2.0F;  // neither a multiple of 6, as an even spread takes
  for (std::size_t r = 0; r < 512; ++r) layer.rows[r * 64 + 5] = r % 33 == 1 ? 25.0F : 0.1F;
  for (const NumberSystem system : {kUniform, kExponential}) {
    const auto found =
        make_layer_search(SearchMethod::kOutput)->search(layer.data, Candidate{system, 7});
    CAPTURE(to_string(system), found.output_error);
    // Levels that reach the largest value and nothing tuned.
    const double plain = plain_uniform(layer.data, 7).output_error;
    CAPTURE(plain);
    CHECK(found.output_error < plain);
    CHECK(found.activation_magnitudes().back() > 20);
  }
}
