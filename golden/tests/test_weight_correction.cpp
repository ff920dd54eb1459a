// SPDX-License-Identifier: Apache-2.0
// Weights that make up for errors in a layer's inputs, against least squares in double.
#include <Eigen/Dense>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <set>

#include "golden/search/layer_output.hpp"
#include "golden/search/layer_search.hpp"
#include "golden/search/network_trial.hpp"
#include "golden/search/weight_correction.hpp"
#include "golden/tests/made_up_network.hpp"
#include "golden/tests/test_layer.hpp"

using namespace tally;
using tally::testing::TestLayer;

namespace {

constexpr unsigned kCorrectionSeed = 23;

// The layer's inputs come disturbed: what input k loses follows from input k - 1, so that other
// weights can make it good, and some noise cannot be foretold.
struct Disturbed {
  TestLayer layer;
  std::vector<float> rows, target;

  Disturbed(std::size_t inputs, std::size_t outputs, std::size_t groups, std::size_t count)
      : layer(inputs, outputs, groups, count, false), rows(layer.rows) {
    target = layer_outputs(layer.data, layer.rows, layer.weights, layer.bias);
    layer.data.target = target;
    std::mt19937 random(kCorrectionSeed);
    std::normal_distribution<float> normal;
    for (std::size_t i = rows.size(); i-- > 1;) {
      if (i % inputs != 0) rows[i] += 0.5F * rows[i - 1] + 0.2F * normal(random);
    }
  }
};

// W' of one group by QR of the stacked system [X; sqrt(r) I] D = [Y - X W; 0], all in double.
Eigen::MatrixXd by_qr(const Disturbed& d, std::size_t group, std::size_t rows, double ridge) {
  const LayerData& l = d.layer.data;
  const auto k = static_cast<Eigen::Index>(l.inputs);
  const auto n = static_cast<Eigen::Index>(l.row_count);
  const auto each = static_cast<Eigen::Index>(l.outputs / l.groups);
  Eigen::MatrixXd x(n, k), y(n, each), w(k, each);
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index i = 0; i < k; ++i) x(r, i) = d.rows[(r * l.groups + group) * k + i];
    for (Eigen::Index o = 0; o < each; ++o) y(r, o) = d.target[r * l.outputs + group * each + o];
  }
  for (Eigen::Index o = 0; o < each; ++o) {
    for (Eigen::Index i = 0; i < k; ++i) w(i, o) = l.weights[(group * each + o) * k + i];
  }
  x.rowwise() -= x.colwise().mean().eval();
  y.rowwise() -= y.colwise().mean().eval();
  const auto some = static_cast<Eigen::Index>(rows);
  const double power = x.topRows(some).squaredNorm() / static_cast<double>(k);
  Eigen::MatrixXd a(some + k, k), b(some + k, each);
  a << x.topRows(some), std::sqrt(ridge * power) * Eigen::MatrixXd::Identity(k, k);
  b << (y - x * w).topRows(some), Eigen::MatrixXd::Zero(k, each);
  return w + a.colPivHouseholderQr().solve(b);
}

// What `weights` leave of the target, both less their means, over the last `count` rows.
double error_of(const Disturbed& d, std::span<const float> weights, std::size_t count) {
  const LayerData& l = d.layer.data;
  const auto y = layer_outputs(l, d.rows, weights, l.bias);
  double error = 0;
  for (std::size_t o = 0; o < l.outputs; ++o) {
    double mean = 0;
    for (std::size_t i = o; i < y.size(); i += l.outputs) {
      mean += static_cast<double>(d.target[i] - y[i]) / static_cast<double>(l.row_count);
    }
    for (std::size_t i = (l.row_count - count) * l.outputs + o; i < y.size(); i += l.outputs) {
      error += std::pow(static_cast<double>(d.target[i] - y[i]) - mean, 2);
    }
  }
  return error;
}

