// SPDX-License-Identifier: Apache-2.0
// The paper's search over a whole network: one threshold, stepped up until the loss is too large.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "golden/search/network_trial.hpp"
#include "golden/tests/made_up_network.hpp"

using namespace tally;

TEST_CASE("the paper's thresholds: widths are the smallest that meet both, the bound stops Thr_w",
          "[search]") {
  MadeUpNetwork network({3.0, 3.0, 3.0});
  auto options = quick(SearchMethod::kPaper);
  options.min_bits = 3;
  options.max_loss_points = 1.0;
  const auto result = search_network(network.layers.size(), network.hooks(), options);
  REQUIRE(result.within_bound);
  REQUIRE(result.threshold_w > 0);
  const auto search = make_layer_search(SearchMethod::kPaper, options.layer);
  for (std::size_t i = 0; i < 3; ++i) {
    double mean_a = 0;
    double mean_w = 0;
    for (const float x : network.rows[i]) mean_a += std::fabs(x) / (32 * 16);
    for (const float w : network.weights[i]) mean_w += std::fabs(w) / (16 * 8);
    const double limit_w = result.threshold_w * (i == 0 ? 0.1 : 1.0);
    const double limit_a = limit_w * std::max(1.0, std::log(mean_a / mean_w));
    int expected = 3;
    for (; expected < 7; ++expected) {
      const auto p = search->search(network.layers[i], expected);
      if (p.rmae_w <= limit_w && p.rmae_a <= limit_a) break;
    }
    CAPTURE(i);
    REQUIRE(result.layers[i].n == expected);
  }
}

TEST_CASE("Eq. 7 as printed never lets a layer go whose activations are small", "[search]") {
  MadeUpNetwork network({0.1, 0.1});
  for (auto& rows : network.rows) {
    for (float& x : rows) x *= 1e-3F;  // mean|A| below mean|W|: the logarithm is negative
  }
  auto options = quick(SearchMethod::kPaper);
  options.clamp_threshold_factor = false;
  const auto literal = search_network(network.layers.size(), network.hooks(), options);
  REQUIRE(bits_of(literal) == std::vector<int>{7, 7});
  options.clamp_threshold_factor = true;
  const auto clamped = search_network(network.layers.size(), network.hooks(), options);
  REQUIRE(bits_of(clamped) == std::vector<int>{2, 2});
}
