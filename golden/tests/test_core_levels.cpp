// SPDX-License-Identifier: Apache-2.0
// Exponential and uniform levels: every binary16 input through the boundary tables against the
// real-valued rules.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"
#include "golden/core/half.hpp"
#include "golden/core/uniform.hpp"

using namespace tally;

namespace {

constexpr unsigned kSeed = 7;

// Parameter sets of n bits: levels from near-uniform to steep, with both signs of beta, tops from
// subnormal binary16 to beyond its range.
std::vector<ExponentialParams> parameter_sets(int n) {
  std::mt19937 random(kSeed + static_cast<unsigned>(n));
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<ExponentialParams> sets;
  while (sets.size() < 12) {
    const double span = std::exp2(1.0 + 12.0 * unit(random));  // b^(2 Rmax)
    const auto base = static_cast<float>(std::pow(span, 0.5 / max_exponent(n)));
    const double top = std::exp2(-16.0 + 34.0 * unit(random));
    const double beta = top * (unit(random) - 0.3) * 0.5;
    const double alpha = (top - beta) / std::pow(static_cast<double>(base), max_exponent(n));
    const ExponentialParams params{n, base, alpha, beta};
    if (valid_params(params)) sets.push_back(params);
  }
  return sets;
}

// Nearest level by trying all, ties to the larger one.
int nearest_level(double x, const std::vector<double>& magnitudes) {
  std::size_t best = 1;
  for (std::size_t j = 2; j < magnitudes.size(); ++j) {
    if (std::fabs(x - magnitudes[j]) <= std::fabs(x - magnitudes[best])) best = j;
  }
  return static_cast<int>(best);
}

}  // namespace

TEST_CASE("boundary tables give the codes of the real-valued rules for every binary16",
          "[core][exhaustive]") {
  CAPTURE(kSeed);
  int checks = 0;
  for (int n = kMinBits; n <= kMaxBits; ++n) {
    for (const auto& p : parameter_sets(n)) {
      CAPTURE(n, p.base, p.alpha, p.beta);
      const auto by_log = exponential_table(p, Rounding::kLog, 0);
      const auto by_value = exponential_table(p, Rounding::kNearest, 0);
      check_level_table(by_log, "test");
      check_level_table(by_value, "test");
      for (int h = 1; h < 0x7C00; ++h) {
        const auto x = static_cast<std::uint16_t>(h);
        const double value = half_to_float(x);
        const int log_index = log_exp_quant(value, p) + (1 << (n - 1));
        if (quantize_index(x, by_log.boundaries) != log_index) FAIL("log, pattern " << h);
        if (quantize_index(x, by_value.boundaries) != nearest_level(value, by_value.magnitudes)) {
          FAIL("nearest, pattern " << h);
        }
        ++checks;
      }
    }
  }
  REQUIRE(checks == 6 * 12 * 0x7BFF);
}

TEST_CASE("exact ties move up", "[core]") {
  // Levels 0.5, 1, 2 and midpoints 0.75, 1.5: all exact in binary16.
  const ExponentialParams p{2, 2.0F, 1.0, 0.0};
  const auto table = exponential_table(p, Rounding::kNearest, 0);
  REQUIRE(table.magnitudes == std::vector<double>{0, 0.5, 1, 2});
  REQUIRE(table.boundaries == std::vector<std::uint16_t>{0, 1, 0x3A00, 0x3E00});
  REQUIRE(quantize_index(0x3A00, table.boundaries) == 2);
  REQUIRE(quantize_index(0x39FF, table.boundaries) == 1);
}

TEST_CASE("zero, -0, NaN and infinity: code and sticky flag", "[core]") {
  const auto table = exponential_table({4, 1.5F, 0.3, 0.01}, Rounding::kLog, 0);
  bool nan = false;
  REQUIRE(quantize_code(0x0000, table.boundaries, nan) == 0);
  REQUIRE(quantize_code(0x8000, table.boundaries, nan) == 0);
  REQUIRE(quantize_code(kHalfInfinity, table.boundaries, nan) == 15);
  REQUIRE(quantize_code(0xFC00, table.boundaries, nan) == (0x80 | 15));
  REQUIRE(quantize_code(0x0001, table.boundaries, nan) == 1);
  REQUIRE(quantize_code(0x8001, table.boundaries, nan) == 0x81);
  REQUIRE_FALSE(nan);
  for (const int h : {0x7C01, 0x7E00, 0x7FFF, 0xFC01, 0xFFFF}) {
    nan = false;
    REQUIRE(quantize_code(static_cast<std::uint16_t>(h), table.boundaries, nan) == 0);
    REQUIRE(nan);
  }
}

