// SPDX-License-Identifier: Apache-2.0
// The drivers over a whole network: widths and number systems under a bound or a budget.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "golden/core/error.hpp"
#include "golden/search/network_trial.hpp"
#include "golden/tests/made_up_network.hpp"

using namespace tally;

TEST_CASE("the smallest budget within the bound is found, and no single bit less is within it",
          "[search]") {
  MadeUpNetwork network({30.0, 0.1, 2.0});
  auto options = quick(SearchMethod::kOutput);
  options.max_loss_points = 1.0;
  const auto result = search_network(network.layers.size(), network.hooks(), options);
  REQUIRE(result.float_measured.metric == Approx(0.9));
  REQUIRE(result.within_bound);
  REQUIRE(result.loss_points <= 1.0);
  const auto bits = bits_of(result);
  REQUIRE(bits[0] > bits[2]);
  REQUIRE(bits[2] >= bits[1]);
  int narrower = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    auto fewer = result.layers;
    PartialPlan plan;
    for (auto& layer : fewer) plan.push_back(&layer);
    if (bits[i] == 2) continue;
    --fewer[i].n;
    REQUIRE(network.loss(plan) > 1.0);
    ++narrower;
  }
  REQUIRE(narrower > 0);
  REQUIRE(result.limiting_layer.substr(0, 5) == "layer");
  REQUIRE(result.average_bits == Approx((bits[0] + bits[1] + bits[2]) / 3.0));
}

TEST_CASE("the allocation of a budget costs least, by trying all", "[search]") {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  int checks = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<double>> cost(4, std::vector<double>(4));
    for (auto& layer : cost) {
      for (double& c : layer) c = unit(random);  // not even falling with the width
    }
    for (int total = 8; total <= 20; ++total) {
      double least = 1e9;
      for (int code = 0; code < 256; ++code) {
        double sum = 0;
        int bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          const int extra = code >> (2 * i) & 3;
          sum += cost[i][static_cast<std::size_t>(extra)];
          bits += 2 + extra;
        }
        if (bits <= total) least = std::min(least, sum);
      }
      const auto widths = least_cost_widths(cost, 2, total);
      double sum = 0;
      for (std::size_t i = 0; i < 4; ++i) sum += cost[i][static_cast<std::size_t>(widths[i] - 2)];
      CAPTURE(kSeed, round, total);
      REQUIRE(std::accumulate(widths.begin(), widths.end(), 0) <= total);
      REQUIRE(sum == Approx(least));
      ++checks;
    }
  }
  REQUIRE(checks == 260);
}

TEST_CASE("a budget of bits is kept, and the layer that matters gets most of it", "[search]") {
  MadeUpNetwork network({30.0, 0.1, 2.0});
  auto options = quick(SearchMethod::kOutput);
  for (const double average : {3.0, 3.4, 4.0}) {
    options.average_bits = average;
    const auto result = search_network(3, network.hooks(), options);
    CAPTURE(average);
    REQUIRE(result.average_bits <= average);
    REQUIRE(result.average_bits > average - 1.0 / 3);
    const auto bits = bits_of(result);
    REQUIRE(bits[0] > bits[1]);
    REQUIRE(result.importance[0] > result.importance[2]);
    REQUIRE(result.importance[2] > result.importance[1]);
  }
}

TEST_CASE("bits go to the layers that matter with all layers quantized, not with one alone",
          "[search]") {
  // Measured alone, layer 0 seems to matter and layer 2 not; together it is the other way round.
  MadeUpNetwork network({16.0, 1.0, 1.0});
  const std::vector<double> together{1.0, 1.0, 16.0};
  auto hooks = network.hooks();
  const auto measure = hooks.measure;
  hooks.measure = [&](const PartialPlan& plan) {
    const bool whole = std::count(plan.begin(), plan.end(), nullptr) == 0;
    if (!whole) return measure(plan);
    double divergence = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) divergence += together[i] * plan[i]->output_error;
    return Measurement{0.9, divergence};
  };
  auto options = quick(SearchMethod::kOutput);
  options.average_bits = 4;
  const auto result = search_network(3, hooks, options);
  const auto first = std::find_if(result.trials.begin(), result.trials.end(),
                                  [](const Trial& trial) { return trial.average_bits == 4; });
  REQUIRE(first != result.trials.end());
  CHECK(first->candidates[0].n > first->candidates[2].n);
  const auto bits = bits_of(result);
  CHECK(bits[0] < bits[2]);
  CHECK(bits[0] + bits[1] + bits[2] == 12);
  CHECK(result.measured.divergence < first->measured.divergence);

  // A mixed plan starts from what was learned.
  options.systems = {kExponential, kUniform};
  int mixed = 0;
  const auto both = search_network(3, hooks, options);
  for (const Trial& trial : both.trials) {
    if (trial.what.find('+') == std::string::npos) continue;
    CHECK(trial.candidates[0].n < trial.candidates[2].n);
    ++mixed;
  }
  CHECK(mixed > 0);
}

