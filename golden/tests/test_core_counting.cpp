// SPDX-License-Identifier: Apache-2.0
// Eq. 8, the coefficients, and the proof of no overflow.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/segments.hpp"

using namespace tally;

namespace {

std::vector<std::uint8_t> random_codes(std::mt19937& random, std::size_t count, int n,
                                       double negative) {
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<std::uint8_t> codes(count);
  for (auto& code : codes) {
    code = make_code(unit(random) < negative, static_cast<int>(random() % (1u << n)));
  }
  return codes;
}

ExponentialParams random_params(std::mt19937& random, int n, float base) {
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  while (true) {
    const ExponentialParams p{n, base, 0.01 + unit(random), (unit(random) - 0.5) * 0.2};
    if (valid_params(p)) return p;
  }
}

// Follows the counters step by step; true when one of `bits` bits passes its range.
bool overflows(const std::vector<std::uint8_t>& a, std::span<const std::uint8_t> w, int n, int bits,
               std::size_t segment) {
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  for (std::size_t begin = 0; begin < w.size(); begin += segment) {
    for (std::size_t end = begin + 1; end <= std::min(w.size(), begin + segment); ++end) {
      const auto counts = count_products(std::span(a).subspan(begin, end - begin),
                                         w.subspan(begin, end - begin), n);
      for (const auto* array : {&counts.ac1, &counts.ac2, &counts.ac3}) {
        for (const std::int64_t c : *array) {
          if (c < -limit || c > limit - 1) return true;
        }
      }
    }
  }
  return false;
}

// The activations that drive AC1[2^n] as far as it goes in segment `which`: the complementary index
// for every weight that pushes in the wanted direction, zero (or, when signs are free, the opposite
// sign) for the others.
std::vector<std::uint8_t> adversary(std::span<const std::uint8_t> w, int n, bool up,
                                    bool non_negative) {
  std::vector<std::uint8_t> a(w.size(), 0);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const int index = code_index(w[i]);
    if (index == 0) continue;
    const bool agrees = code_is_negative(w[i]) != up;  // a positive activation pushes our way
    if (non_negative && !agrees) continue;
    a[i] = make_code(!agrees, (1 << n) - index);
  }
  return a;
}

}  // namespace

TEST_CASE("counting equals the product of dequantized values (Eq. 8)", "[core][random]") {
  const unsigned seed = 3;
  CAPTURE(seed);
  std::mt19937 random(seed);
  int checks = 0;
  for (int n = 2; n <= 7; ++n) {
    for (const double wanted : {1.02, 1.25, 1.9, 3.5}) {
      for (const std::size_t inputs : {1u, 9u, 512u, 4608u}) {
        const auto base = static_cast<float>(std::min(wanted, 0.99 * largest_base(n, inputs)));
        const auto pa = random_params(random, n, base);
        const auto pw = random_params(random, n, base);
        const auto a = random_codes(random, inputs, n, 0.3);
        const auto w = random_codes(random, inputs, n, 0.5);
        const auto ma = exponential_magnitudes(pa);
        const auto mw = exponential_magnitudes(pw);
        double direct = 0;
        double scale = 0;
        for (std::size_t i = 0; i < inputs; ++i) {
          const double product = code_value(a[i], ma) * code_value(w[i], mw);
          direct += product;
          scale += std::fabs(product);
        }
        CAPTURE(n, base, inputs);
        const double counted = evaluate_counts(count_products(a, w, n), pa, pw);
        // The four terms cancel when beta is negative, so the scale is that of the terms.
        const double top = std::fabs(pa.beta) + ma.back();
        const double terms =
            scale + static_cast<double>(inputs) * top * (std::fabs(pw.beta) + mw.back()) * 1e-2;
        REQUIRE(std::fabs(counted - direct) <= 1e-12 * terms);
        ++checks;
      }
    }
  }
  REQUIRE(checks == 6 * 4 * 4);
}

TEST_CASE("a zero code counts nowhere and N is the sum of AC2 and of AC3", "[core]") {
  const std::vector<std::uint8_t> a{0, 3, 0x82, 1};
  const std::vector<std::uint8_t> w{5, 0, 0x83, 0x87};
  const auto counts = count_products(a, w, 3);
  Counts expected{std::vector<std::int64_t>(16, 0), std::vector<std::int64_t>(8, 0),
                  std::vector<std::int64_t>(8, 0)};
  expected.ac1[5] = 1;  // -2 with -3
  expected.ac2[3] = 1;
  expected.ac3[2] = 1;
  expected.ac1[8] = -1;  // 1 with -7
  expected.ac2[7] = -1;
  expected.ac3[1] = -1;
  REQUIRE(counts == expected);
}

