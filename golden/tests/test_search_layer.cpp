// SPDX-License-Identifier: Apache-2.0
// The searches of one layer: what they return is consistent, legal for the hardware, and good.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/sorted_magnitudes.hpp"
#include "golden/core/uniform.hpp"
#include "golden/search/cached_search.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/layer_search.hpp"
#include "golden/tests/test_layer.hpp"

using namespace tally;
using tally::testing::TestLayer;

namespace {

constexpr unsigned kSeed = 17;

// The layer's output error straight from codes, levels and definitions, in double.
double independent_error(const LayerData& layer, const LayerParams& p) {
  // Index j of the uniform system is worth j * scale.
  const auto value = [&](std::uint8_t code, double alpha, double beta) {
    const int index = code_index(code);
    const double size =
        index == 0 ? 0.0
        : p.system == kUniform
            ? index * alpha
            : alpha * std::pow(static_cast<double>(p.base), index - (1 << (p.n - 1))) + beta;
    return code_is_negative(code) ? -size : size;
  };
  double error = 0;
  double power = 0;
  const std::size_t each = layer.outputs / layer.groups;
  for (std::size_t r = 0; r < layer.row_count; ++r) {
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      double y = p.bias[o];
      double t = layer.bias[o];
      for (std::size_t k = 0; k < layer.inputs; ++k) {
        const float x = layer.rows[(r * layer.groups + o / each) * layer.inputs + k];
        const float w = layer.weights[o * layer.inputs + k];
        bool nan = false;
        y += value(quantize_code(half_from_float(x), p.boundaries, nan), p.alpha_a, p.beta_a) *
             value(p.weight_codes[o * layer.inputs + k], p.alpha_w[o], p.beta_w[o]);
        t += static_cast<double>(x) * static_cast<double>(w);
      }
      y = std::clamp(y, double(layer.low), double(layer.high));
      t = std::clamp(t, double(layer.low), double(layer.high));
      error += (y - t) * (y - t);
      power += t * t;
    }
  }
  return error / power;
}

// The output error of uniform levels whose clips have the least squared error for each tensor and
// channel, the usual way to tune them; biases corrected.
double clipped_uniform_error(const TestLayer& layer, int n) {
  const LayerData& data = layer.data;
  const int limit_a = uniform_data_limit(n, data.non_negative);
  const double scale_a = tune_uniform_scale(SortedMagnitudes(data.rows), limit_a);
  LayerParams p;
  p.system = kUniform;
  p.n = n;
  p.alpha_a = scale_a;
  p.boundaries = uniform_boundaries(scale_a, limit_a, scale_a / 2);
  for (std::size_t o = 0; o < data.outputs; ++o) {
    const SortedMagnitudes row(data.weights.subspan(o * data.inputs, data.inputs));
    p.alpha_w.push_back(tune_uniform_scale(row, uniform_weight_limit(n)));
    p.beta_w.push_back(0);
  }
  finish_layer(data, true, 1, p);
  return p.output_error;
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
    LayerSearchOptions separate;
    shared.match_variance = separate.match_variance = false;
    const auto one = make_layer_search(SearchMethod::kOutput, shared)->search(layer.data, n);
    const auto each = make_layer_search(SearchMethod::kOutput, separate)->search(layer.data, n);
    CAPTURE(n, one.output_error, each.output_error);
    REQUIRE(each.base == one.base);
    REQUIRE(each.output_error < 0.98 * one.output_error);
  }
}

TEST_CASE(
    "uniform candidates: INT8 table, integers within the limit of their storage, less error "
    "than plain tuned clips",
    "[search]") {
  for (const bool non_negative : {true, false}) {
    const TestLayer layer(200, 16, 1, 128, non_negative);
    LayerSearchOptions options;
    options.match_variance = false;
    const auto search = make_layer_search(SearchMethod::kOutput, options);
    for (int n = 2; n <= 7; ++n) {
      const auto p = search->search(layer.data, Candidate{kUniform, n});
      CAPTURE(n, non_negative);
      REQUIRE(p.boundaries.size() == 128);
      const int data_limit = non_negative ? std::min((2 << n) - 1, 127) : (1 << n) - 1;
      for (int j = 1; j < 128; ++j) {
        REQUIRE((p.boundaries[static_cast<std::size_t>(j)] == kHalfInfinity) == (j > data_limit));
      }
      int largest = 0;
      for (std::size_t i = 0; i < p.weight_codes.size(); ++i) {
        const double q = std::round(layer.weights[i] / p.alpha_w[i / 200]);
        const double clipped = std::clamp(q, 1.0 - (1 << n), (1 << n) - 1.0);
        REQUIRE(code_index(p.weight_codes[i]) == std::fabs(clipped));
        REQUIRE(code_is_negative(p.weight_codes[i]) == (clipped < 0));
        largest = std::max(largest, code_index(p.weight_codes[i]));
      }
      REQUIRE(largest > 0.8 * ((1 << n) - 1));
      REQUIRE(p.output_error == Approx(independent_error(layer.data, p)).epsilon(1e-3));
      REQUIRE(p.output_error < 1.02 * clipped_uniform_error(layer, n));
    }
    REQUIRE_THROWS_AS(make_layer_search(SearchMethod::kPaper)->search(layer.data, {kUniform, 3}),
                      Error);
  }
}