std::vector<float> flat(const Disturbed& d, std::size_t rows, double ridge) {
  std::vector<float> weights;
  for (std::size_t g = 0; g < d.layer.data.groups; ++g) {
    const Eigen::MatrixXd w = by_qr(d, g, rows, ridge);
    for (Eigen::Index o = 0; o < w.cols(); ++o) {
      for (Eigen::Index i = 0; i < w.rows(); ++i) weights.push_back(static_cast<float>(w(i, o)));
    }
  }
  return weights;
}

// Two layers whose targets are those of other inputs than they see, so that correction moves their
// weights.
struct MisledNetwork : MadeUpNetwork {
  std::vector<std::vector<float>> targets;

  MisledNetwork() : MadeUpNetwork({1.0, 2.0}, 200) {
    for (LayerData& layer : layers) {
      std::vector<float> moved(layer.rows.begin(), layer.rows.end());
      for (std::size_t i = moved.size(); i-- > 1;) moved[i] += 0.7F * moved[i - 1];
      targets.push_back(layer_outputs(layer, moved, layer.weights, layer.bias));
      layer.target = targets.back();
    }
  }
  // Layers are told by their codes: corrected ones do not follow from the weights.
  bool corrected(const LayerParams& layer, std::size_t i) const {
    return layer.weight_codes != encode_weights(weights[i], layer);
  }
};

// The ridge of the list that errs least on the last `check` rows from the others; 0: none.
double ridge_by_qr(const Disturbed& d, std::size_t check) {
  double least = error_of(d, d.layer.weights, check);
  double best = 0;
  for (const double ridge : {1.0, 3.0, 10.0, 30.0, 100.0}) {
    const double error = error_of(d, flat(d, d.layer.data.row_count - check, ridge), check);
    if (error < least) {
      least = error;
      best = ridge;
    }
  }
  return best;
}

}  // namespace

TEST_CASE(
    "corrected weights are the ridge's least squares, by QR in double, of the ridge that does "
    "best on the last quarter of the rows",
    "[correction]") {
  CAPTURE(kCorrectionSeed);
  int checks = 0;
  for (const auto& [inputs, outputs, groups, rows] :
       std::vector<std::array<std::size_t, 4>>{{12, 7, 1, 400}, {9, 8, 8, 200}, {30, 6, 2, 40}}) {
    const Disturbed d(inputs, outputs, groups, rows);
    CAPTURE(inputs, groups);
    const double best = ridge_by_qr(d, rows / 4);
    REQUIRE(best > 0);
    REQUIRE(error_of(d, flat(d, rows - rows / 4, best), rows / 4) <
            error_of(d, d.layer.weights, rows / 4));
    const auto expected = flat(d, rows, best);
    for (const int threads : {1, 3}) {
      const auto weights = corrected_weights(d.layer.data, d.rows, threads);
      REQUIRE(weights.size() == expected.size());
      for (std::size_t i = 0; i < weights.size(); ++i) {
        REQUIRE(weights[i] == Approx(expected[i]).epsilon(1e-3).margin(1e-5));
        ++checks;
      }
    }
  }
  REQUIRE(checks == 2 * (84 + 72 + 180));
}

TEST_CASE("each ridge of the list is taken where it does best, and the last quarter decides",
          "[correction]") {
  // The targets err by x_0 in the last quarter of the rows, but by `fit` times x_0 before: with a
  // ridge of about fit - 1 the first rows teach what is right in the last.
  std::set<double> taken;
  for (const float fit : {1.0F, 4.0F, 11.0F, 31.0F, 101.0F}) {
    Disturbed d(6, 2, 1, 200);
    d.rows = d.layer.rows;
    const auto exact = layer_outputs(d.layer.data, d.layer.rows, d.layer.weights, d.layer.bias);
    for (std::size_t i = 0; i < d.target.size(); ++i) {
      const std::size_t row = i / 2;
      d.target[i] = exact[i] + (row < 150 ? fit : 1.0F) * d.rows[row * 6];
    }
    const double best = ridge_by_qr(d, 50);
    taken.insert(best);
    const auto weights = corrected_weights(d.layer.data, d.rows, 1);
    const auto expected = flat(d, 200, best);
    CAPTURE(fit, best);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      CHECK(weights[i] == Approx(expected[i]).epsilon(1e-3).margin(1e-4));
    }
  }
  CHECK(taken == std::set<double>{1, 3, 10, 30, 100});
}