TEST_CASE("widths are compared on some of many rows, but the plan is tuned on all", "[search]") {
  MadeUpNetwork network({1.0}, 1000);
  auto options = quick(SearchMethod::kOutput);
  options.average_bits = 3;
  const auto result = search_network(1, network.hooks(), options);
  const auto search = make_layer_search(SearchMethod::kOutput, options.layer);
  const LayerParams all = search->search(network.layers[0], 3);
  CHECK(result.layers[0].weight_codes == all.weight_codes);
  CHECK(result.layers[0].bias == all.bias);
  CHECK(result.layers[0].output_error == all.output_error);
  // The paper's method has no plan of its own behind the table: it must see all rows there.
  options.method = SearchMethod::kPaper;
  options.average_bits = 0;
  options.max_loss_points = 0.1;
  const auto paper = search_network(1, network.hooks(), options);
  const auto direct = make_layer_search(SearchMethod::kPaper, options.layer)
                          ->search(network.layers[0], paper.layers[0].n);
  CHECK(paper.layers[0].output_error == direct.output_error);
  CHECK(paper.layers[0].rmae_a == direct.rmae_a);
}

namespace {

// Long tails in layer 0, none in layer 1: each number system is best in one of them.
void make_tails_differ(MadeUpNetwork& network) {
  for (float& x : network.rows[0]) x = x * x * x;
  for (float& w : network.weights[0]) w = 100 * w * w * w;
  for (float& x : network.rows[1]) x = std::erf(x);
  for (float& w : network.weights[1]) w = std::erf(7 * w);
}

}  // namespace

TEST_CASE("auto is never worse than either number system alone at any budget", "[search]") {
  // In the second network mixing is bad although each layer's error is least: one system alone must
  // then be taken.
  int taken = 0;
  for (const bool spoiled : {false, true}) {
    MadeUpNetwork network({1.0, 1.0, 1.0});
    make_tails_differ(network);
    auto hooks = network.hooks();
    hooks.measure = [&](const PartialPlan& plan) {
      double divergence = 0;
      bool both = false;
      for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan[i] == nullptr) continue;
        divergence += plan[i]->output_error;
        for (const auto* other : plan) both = both || (other && other->system != plan[i]->system);
      }
      if (both && spoiled) divergence += 10;
      return Measurement{0.9, divergence};
    };
    auto options = quick(SearchMethod::kOutput);
    for (const double average : {2.0, 2.7, 3.5, 5.0}) {
      options.average_bits = average;
      const auto search = [&](std::vector<NumberSystem> systems) {
        options.systems = std::move(systems);
        return search_network(3, hooks, options);
      };
      const double best = std::min(search({kExponential}).measured.divergence,
                                   search({kUniform}).measured.divergence);
      const auto both = search({kExponential, kUniform});
      const bool mixed = both.layers[0].system != both.layers[1].system;
      CAPTURE(spoiled, average);
      REQUIRE(both.measured.divergence <= best);
      if (mixed) REQUIRE(both.measured.divergence < best);
      if (spoiled) REQUIRE_FALSE(mixed);
      taken += mixed ? 1 : 0;
    }
  }
  REQUIRE(taken > 0);
}

namespace {

// What a search with both systems measured of whole plans in which both occur.
struct MixedPlans {
  int plain = 0, corrected = 0, with_gain = 0;
};

}  // namespace

