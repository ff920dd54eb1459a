// SPDX-License-Identifier: Apache-2.0
// The searches of one layer: what they return is consistent, legal for the hardware, and good.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/sorted_magnitudes.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/layer_search.hpp"
#include "golden/search/nelder_mead.hpp"

using namespace tally;

namespace {

constexpr unsigned kSeed = 17;

// A layer with Laplace weights of very different channel scales, and ReLU or signed activations.
struct TestLayer {
  std::vector<float> weights, bias, rows;
  LayerData data;

  TestLayer(std::size_t inputs, std::size_t outputs, std::size_t groups, std::size_t row_count,
            bool non_negative) {
    std::mt19937 random(kSeed);
    std::exponential_distribution<float> exponential(1.0F);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < outputs * inputs; ++i) {
      const float scale = 0.02F * static_cast<float>(1 + i / inputs % 5);
      weights.push_back(scale * exponential(random) * (random() % 2 == 0 ? 1.0F : -1.0F));
    }
    for (std::size_t o = 0; o < outputs; ++o) bias.push_back(0.1F * normal(random));
    for (std::size_t i = 0; i < row_count * groups * inputs; ++i) {
      const float x = normal(random);
      rows.push_back(non_negative ? std::max(0.0F, x) : x);
    }
    data.name = "fc1";
    data.inputs = inputs;
    data.outputs = outputs;
    data.groups = groups;
    data.weights = weights;
    data.bias = bias;
    data.non_negative = non_negative;
    data.rows = rows;
    data.row_count = row_count;
  }
};

// The layer's output error straight from codes, levels and definitions, in double.
double independent_error(const LayerData& layer, const LayerParams& p) {
  const auto levels_a = exponential_magnitudes(p.activation());
  double error = 0;
  double power = 0;
  const std::size_t each = layer.outputs / layer.groups;
  for (std::size_t r = 0; r < layer.row_count; ++r) {
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const auto levels_w = exponential_magnitudes(p.weight(o));
      double y = p.bias[o];
      double t = layer.bias[o];
      for (std::size_t k = 0; k < layer.inputs; ++k) {
        const float x = layer.rows[(r * layer.groups + o / each) * layer.inputs + k];
        const float w = layer.weights[o * layer.inputs + k];
        bool nan = false;
        y += code_value(quantize_code(half_from_float(x), p.boundaries, nan), levels_a) *
             code_value(p.weight_codes[o * layer.inputs + k], levels_w);
        t += static_cast<double>(x) * static_cast<double>(w);
      }
      error += (y - t) * (y - t);
      power += t * t;
    }
  }
  return error / power;
}

}  // namespace

TEST_CASE("every search gives legal parameters whose error an independent sum confirms",
          "[search]") {
  int checks = 0;
  for (const bool non_negative : {true, false}) {
    for (const std::size_t groups : {1u, 3u}) {
      const TestLayer layer(24, 6, groups, 40, non_negative);
      for (const auto method : {SearchMethod::kPaper, SearchMethod::kOutput}) {
        for (int n = 2; n <= 7; ++n) {
          for (const bool per_channel : {true, false}) {
            LayerSearchOptions options;
            options.per_channel = per_channel;
            options.evaluations = 80;
            const auto p = make_layer_search(method, options)->search(layer.data, n);
            CAPTURE(to_string(method), n, per_channel, groups, non_negative);
            REQUIRE(p.n == n);
            REQUIRE_NOTHROW(check_layer_params(p, 24, "fc1"));
            REQUIRE(p.weight_codes ==
                    encode_weights(layer.weights, n, p.base, p.alpha_w, p.beta_w, p.rounding));
            REQUIRE(p.output_error == Approx(independent_error(layer.data, p)).epsilon(1e-3));
            REQUIRE(p.rmae_w == Approx(rmae(layer.weights, fake_layer(p).weights)));
            if (!per_channel) {
              REQUIRE(p.alpha_w.front() == p.alpha_w.back());
              REQUIRE(p.beta_w.front() == p.beta_w.back());
            }
            ++checks;
          }
        }
      }
    }
  }
  REQUIRE(checks == 96);
}

TEST_CASE("more bits give less output error, and `output` beats `paper`", "[search]") {
  const TestLayer layer(200, 32, 1, 128, true);
  double last = 1e9;
  for (int n = 2; n <= 6; ++n) {
    LayerSearchOptions corrected;
    const auto output = make_layer_search(SearchMethod::kOutput)->search(layer.data, n);
    const auto paper = make_layer_search(SearchMethod::kPaper, corrected)->search(layer.data, n);
    CAPTURE(n, output.output_error, paper.output_error);
    REQUIRE(output.output_error < last);
    REQUIRE(output.output_error < paper.output_error);
    last = output.output_error;
  }
  REQUIRE(last < 2e-3);
}