TEST_CASE("a group whose inputs are all zero keeps its weights, the others are corrected",
          "[correction]") {
  Disturbed d(5, 4, 2, 80);
  for (std::size_t r = 0; r < 80; ++r) {
    for (std::size_t k = 0; k < 5; ++k) d.rows[r * 10 + k] = d.layer.rows[r * 10 + k] = 0;
  }
  const auto weights = corrected_weights(d.layer.data, d.rows, 1);
  const auto half = static_cast<std::ptrdiff_t>(weights.size() / 2);
  CHECK(std::equal(weights.begin(), weights.begin() + half, d.layer.weights.begin()));
  CHECK_FALSE(std::equal(weights.begin() + half, weights.end(), d.layer.weights.begin() + half));
  CHECK(std::all_of(weights.begin(), weights.end(), [](float w) { return std::isfinite(w); }));
}

TEST_CASE("a plan within the bound is not corrected out of it, and keeps its choice of gain",
          "[correction]") {
  MisledNetwork network;
  auto hooks = network.hooks();
  for (const bool costs : {true, false}) {
    // Correction halves the divergence; where it `costs`, at the price of ten points.
    hooks.measure = [&](const PartialPlan& plan) {
      double points = network.loss(plan);
      double divergence = network.loss(plan);
      if (plan[0] != nullptr && network.corrected(*plan[0], 0)) {
        divergence /= 2;
        if (costs) points += 10;
      }
      return Measurement{0.9 - points / 100, divergence};
    };
    auto options = quick(SearchMethod::kOutput);
    options.max_loss_points = 1;
    const auto result = search_network(2, hooks, options);
    CHECK(result.within_bound);
    CHECK(network.corrected(result.layers[0], 0) == !costs);
  }
  // Plans with gain have larger levels: make those without the better ones.
  hooks.measure = [&](const PartialPlan& plan) {
    double divergence = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] == nullptr) continue;
      divergence += std::fabs(plan[i]->alpha_w[0]) * (network.corrected(*plan[i], i) ? 0.01 : 1.0);
    }
    return Measurement{0.9, divergence};
  };
  auto options = quick(SearchMethod::kOutput);
  options.bits = 2;
  const auto result = search_network(2, hooks, options);
  options.layer.correct_weights = true;
  const auto tuned = [&](bool gain) {
    options.layer.match_variance = gain;
    return make_layer_search(SearchMethod::kOutput, options.layer)
        ->search(network.layers[0], 2)
        .alpha_w[0];
  };
  REQUIRE(tuned(true) != tuned(false));
  CHECK(result.layers[0].alpha_w[0] == std::min(tuned(true), tuned(false)));
}

TEST_CASE("weights stay as they are where no correction helps on rows held back", "[correction]") {
  CAPTURE(kCorrectionSeed);
  Disturbed d(16, 4, 1, 64);
  // What the first three quarters of the rows teach is the contrary of what holds in the last.
  d.rows = d.layer.rows;
  const auto exact = layer_outputs(d.layer.data, d.layer.rows, d.layer.weights, d.layer.bias);
  for (std::size_t i = 0; i < d.target.size(); ++i) {
    const std::size_t row = i / 4;
    d.target[i] = exact[i] + (row < 48 ? 0.5F : -0.5F) * d.rows[row * 16];
  }
  const auto weights = corrected_weights(d.layer.data, d.rows, 1);
  CHECK(weights == d.layer.weights);
  // Nor with too few rows to hold any back, nor where nothing is wrong.
  d.target = exact;
  CHECK(corrected_weights(d.layer.data, d.rows, 1) == d.layer.weights);
  TestLayer few(16, 4, 1, 3, false);
  CHECK(corrected_weights(few.data, few.rows, 1) == few.weights);
}