TEST_CASE("a mixed plan is tuned as the best single one was, then on corrected weights too",
          "[search]") {
  for (const bool gain_helps : {false, true}) {
    for (const bool asked_for_bits : {false, true}) {
      MadeUpNetwork network({1.0, 1.0, 1.0});
      make_tails_differ(network);
      auto options = quick(SearchMethod::kOutput);
      options.systems = {kExponential, kUniform};
      (asked_for_bits ? options.bits : options.min_bits) = 3;
      if (!asked_for_bits) options.average_bits = 3;
      options.max_bits = 3;                     // so that every plan has these widths
      std::vector<std::vector<double>> gained;  // alpha_w of layer 0 in both systems
      for (const NumberSystem system : options.systems) {
        const auto search = make_layer_search(SearchMethod::kOutput, options.layer);
        gained.push_back(search->search(network.layers[0], Candidate{system, 3}).alpha_w);
      }
      MixedPlans mixed;
      auto hooks = network.hooks();
      hooks.measure = [&](const PartialPlan& plan) {
        if (std::count(plan.begin(), plan.end(), nullptr) > 0) return Measurement{0.9, 1.0};
        const bool gain = std::count(gained.begin(), gained.end(), plan[0]->alpha_w) > 0;
        const bool corrected = plan[0]->method.find("corrected") != std::string::npos;
        if (plan[0]->system != plan[1]->system) {
          ++(corrected ? mixed.corrected : mixed.plain);
          mixed.with_gain += !corrected && gain ? 1 : 0;
        }
        return Measurement{0.9, corrected ? 0.5 : gain == gain_helps ? 1.0 : 2.0};
      };
      CAPTURE(gain_helps, asked_for_bits);
      search_network(3, hooks, options);
      CHECK(mixed.plain == 1);
      CHECK(mixed.with_gain == (gain_helps ? 1 : 0));
      CHECK(mixed.corrected == 1);
    }
  }
}

TEST_CASE("a mixed plan must be better by a quarter where the same samples tune and choose",
          "[search]") {
  for (const bool same_samples : {false, true}) {
    for (const double share : {1.01, 0.99, 0.76, 0.74}) {
      for (const bool asked_for_bits : {false, true}) {
        MadeUpNetwork network({1.0, 1.0, 1.0});
        make_tails_differ(network);
        auto options = quick(SearchMethod::kOutput);
        options.systems = {kExponential, kUniform};
        options.bits = asked_for_bits ? 3 : 0;
        options.average_bits = asked_for_bits ? 0 : 3;
        auto hooks = network.hooks();
        hooks.same_samples = same_samples;
        hooks.measure = [&](const PartialPlan& plan) {
          if (std::count(plan.begin(), plan.end(), nullptr) > 0) return Measurement{0.9, 1.0};
          return Measurement{0.9, plan[0]->system != plan[1]->system ? share : 1.0};
        };
        CAPTURE(same_samples, share, asked_for_bits);
        const auto found = search_network(3, hooks, options);
        const bool mixed = found.layers[0].system != found.layers[1].system;
        CHECK(mixed == (share < (same_samples ? 0.75 : 1.0)));
      }
    }
  }
}

TEST_CASE("an easy network ends at the smallest width, an impossible one says so", "[search]") {
  MadeUpNetwork easy({0.1, 0.1});
  const auto narrow = search_network(2, easy.hooks(), quick(SearchMethod::kOutput));
  REQUIRE(bits_of(narrow) == std::vector<int>{2, 2});
  REQUIRE(narrow.limiting_layer.empty());

  MadeUpNetwork hard({1e6, 1e6});
  const auto wide = search_network(2, hard.hooks(), quick(SearchMethod::kOutput));
  REQUIRE(bits_of(wide) == std::vector<int>{7, 7});
  REQUIRE_FALSE(wide.within_bound);
}

TEST_CASE("bits that are asked for are given, whatever the loss", "[search]") {
  MadeUpNetwork network({100.0, 100.0});
  auto options = quick(SearchMethod::kPaper);
  options.bits = 3;
  const auto result = search_network(network.layers.size(), network.hooks(), options);
  REQUIRE(bits_of(result) == std::vector<int>{3, 3});
  REQUIRE_FALSE(result.within_bound);
  REQUIRE(network.metric_calls == 2);  // float and the plan
}