TEST_CASE("coefficients are the rounded products, and non-normal ones are refused", "[core]") {
  const ExponentialParams a{3, 2.0F, 0.5, 0.25};
  const ExponentialParams w{3, 2.0F, 0.75, -0.0625};
  const auto c = coefficients(a, w, "layer");
  REQUIRE(c.c1 == 0.5F * 0.75F / 64);
  REQUIRE(c.c2 == 0.75F * 0.25F / 8);
  REQUIRE(c.c3 == 0.5F * -0.0625F / 8);
  REQUIRE(c.c4 == 0.25F * -0.0625F);
  REQUIRE(coefficients({3, 2.0F, 0.5, 0}, {3, 2.0F, 0.75, 0}, "l") == Coefficients{c.c1, 0, 0, 0});
  REQUIRE_THROWS_AS(coefficients({3, 2.0F, 1e-25, 0}, {3, 2.0F, 1e-15, 0}, "l"), Error);
  REQUIRE_THROWS_AS(coefficients({3, 2.0F, 1e30, 0}, {3, 2.0F, 1e30, 0}, "l"), Error);
  REQUIRE_THROWS_AS(coefficients({3, 2.0F, 1, 1e-30}, {3, 2.0F, 1, 1e-30}, "l"), Error);
}

TEST_CASE("bases whose polynomials could overflow binary32 are refused", "[core]") {
  for (int n = 2; n <= 7; ++n) {
    for (const std::size_t inputs : {1u, 512u, 100000u}) {
      const double limit = largest_base(n, inputs);
      CAPTURE(n, inputs, limit);
      REQUIRE_NOTHROW(check_polynomial_range(n, static_cast<float>(limit * 0.9999), inputs, "l"));
      REQUIRE_THROWS_AS(check_polynomial_range(n, static_cast<float>(limit * 1.0001), inputs, "l"),
                        Error);
    }
  }
  REQUIRE(largest_base(7, 512) == Approx(1.38).margin(0.01));  // known limits at K = 512
  REQUIRE(largest_base(6, 512) == Approx(1.93).margin(0.01));
  REQUIRE(largest_base(5, 512) == Approx(3.9).margin(0.1));
  REQUIRE_THROWS_AS(check_polynomial_range(3, 2.0F, 0, "l"), Error);
}

TEST_CASE("counter bounds hold for random activations and AC1[2^n] reaches its bound",
          "[core][random]") {
  const unsigned seed = 5;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 400; ++round) {
    const int n = 2 + round % 6;
    const bool non_negative = round % 2 == 0;
    const auto w = random_codes(random, 1 + random() % 200, n, 0.2 + 0.01 * (round % 60));
    const auto bounds = counter_bounds(w, n, non_negative);
    const auto within = [](const std::vector<std::int64_t>& c, const std::vector<std::int64_t>& up,
                           const std::vector<std::int64_t>& down) {
      for (std::size_t e = 0; e < c.size(); ++e) {
        if (c[e] > up[e] || c[e] < -down[e]) return false;
      }
      return true;
    };
    const auto a = random_codes(random, w.size(), n, non_negative ? 0.0 : 0.5);
    const auto counts = count_products(a, w, n);
    REQUIRE(within(counts.ac1, bounds.up1, bounds.down1));
    REQUIRE(within(counts.ac2, bounds.up2, bounds.down2));
    REQUIRE(within(counts.ac3, bounds.up3, bounds.down3));
    const std::size_t middle = std::size_t{1} << n;
    REQUIRE(count_products(adversary(w, n, true, non_negative), w, n).ac1[middle] ==
            bounds.up1[middle]);
    REQUIRE(count_products(adversary(w, n, false, non_negative), w, n).ac1[middle] ==
            -bounds.down1[middle]);
    REQUIRE(bounds.up1[middle] == *std::max_element(bounds.up1.begin(), bounds.up1.end()));
  }
}

TEST_CASE("no adversary overflows inside the largest segment, and one does beyond it",
          "[core][random]") {
  const unsigned seed = 9;
  CAPTURE(seed);
  std::mt19937 random(seed);
  int beyond = 0;
  for (int round = 0; round < 60; ++round) {
    const int n = 2 + round % 6;
    const int bits = 4 + round % 3;
    const bool non_negative = round % 2 == 0;
    const std::size_t out = 1 + random() % 3;
    const std::size_t inputs = 20 + random() % 100;
    const auto codes = random_codes(random, out * inputs, n, 0.1 + 0.01 * round);
    const auto length = largest_segment(codes, out, bits, non_negative);
    CAPTURE(round, n, bits, non_negative, length);
    bool longer_overflows = length == inputs;
    for (std::size_t o = 0; o < out; ++o) {
      const auto w = std::span(codes).subspan(o * inputs, inputs);
      for (const bool up : {false, true}) {
        const auto a = adversary(w, n, up, non_negative);
        REQUIRE_FALSE(overflows(a, w, n, bits, length));
        if (length < inputs && overflows(a, w, n, bits, length + 1)) longer_overflows = true;
      }
      const auto a = random_codes(random, inputs, n, non_negative ? 0.0 : 0.5);
      REQUIRE_FALSE(overflows(a, w, n, bits, length));
    }
    REQUIRE(longer_overflows);
    if (length < inputs) ++beyond;
  }
  REQUIRE(beyond > 10);
}

TEST_CASE("segments of a large layer with mostly positive weights", "[core]") {
  // 4608 inputs, nine in ten positive, none zero: 511 positive weights are 567 inputs.
  std::vector<std::uint8_t> codes(4608);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = make_code(i % 10 == 9, 3);
  REQUIRE(largest_segment(codes, 1, 10, true) == 567);
  REQUIRE(largest_segment(codes, 1, 10, false) == 511);
  REQUIRE(largest_segment(codes, 1, 14, true) == 4608);
}