TEST_CASE("a layer with corrected weights errs less on rows that it was not tuned on",
          "[correction]") {
  Disturbed d(40, 12, 1, 1200);
  LayerData tuned = d.layer.data;
  tuned.row_count = 800;
  tuned.rows = std::span(d.rows).first(800 * 40);
  tuned.target = std::span(d.target).first(800 * 12);
  LayerData fresh = d.layer.data;
  fresh.row_count = 400;
  fresh.rows = std::span(d.rows).subspan(800 * 40);
  fresh.target = std::span(d.target).subspan(800 * 12);
  for (const Candidate candidate : {Candidate{kUniform, 4}, Candidate{kExponential, 4}}) {
    LayerSearchOptions options;
    const auto plain = make_layer_search(SearchMethod::kOutput, options)->search(tuned, candidate);
    options.correct_weights = true;
    const auto better = make_layer_search(SearchMethod::kOutput, options)->search(tuned, candidate);
    const auto error = [&](const LayerParams& params) {
      FakeLayer fake = fake_layer(params);
      measure_output(fresh, output_fit(fresh, fake.activations, 1), fake, false, 1);
      return fake.output_error;
    };
    CAPTURE(to_string(candidate), error(plain), error(better));
    CHECK(error(better) < 0.7 * error(plain));
    // Without a target of its own the model's weights say what is right.
    LayerData own = tuned;
    own.target = {};
    const auto alone =
        make_layer_search(SearchMethod::kOutput, options)->search(own, {candidate.system, 2});
    REQUIRE(alone.weight_codes != encode_weights(own.weights, alone));
    FakeLayer fake = fake_layer(alone);
    measure_output(own, output_fit(own, fake.activations, 1), fake, false, 1);
    CHECK(alone.output_error == Approx(fake.output_error));
    // The levels' error is still that of the model's weights.
    CHECK(better.rmae_w > plain.rmae_w);
    CHECK(better.weight_codes != encode_weights(tuned.weights, better));
    CHECK(plain.method == "output");
    CHECK(better.method == "output, weights corrected");
  }
}

TEST_CASE("a network's weights are corrected only where that lowers its divergence",
          "[correction]") {
  MisledNetwork network;
  for (const bool helps : {true, false}) {
    auto hooks = network.hooks();
    hooks.measure = [&](const PartialPlan& plan) {
      double divergence = 0;
      for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan[i] == nullptr) continue;
        divergence += network.corrected(*plan[i], i) == helps ? 0.1 : 0.2;
      }
      return Measurement{0.9, divergence};
    };
    auto options = quick(SearchMethod::kOutput);
    options.bits = 3;
    const auto corrected = [&](const std::vector<LayerParams>& layers) {
      return network.corrected(layers[0], 0);
    };
    CHECK(corrected(search_network(2, hooks, options).layers) == helps);
    CHECK(corrected(tune_network({3, 3}, hooks, options)) == helps);
    options.correct_weights = false;
    CHECK_FALSE(corrected(search_network(2, hooks, options).layers));
    CHECK_FALSE(corrected(tune_network({3, 3}, hooks, options)));
  }
}

TEST_CASE("several systems are compared as corrected, so that one alone is never better",
          "[correction]") {
  MisledNetwork network;
  auto hooks = network.hooks();
  // Exponential levels seem better until the weights are corrected.
  hooks.measure = [&](const PartialPlan& plan) {
    double divergence = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] == nullptr) continue;
      const bool corrected = network.corrected(*plan[i], i);
      divergence += plan[i]->system == kExponential ? 0.15 : corrected ? 0.05 : 0.2;
    }
    return Measurement{0.9, divergence};
  };
  for (const bool evenly : {true, false}) {
    auto options = quick(SearchMethod::kOutput);
    if (evenly) {
      options.bits = 3;
    } else {
      options.average_bits = 3;
    }
    options.systems = {kUniform};
    const double alone = search_network(2, hooks, options).measured.divergence;
    CHECK(alone == Approx(0.1));
    options.systems = {kExponential, kUniform};
    CHECK(search_network(2, hooks, options).measured.divergence <= alone);
  }
}