TEST_CASE("plans measured several at a time give the search of plans measured one by one",
          "[search]") {
  MadeUpNetwork network({8.0, 0.5, 2.0});
  auto options = quick(SearchMethod::kOutput);
  options.average_bits = 3;
  const auto one_by_one = search_network(3, network.hooks(), options);
  auto hooks = network.hooks();
  std::size_t together = 0;
  hooks.measure_all = [&](const std::vector<PartialPlan>& plans, const auto& done) {
    std::vector<Measurement> measured(plans.size());
    for (std::size_t i = plans.size(); i-- > 0;) {  // in any order
      measured[i] = hooks.measure(plans[i]);
      done(i);
    }
    together += plans.size();
    return measured;
  };
  const auto several = search_network(3, hooks, options);
  CHECK(together > 3);
  CHECK(bits_of(several) == bits_of(one_by_one));
  CHECK(several.importance == one_by_one.importance);
  CHECK(several.evaluations == one_by_one.evaluations);
}

TEST_CASE("a plan has gain or none, whichever diverges less", "[search]") {
  MadeUpNetwork network({8.0, 0.5, 2.0});
  auto options = quick(SearchMethod::kOutput);
  options.bits = 3;
  options.correct_weights = false;
  LayerSearchOptions with_gain = options.layer;
  with_gain.match_variance = true;
  const LayerParams gained =
      make_layer_search(SearchMethod::kOutput, with_gain)->search(network.layers[0], 3);
  for (const bool gain_helps : {false, true}) {
    auto hooks = network.hooks();
    hooks.measure = [&](const PartialPlan& plan) {
      const bool has_gain = plan[0] != nullptr && plan[0]->alpha_w == gained.alpha_w;
      return Measurement{0.5, has_gain == gain_helps ? 1.0 : 2.0};
    };
    const auto result = search_network(3, hooks, options);
    CAPTURE(gain_helps);
    CHECK(result.measured.divergence == 1.0);
    CHECK((result.layers[0].alpha_w == gained.alpha_w) == gain_helps);
  }
}

TEST_CASE("the number of threads does not change the result", "[search]") {
  MadeUpNetwork network({8.0, 0.5, 2.0});
  auto options = quick(SearchMethod::kOutput);
  const auto one = search_network(network.layers.size(), network.hooks(), options);
  options.threads = 3;
  const auto three = search_network(network.layers.size(), network.hooks(), options);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(one.layers[i].n == three.layers[i].n);
    REQUIRE(one.layers[i].alpha_w == three.layers[i].alpha_w);
    REQUIRE(one.layers[i].weight_codes == three.layers[i].weight_codes);
  }
}

TEST_CASE("the last pass tunes every layer on the layers that were quantized before it",
          "[search]") {
  MadeUpNetwork network({0.1, 0.1});
  auto hooks = network.hooks();
  auto shifted = network.rows[1];
  for (float& x : shifted) x *= 0.5F;
  int on_prefix = 0;
  hooks.pass = [&](const LayerTuner& tuner) {
    const LayerParams* first = tuner(0, network.layers[0]);
    LayerData second = network.layers[1];
    if (first != nullptr) {  // the quantized first layer halves its outputs
      second.rows = shifted;
      ++on_prefix;
    }
    tuner(1, second);
  };
  auto options = quick(SearchMethod::kOutput);
  options.bits = 2;
  const auto result = search_network(2, hooks, options);
  REQUIRE(on_prefix == 3);  // with gain, without, and with corrected weights
  LayerData second = network.layers[1];
  second.rows = shifted;
  const auto search = make_layer_search(SearchMethod::kOutput, options.layer);
  REQUIRE(result.layers[1].alpha_a == search->search(second, 2).alpha_a);
  REQUIRE(result.layers[1].alpha_a != search->search(network.layers[1], 2).alpha_a);
}

TEST_CASE("options out of range and empty networks are refused, errors of a layer come out",
          "[search]") {
  MadeUpNetwork network({1.0});
  auto options = quick(SearchMethod::kOutput);
  REQUIRE_THROWS_AS(search_network(0, network.hooks(), options), Error);
  options.bits = 8;
  REQUIRE_THROWS_AS(search_network(network.layers.size(), network.hooks(), options), Error);
  options.bits = 0;
  options.max_loss_points = std::nan("");
  REQUIRE_THROWS_AS(search_network(network.layers.size(), network.hooks(), options), Error);
  options.max_loss_points = 1;
  options.threads = 2;
  network.weights[0][3] = std::nanf("");
  REQUIRE_THROWS_WITH(search_network(network.layers.size(), network.hooks(), options),
                      Catch::Contains("layer0"));
}