TEST_CASE("a zero threshold sends small values to the zero code and pulls boundaries up",
          "[core]") {
  const ExponentialParams p{3, 2.0F, 1.0, 0.0};  // levels 1/8 .. 8
  const double threshold = 0.3;                  // above the first two levels
  const auto table = exponential_table(p, Rounding::kNearest, threshold);
  check_level_table(table, "test");
  for (int h = 0; h < 0x7C00; ++h) {
    const auto x = static_cast<std::uint16_t>(h);
    const double value = half_to_float(x);
    const int expected = value < threshold ? 0 : nearest_level(value, table.magnitudes);
    if (quantize_index(x, table.boundaries) != expected) FAIL("pattern " << h);
  }
  REQUIRE(table.boundaries[1] == table.boundaries[2]);  // index 1 is unreachable
}

TEST_CASE("weights in double get the codes of the rules, channels use their own parameters",
          "[core][random]") {
  std::mt19937 random(kSeed);
  std::normal_distribution<float> normal(0.0F, 0.5F);
  std::vector<float> weights(2 * 3000);
  for (float& w : weights) w = normal(random);
  weights[5] = 0.0F;
  weights[6] = -0.0F;
  for (int n = kMinBits; n <= kMaxBits; ++n) {
    const auto sets = parameter_sets(n);
    ExponentialParams other = sets[1];
    other.base = sets[0].base;
    const std::vector<ExponentialParams> channels{sets[0], other};
    if (!valid_params(other)) continue;
    for (const auto rounding : {Rounding::kLog, Rounding::kNearest}) {
      const auto codes =
          quantize_weights_per_channel(weights, channels, rounding, std::vector<double>{0, 0});
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto& p = channels[i / 3000];
        const int index = rounding == Rounding::kLog
                              ? log_exp_quant(weights[i], p) + (1 << (n - 1))
                              : nearest_level(std::fabs(weights[i]), exponential_magnitudes(p));
        const auto expected = make_code(weights[i] < 0, weights[i] == 0 ? 0 : index);
        if (codes[i] != expected) FAIL("n " << n << " weight " << weights[i]);
      }
    }
  }
}

TEST_CASE("fake quantization equals code and level for every binary16", "[core][exhaustive]") {
  const auto table = exponential_table({5, 1.3F, 0.2, -0.001}, Rounding::kNearest, 0.002);
  const auto halves = dequantized_halves(table);
  for (int h = 0; h < 65536; ++h) {
    const auto x = static_cast<std::uint16_t>(h);
    const std::vector<float> in{half_to_float(x)};
    std::vector<float> out(1);
    fake_quantize(in, halves, out);
    bool nan = false;
    const double level = code_value(quantize_code(x, table.boundaries, nan), table.magnitudes);
    if (out[0] != static_cast<float>(level)) FAIL("pattern " << h);
  }
}

TEST_CASE("unusable exponential parameters are refused with the value named", "[core]") {
  const double nan = std::nan("");
  const ExponentialParams bad[] = {
      {1, 2.0F, 1, 0},          {8, 2.0F, 1, 0},   {3, 1.0F, 1, 0},          {3, 0.5F, 1, 0},
      {3, 2.0F, 0, 0},          {3, 2.0F, -1, 0},  {3, 2.0F, 1, -0.125},     {3, 2.0F, 1, -0.2},
      {3, 2.0F, nan, 0},        {3, 2.0F, 1, nan}, {3, std::nanf(""), 1, 0}, {7, 1e30F, 1, 0},
      {3, 1.0000001F, 1e-20, 1}};
  for (const auto& p : bad) {
    CAPTURE(p.n, p.base, p.alpha, p.beta);
    REQUIRE_THROWS_AS(check_params(p, "layer fc1"), Error);
    REQUIRE_FALSE(valid_params(p));
  }
  REQUIRE_NOTHROW(check_params({3, 2.0F, 1, -0.1249}, "layer fc1"));
  REQUIRE_THROWS_WITH(check_params({3, 2.0F, 1, -0.2}, "layer fc1"),
                      Catch::Contains("layer fc1") && Catch::Contains("-0.2"));
}