TEST_CASE("least squares a channel improve on levels shared by all channels", "[search]") {
  // Every channel has the same largest weight, so that per channel and per tensor start from the
  // same levels; but half the channels are spread evenly and half are peaked.
  TestLayer layer(200, 8, 1, 256, true);
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> unit(-1.0F, 1.0F);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const float u = unit(random);
    layer.weights[i] = i / 200 % 2 == 0 ? u : u * u * u * u * u;
    if (i % 200 == 0) layer.weights[i] = 1.0F;
  }
  for (int n = 2; n <= 4; ++n) {
    LayerSearchOptions shared;
    shared.per_channel = false;
    const auto one = make_layer_search(SearchMethod::kOutput, shared)->search(layer.data, n);
    const auto each = make_layer_search(SearchMethod::kOutput)->search(layer.data, n);
    CAPTURE(n, one.output_error, each.output_error);
    REQUIRE(each.base == one.base);
    REQUIRE(each.output_error < 0.98 * one.output_error);
  }
}

TEST_CASE("a search is deterministic", "[search]") {
  const TestLayer layer(50, 8, 1, 64, true);
  const auto search = make_layer_search(SearchMethod::kOutput);
  const auto a = search->search(layer.data, 3);
  const auto b = search->search(layer.data, 3);
  REQUIRE(a.base == b.base);
  REQUIRE(a.alpha_w == b.alpha_w);
  REQUIRE(a.boundaries == b.boundaries);
  REQUIRE(a.weight_codes == b.weight_codes);
  REQUIRE(a.bias == b.bias);
}

TEST_CASE("without the offset every beta is zero", "[search]") {
  const TestLayer layer(50, 8, 1, 64, true);
  LayerSearchOptions options;
  options.offset = false;
  const auto p = make_layer_search(SearchMethod::kOutput, options)->search(layer.data, 3);
  REQUIRE_FALSE(p.offset);
  REQUIRE(p.beta_a == 0);
  REQUIRE(std::all_of(p.beta_w.begin(), p.beta_w.end(), [](double b) { return b == 0; }));
}

TEST_CASE("bias correction leaves no mean error on the calibration rows", "[search]") {
  const TestLayer layer(100, 5, 1, 64, true);
  const auto p = make_layer_search(SearchMethod::kOutput)->search(layer.data, 2);
  const auto fake = fake_layer(p);
  std::vector<float> rows(layer.rows.size());
  fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
  const auto y = layer_outputs(layer.data, rows, fake.weights, fake.bias);
  const auto t = target_outputs(layer.data);
  for (std::size_t o = 0; o < 5; ++o) {
    double mean = 0;
    for (std::size_t r = 0; r < 64; ++r) mean += (y[r * 5 + o] - t[r * 5 + o]) / 64;
    REQUIRE(std::fabs(mean) < 1e-5);
  }
}

TEST_CASE("uniform baselines: error falls with bits, tuning helps, unsigned data use the sign bit",
          "[search]") {
  const TestLayer layer(200, 16, 1, 128, true);
  double last = 1e9;
  for (int bits = 2; bits <= 8; ++bits) {
    const auto tuned = fit_uniform(layer.data, bits);
    const auto plain = fit_uniform_plain(layer.data, bits);
    CAPTURE(bits);
    REQUIRE(tuned.output_error < last);
    REQUIRE(tuned.output_error < plain.output_error);
    REQUIRE(tuned.activations.magnitudes.size() == std::size_t{1} << bits);
    REQUIRE(plain.activations.magnitudes.size() == std::size_t{1} << (bits - 1));
    last = tuned.output_error;
  }
  REQUIRE(last < 1e-4);
  REQUIRE_THROWS_AS(fit_uniform(layer.data, 9), Error);
}

TEST_CASE("layers that cannot be quantized are refused by name", "[search]") {
  TestLayer layer(10, 4, 1, 8, true);
  const auto search = make_layer_search(SearchMethod::kOutput);
  REQUIRE_THROWS_AS(search->search(layer.data, 1), Error);
  REQUIRE_THROWS_AS(search->search(layer.data, 8), Error);
  layer.weights[7] = std::nanf("");
  REQUIRE_THROWS_WITH(search->search(layer.data, 3),
                      Catch::Contains("fc1") && Catch::Contains("weight 7"));
  std::fill(layer.weights.begin(), layer.weights.end(), 0.0F);
  REQUIRE_THROWS_WITH(search->search(layer.data, 3), Catch::Contains("all weights are zero"));
  layer.weights[0] = 1.0F;
  REQUIRE_NOTHROW(search->search(layer.data, 3));  // channels without weights are fine
  layer.rows[3] = INFINITY;
  REQUIRE_THROWS_AS(search->search(layer.data, 3), Error);
  layer.data.row_count = 7;
  REQUIRE_THROWS_AS(search->search(layer.data, 3), Error);
}

TEST_CASE("the simplex finds the minimum of a curved valley", "[search]") {
  const auto rosenbrock = [](const std::vector<double>& x) {
    return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
  };
  const auto found = nelder_mead(rosenbrock, {-1.2, 1.0}, {0.5, 0.5}, {500, 1e-12});
  REQUIRE(found.x[0] == Approx(1.0).epsilon(1e-3));
  REQUIRE(found.x[1] == Approx(1.0).epsilon(1e-3));
  REQUIRE(found.evaluations <= 502);
}
