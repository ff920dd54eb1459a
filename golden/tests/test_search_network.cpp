// SPDX-License-Identifier: Apache-2.0
// The drivers over a whole network, with a made-up network behind the callbacks: its accuracy is a
// known function of the widths, so every decision can be foretold.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "golden/core/error.hpp"
#include "golden/search/network_search.hpp"

using namespace tally;

namespace {

// Three layers of random data; layer i costs points[i] / 4^(n-2) of accuracy.
struct Network {
  std::vector<std::vector<float>> weights, bias, rows;
  std::vector<LayerData> layers;
  std::vector<double> points;
  int metric_calls = 0;

  explicit Network(std::vector<double> costs) : points(std::move(costs)) {
    std::mt19937 random(31);
    std::normal_distribution<float> normal;
    const auto fill = [&](std::size_t count, float scale, bool relu) {
      std::vector<float> v(count);
      for (float& x : v) x = scale * (relu ? std::max(0.0F, normal(random)) : normal(random));
      return v;
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      weights.push_back(fill(16 * 8, 0.1F, false));
      bias.push_back(fill(8, 0.1F, false));
      rows.push_back(fill(32 * 16, 3.0F, true));
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      LayerData l;
      l.name = "layer" + std::to_string(i);
      l.inputs = 16;
      l.outputs = 8;
      l.weights = weights[i];
      l.bias = bias[i];
      l.non_negative = true;
      l.rows = rows[i];
      l.row_count = 32;
      layers.push_back(l);
    }
  }

  double loss(const PartialPlan& plan) const {
    double sum = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] != nullptr) sum += points[i] / std::pow(4.0, plan[i]->n - 2);
    }
    return sum;
  }

  NetworkHooks hooks() {
    NetworkHooks h;
    h.metric = [this](const PartialPlan& plan) {
      ++metric_calls;
      return 0.9 - loss(plan) / 100;
    };
    h.divergence = [this](const PartialPlan& plan) { return loss(plan); };
    return h;
  }
};

NetworkSearchOptions quick(SearchMethod method) {
  NetworkSearchOptions options;
  options.method = method;
  options.layer.evaluations = 10;
  return options;
}

std::vector<int> bits_of(const NetworkSearchResult& result) {
  std::vector<int> bits;
  for (const auto& layer : result.layers) bits.push_back(layer.n);
  return bits;
}

}  // namespace

TEST_CASE("greedy widths stay within the bound, and no single bit less would", "[search]") {
  Network network({30.0, 0.1, 2.0});
  auto options = quick(SearchMethod::kOutput);
  options.max_loss_points = 1.0;
  const auto result = search_network(network.layers, network.hooks(), options);
  REQUIRE(result.float_metric == Approx(0.9));
  REQUIRE(result.within_bound);
  REQUIRE(result.loss_points <= 1.0);
  const auto bits = bits_of(result);
  REQUIRE(bits[0] > bits[2]);
  REQUIRE(bits[2] >= bits[1]);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    auto fewer = result.layers;
    PartialPlan plan;
    for (auto& layer : fewer) plan.push_back(&layer);
    if (bits[i] == 2) continue;
    --fewer[i].n;
    REQUIRE(network.loss(plan) > 1.0);
  }
  REQUIRE(result.limiting_layer.substr(0, 5) == "layer");
  REQUIRE(result.average_bits == (bits[0] + bits[1] + bits[2]) / 3.0);
}

TEST_CASE("the bit that costs least goes first", "[search]") {
  // Losses at 2, 3, 4 bits: 16, 4, 1 and 1.2, 0.3, 0.075. All layers at 4 bits lose 1.075; from 6
  // bits the cheapest bits lead to 4 and 3, and there layer 1 has the cheapest bit left.
  Network network({16.0, 1.2});
  auto options = quick(SearchMethod::kOutput);
  options.max_loss_points = 1.35;
  const auto result = search_network(network.layers, network.hooks(), options);
  REQUIRE(bits_of(result) == std::vector<int>{4, 3});
  REQUIRE(result.limiting_layer == "layer1");
}

TEST_CASE("an easy network ends at the smallest width, an impossible one says so", "[search]") {
  Network easy({0.1, 0.1});
  const auto narrow = search_network(easy.layers, easy.hooks(), quick(SearchMethod::kOutput));
  REQUIRE(bits_of(narrow) == std::vector<int>{2, 2});
  REQUIRE(narrow.limiting_layer.empty());

  Network hard({1e6, 1e6});
  const auto wide = search_network(hard.layers, hard.hooks(), quick(SearchMethod::kOutput));
  REQUIRE(bits_of(wide) == std::vector<int>{7, 7});
  REQUIRE_FALSE(wide.within_bound);
}