TEST_CASE("what the network clips away is no error, and a search that knows the range errs less",
          "[search]") {
  int checks = 0;
  for (const Candidate candidate : {Candidate{kExponential, 2}, Candidate{kUniform, 2}}) {
    TestLayer layer(60, 10, 1, 256, true, true);
    LayerSearchOptions options;
    options.match_variance = false;  // which trades error for variance
    const auto search = make_layer_search(SearchMethod::kOutput, options);
    const LayerParams blind = search->search(layer.data, candidate);
    layer.data.low = 0;
    layer.data.high = 0.4F;
    const LayerParams knowing = search->search(layer.data, candidate);
    const double error = independent_error(layer.data, knowing);
    CAPTURE(to_string(candidate), error);
    REQUIRE(knowing.output_error == Approx(error).epsilon(1e-3));
    REQUIRE(error < 0.95 * independent_error(layer.data, blind));
    // The bias keeps the mean of what comes out of the range.
    const auto fake = fake_layer(knowing);
    std::vector<float> rows(layer.rows.size());
    fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
    const auto y = layer_outputs(layer.data, rows, fake.weights, fake.bias);
    const auto t = target_outputs(layer.data);
    for (std::size_t o = 0; o < 10; ++o) {
      double mean = 0;
      for (std::size_t i = o; i < y.size(); i += 10) {
        mean += static_cast<double>(layer.data.clipped(y[i]) - layer.data.clipped(t[i])) / 256;
      }
      REQUIRE(std::fabs(mean) < 1e-3);
      ++checks;
    }
  }
  REQUIRE(checks == 20);
}