TEST_CASE("malformed level tables are refused", "[core]") {
  const LevelTable good{{0, 1, 2}, {0, 1, 0x3E00}};
  REQUIRE_NOTHROW(check_level_table(good, "t"));
  const LevelTable bad[] = {{{0}, {0}},
                            {{0, 1, 2}, {0, 1}},
                            {{0.5, 1, 2}, {0, 1, 0x3E00}},
                            {{0, 1, 1}, {0, 1, 0x3E00}},
                            {{0, -1, 1}, {0, 1, 0x3E00}},
                            {{0, 1, 2}, {0, 0, 0x3E00}},
                            {{0, 1, 2}, {0, 0x3E00, 1}},
                            {{0, 1, 2}, {0, 1, 0x7C01}}};
  for (const auto& table : bad) REQUIRE_THROWS_AS(check_level_table(table, "t"), Error);
}

TEST_CASE("the INT8 table rounds every binary16 as x / scale does", "[core][exhaustive]") {
  for (const double scale : {0.01, 1.0 / 127, 0.25, 3.7, 1000.0, 1e-5}) {
    CAPTURE(scale);
    const auto table = uniform_table(127, scale, "t");
    for (int h = 0; h < 0x7C00; ++h) {
      const auto x = static_cast<std::uint16_t>(h);
      const int q = quantize_index(x, table.boundaries);
      if (q != quantize_uniform(half_to_float(x), scale, 127)) FAIL("pattern " << h);
    }
  }
  REQUIRE(quantize_uniform(-1e9, 0.1, 127) == -127);
  REQUIRE(quantize_uniform(std::nan(""), 0.1, 127) == 0);
  REQUIRE(uniform_limit(4, true) == 7);
  REQUIRE(uniform_limit(4, false) == 15);
  REQUIRE_THROWS_AS(uniform_table(127, 0.0, "t"), Error);
  REQUIRE_THROWS_AS(uniform_table(256, 1.0, "t"), Error);
  REQUIRE_THROWS_AS(uniform_table(127, std::nan(""), "t"), Error);
}

TEST_CASE("the tuned uniform scale has no more squared error than any scale of its grid",
          "[core][random]") {
  std::mt19937 random(kSeed);
  std::exponential_distribution<float> exponential(1.0F);
  std::vector<float> values(5000);
  for (float& v : values) v = exponential(random);
  const SortedMagnitudes sorted(values);
  const auto error = [&](double scale, int limit) {
    double sum = 0;
    for (const float v : values) {
      const double d = v - scale * quantize_uniform(v, scale, limit);
      sum += d * d;
    }
    return sum;
  };
  for (const int limit : {3, 7, 15, 127}) {
    const double tuned = tune_uniform_scale(sorted, limit);
    for (int step = 0; step < 160; step += 7) {
      const double scale = sorted.max() * (1.0 - 0.005 * step) / limit;
      REQUIRE(error(tuned, limit) <= error(scale, limit) * (1 + 1e-6));
    }
  }
  REQUIRE(tune_uniform_scale(sorted, 3) < 0.8 * sorted.max() / 3);  // a long tail is clipped
  const SortedMagnitudes zeros{std::vector<float>(10, 0.0F)};
  REQUIRE(tune_uniform_scale(zeros, 7) == 1.0);
}

TEST_CASE("INT8 weights use their channel's scale and never -128", "[core]") {
  const std::vector<float> weights{-1.28F, 0.5F, 0.26F, -200.0F};
  const auto q = quantize_int8(weights, std::vector<double>{0.01, 0.5});
  REQUIRE(q == std::vector<std::int8_t>{-127, 50, 1, -127});
}