TEST_CASE("bits that are asked for are given, whatever the loss", "[search]") {
  Network network({100.0, 100.0});
  auto options = quick(SearchMethod::kPaper);
  options.bits = 3;
  const auto result = search_network(network.layers, network.hooks(), options);
  REQUIRE(bits_of(result) == std::vector<int>{3, 3});
  REQUIRE_FALSE(result.within_bound);
  REQUIRE(network.metric_calls == 2);  // float and the plan
}

TEST_CASE("the paper's thresholds: widths are the smallest that meet both, the bound stops Thr_w",
          "[search]") {
  Network network({3.0, 3.0, 3.0});
  auto options = quick(SearchMethod::kPaper);
  options.min_bits = 3;
  options.max_loss_points = 1.0;
  const auto result = search_network(network.layers, network.hooks(), options);
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
  Network network({0.1, 0.1});
  for (auto& rows : network.rows) {
    for (float& x : rows) x *= 1e-3F;  // mean|A| below mean|W|: the logarithm is negative
  }
  auto options = quick(SearchMethod::kPaper);
  options.clamp_threshold_factor = false;
  const auto literal = search_network(network.layers, network.hooks(), options);
  REQUIRE(bits_of(literal) == std::vector<int>{7, 7});
  options.clamp_threshold_factor = true;
  const auto clamped = search_network(network.layers, network.hooks(), options);
  REQUIRE(bits_of(clamped) == std::vector<int>{2, 2});
}

TEST_CASE("the number of threads does not change the result", "[search]") {
  Network network({8.0, 0.5, 2.0});
  auto options = quick(SearchMethod::kOutput);
  const auto one = search_network(network.layers, network.hooks(), options);
  options.threads = 3;
  const auto three = search_network(network.layers, network.hooks(), options);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(one.layers[i].n == three.layers[i].n);
    REQUIRE(one.layers[i].alpha_w == three.layers[i].alpha_w);
    REQUIRE(one.layers[i].weight_codes == three.layers[i].weight_codes);
  }
}

TEST_CASE("sequential tuning is kept only when the network is better with it", "[search]") {
  for (const bool helps : {true, false}) {
    Network network({0.1, 0.1});
    auto hooks = network.hooks();
    std::size_t captures = 0;
    auto shifted = network.rows[1];
    for (float& x : shifted) x *= 0.5F;
    hooks.capture = [&](std::size_t index, const PartialPlan& plan) {
      REQUIRE(plan[index - 1] != nullptr);  // the prefix is quantized
      REQUIRE(plan[index] == nullptr);
      ++captures;
      LayerData layer = network.layers[index];
      layer.rows = shifted;
      return layer;
    };
    // Tuned on rows of half the size, layer 1 gets a smaller alpha: the made-up metric sees that.
    const double plain =
        make_layer_search(SearchMethod::kOutput, quick(SearchMethod::kOutput).layer)
            ->search(network.layers[1], 2)
            .alpha_a;
    hooks.metric = [=](const PartialPlan& plan) {
      if (plan[1] == nullptr || plan[0] == nullptr || plan[1]->alpha_a == plain) return 0.8;
      return helps ? 0.85 : 0.75;
    };
    auto options = quick(SearchMethod::kOutput);
    options.bits = 2;
    const auto result = search_network(network.layers, hooks, options);
    REQUIRE(captures == 1);
    REQUIRE((result.layers[1].alpha_a != plain) == helps);
    REQUIRE(result.metric == (helps ? 0.85 : 0.8));
  }
}

TEST_CASE("options out of range and empty networks are refused, errors of a layer come out",
          "[search]") {
  Network network({1.0});
  auto options = quick(SearchMethod::kOutput);
  REQUIRE_THROWS_AS(search_network({}, network.hooks(), options), Error);
  options.bits = 8;
  REQUIRE_THROWS_AS(search_network(network.layers, network.hooks(), options), Error);
  options.bits = 0;
  options.max_loss_points = std::nan("");
  REQUIRE_THROWS_AS(search_network(network.layers, network.hooks(), options), Error);
  options.max_loss_points = 1;
  options.threads = 2;
  network.weights[0][3] = std::nanf("");
  REQUIRE_THROWS_WITH(search_network(network.layers, network.hooks(), options),
                      Catch::Contains("layer0"));
}