TEST_CASE("the gain gives every channel the variance of its target, one gain keeps their ratios",
          "[search]") {
  TestLayer layer(100, 12, 1, 256, true);
  for (const bool shared : {false, true}) {
    layer.data.shared_gain = shared;
    LayerSearchOptions with;
    LayerSearchOptions without;
    without.match_variance = false;
    const auto matched =
        make_layer_search(SearchMethod::kOutput, with)->search(layer.data, Candidate{kUniform, 2});
    const auto plain = make_layer_search(SearchMethod::kOutput, without)
                           ->search(layer.data, Candidate{kUniform, 2});
    const auto variance_ratio = [&](const LayerParams& p, std::size_t o) {
      const auto fake = fake_layer(p);
      std::vector<float> rows(layer.rows.size());
      fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
      const auto y = layer_outputs(layer.data, rows, fake.weights, fake.bias);
      const auto t = target_outputs(layer.data);
      double my = 0, mt = 0, vy = 0, vt = 0;
      for (std::size_t i = o; i < y.size(); i += 12) my += y[i] / 256, mt += t[i] / 256;
      for (std::size_t i = o; i < y.size(); i += 12) {
        vy += (y[i] - my) * (y[i] - my);
        vt += (t[i] - mt) * (t[i] - mt);
      }
      return vy / vt;
    };
    double before = 0, after = 0;
    for (std::size_t o = 0; o < 12; ++o) {
      before += std::fabs(variance_ratio(plain, o) - 1) / 12;
      after += std::fabs(variance_ratio(matched, o) - 1) / 12;
      if (shared) {
        REQUIRE(matched.alpha_w[o] / plain.alpha_w[o] ==
                Approx(matched.alpha_w[0] / plain.alpha_w[0]));
      }
    }
    CAPTURE(shared, before, after);
    REQUIRE(after < (shared ? 1.0 : 0.5) * before);
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

TEST_CASE("plain uniform levels cover the largest value, signed, and lose to tuned ones",
          "[search]") {
  const TestLayer layer(200, 16, 1, 128, true);
  double last = 1e9;
  for (int n = 1; n <= 7; ++n) {
    const auto plain = plain_uniform(layer.data, n);
    const auto tuned =
        make_layer_search(SearchMethod::kOutput)->search(layer.data, Candidate{kUniform, n});
    const int limit = (1 << n) - 1;
    CAPTURE(n);
    REQUIRE(plain.alpha_a * limit ==
            Approx(*std::max_element(layer.rows.begin(), layer.rows.end())));
    REQUIRE(plain.boundaries[static_cast<std::size_t>(limit)] < kHalfInfinity);
    REQUIRE(
        (limit == 127 || plain.boundaries[static_cast<std::size_t>(limit) + 1] == kHalfInfinity));
    REQUIRE(plain.bias == layer.bias);
    REQUIRE(plain.output_error == Approx(independent_error(layer.data, plain)).epsilon(1e-3));
    REQUIRE(tuned.output_error < plain.output_error);
    REQUIRE(plain.output_error < last);
    last = plain.output_error;
  }
}

TEST_CASE("reveal drops digits only: more budget and terms lose less, all of them are INT8",
          "[search]") {
  const TestLayer layer(64, 8, 1, 128, true);
  const auto search = make_layer_search(SearchMethod::kOutput);
  const auto error = [&](int k, int s) {
    return search->search(layer.data, Candidate{kReveal, 7, 8, k, s}).output_error;
  };
  const double int8 = search->search(layer.data, Candidate{kUniform, 7}).output_error;
  REQUIRE(error(32, 4) == Approx(int8).epsilon(1e-9));
  REQUIRE(error(8, 2) > error(12, 2));
  REQUIRE(error(12, 1) > error(12, 2));
  REQUIRE(error(16, 3) > int8);
  const auto p = search->search(layer.data, Candidate{kReveal, 7, 8, 10, 2});
  const auto values = revealed_weights(p);
  int dropped = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int q = code_is_negative(p.weight_codes[i]) ? -code_index(p.weight_codes[i])
                                                      : code_index(p.weight_codes[i]);
    dropped += values[i] != q ? 1 : 0;
  }
  REQUIRE(dropped > 0);
  REQUIRE_THROWS_AS(search->search(layer.data, Candidate{kReveal, 7, 3, 10, 2}), Error);
  REQUIRE_THROWS_AS(search->search(layer.data, Candidate{kReveal, 3, 8, 10, 2}), Error);
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
  const float usual = layer.rows[3];
  layer.rows[3] = INFINITY;
  REQUIRE_THROWS_AS(search->search(layer.data, 3), Error);
  layer.rows[3] = -1e30F;
  REQUIRE_THROWS_WITH(
      search->search(layer.data, 3),
      Catch::Contains("layer fc1: activation 3 is") && Catch::Contains("binary16 holds (65504)"));
  layer.rows[3] = usual;
  TestLayer tiny(10, 4, 1, 8, true);
  for (float& x : tiny.rows) x *= 1e-9F;
  REQUIRE_THROWS_WITH(search->search(tiny.data, 3),
                      Catch::Contains("layer fc1") && Catch::Contains("too small for binary16"));
  layer.data.row_count = 7;
  REQUIRE_THROWS_AS(search->search(layer.data, 3), Error);
}

TEST_CASE("threads share a layer's rows and channels without changing the result", "[search]") {
  for (const std::size_t groups : {1u, 3u}) {
    const TestLayer layer(10, 6, groups, 515, true);  // several blocks of rows, the last one short
    for (const Candidate candidate : {Candidate{kExponential, 3}, Candidate{kUniform, 3}}) {
      for (const bool corrected : {false, true}) {
        LayerSearchOptions options;
        options.evaluations = 20;
        options.correct_weights = corrected;
        const auto one = make_layer_search(SearchMethod::kOutput, options);
        options.threads = 3;
        const auto three = make_layer_search(SearchMethod::kOutput, options);
        const LayerParams params = one->search(layer.data, candidate);
        CAPTURE(groups, to_string(candidate), corrected);
        CHECK(to_bytes(three->search(layer.data, candidate)) == to_bytes(params));
        if (!corrected) {
          CHECK(params.output_error == Approx(independent_error(layer.data, params)).epsilon(1e-3));
        }
      }
    }
  }
}
