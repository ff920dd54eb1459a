// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Core>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "golden/core/half.hpp"
#include "golden/core/half_array.hpp"

using namespace tally;

namespace {

std::uint16_t eigen_bits(float x) { return Eigen::half(x).x; }

}  // namespace

TEST_CASE("binary16 to float equals Eigen::half for all 65536 patterns", "[core][exhaustive]") {
  int checks = 0;
  for (int h = 0; h < 65536; ++h) {
    const auto bits = static_cast<std::uint16_t>(h);
    const float ours = half_to_float(bits);
    const float theirs =
        static_cast<float>(Eigen::half(Eigen::half_impl::raw_uint16_to_half(bits)));
    CAPTURE(h);
    if (half_is_nan(bits)) {
      REQUIRE(std::bit_cast<std::uint32_t>(ours) == 0x7FC00000u);
      REQUIRE(std::isnan(theirs));
    } else {
      REQUIRE(std::bit_cast<std::uint32_t>(ours) == std::bit_cast<std::uint32_t>(theirs));
      REQUIRE(half_from_float(ours) == bits);
      REQUIRE(half_from_double_up(ours) == bits);
    }
    ++checks;
  }
  REQUIRE(checks == 65536);
}

// Between each pair of neighbours lie a midpoint and its two neighbours in double: all the places
// where a rounding changes its mind. Eigen rounds floats, so it judges what a float can hold; the
// definition (nearest of the two neighbours, even pattern at a tie) judges the rest.
TEST_CASE("rounding from double is right around every midpoint", "[core][exhaustive]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (int h = 0; h < 0x7C00; ++h) {
    const double low = half_to_float(static_cast<std::uint16_t>(h));
    const double high = h == 0x7BFF ? 65536.0 : half_to_float(static_cast<std::uint16_t>(h + 1));
    const double middle = (low + high) / 2;
    const int even = h % 2 == 0 ? h : h + 1;
    CAPTURE(h, low, high);
    REQUIRE(half_from_double(middle) == even);
    REQUIRE(half_from_double(std::nextafter(middle, 0.0)) == h);
    REQUIRE(half_from_double(std::nextafter(middle, infinity)) == h + 1);
    REQUIRE(half_from_double(std::nextafter(low, infinity)) == h);
    REQUIRE(half_from_double(std::nextafter(high, 0.0)) == h + 1);
    REQUIRE(half_from_double(-middle) == (even | 0x8000));
    REQUIRE(half_from_float(static_cast<float>(middle)) == eigen_bits(static_cast<float>(middle)));

    REQUIRE(half_from_double_up(std::nextafter(low, infinity)) == h + 1);
    REQUIRE(half_from_double_up(middle) == h + 1);
    REQUIRE(half_from_double_up(std::nextafter(high, 0.0)) == h + 1);
    REQUIRE(half_from_double_up(-middle) == (h | 0x8000));
    REQUIRE(half_from_double_up(-std::nextafter(low, infinity)) == (h | 0x8000));
  }
}

TEST_CASE("one rounding from double differs from two through float", "[core]") {
  // 1 + 2^-11 is a tie of binary16; 2^-40 more is lost by float, and the tie would go down.
  const double x = 1.0 + 0x1p-11 + 0x1p-40;
  REQUIRE(half_from_float(static_cast<float>(x)) == 0x3C00);
  REQUIRE(half_from_double(x) == 0x3C01);
}

TEST_CASE("binary16 extremes: overflow, underflow, infinities, zeros, NaN", "[core]") {
  const double infinity = std::numeric_limits<double>::infinity();
  REQUIRE(half_from_double(65519.999) == kHalfMax);
  REQUIRE(half_from_double(65520.0) == kHalfInfinity);
  REQUIRE(half_from_double(1e300) == kHalfInfinity);
  REQUIRE(half_from_double(-1e300) == 0xFC00);
  REQUIRE(half_from_double_up(65504.0001) == kHalfInfinity);
  REQUIRE(half_from_double_up(-1e300) == 0xFBFF);
  REQUIRE(half_from_double_up(infinity) == kHalfInfinity);
  REQUIRE(half_from_double_up(-infinity) == 0xFC00);
  for (const double tiny : {0x1p-26, 1e-40, 1e-300, 4.9406564584124654e-324}) {
    REQUIRE(half_from_double(tiny) == 0);
    REQUIRE(half_from_double(-tiny) == 0x8000);
    REQUIRE(half_from_double_up(tiny) == kHalfSmallest);
    REQUIRE(half_from_double_up(-tiny) == 0x8000);
  }
  REQUIRE(half_from_double(0.0) == 0);
  REQUIRE(half_from_double(-0.0) == 0x8000);
  REQUIRE(half_from_double_up(0.0) == 0);
  REQUIRE(half_from_double(std::nan("")) == kHalfNan);
  REQUIRE(half_from_double_up(-std::nan("")) == kHalfNan);
}

TEST_CASE("float to binary16 equals Eigen::half on random bit patterns", "[core][random]") {
  const std::uint32_t seed = 20260101;
  std::mt19937 random(seed);
  CAPTURE(seed);
  int checks = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    std::uint32_t bits = random();
    // Half of them in and around binary16's range, where rounding happens.
    if (i % 2 == 0) bits = (bits & 0x807FFFFFu) | ((98u + (bits >> 23) % 48u) << 23);
    const float x = std::bit_cast<float>(bits);
    if (std::isnan(x)) continue;
    if (half_from_float(x) != eigen_bits(x)) FAIL("pattern " << bits);
    ++checks;
  }
  REQUIRE(checks > 1'000'000);
}

TEST_CASE("arrays convert as single values do, around every rounding point and in odd lengths",
          "[half]") {
  std::vector<float> x;
  for (std::uint32_t h = 0; h <= 0x7C00; ++h) {
    const float value = half_to_float(static_cast<std::uint16_t>(h));
    const float next = half_to_float(static_cast<std::uint16_t>(std::min(h + 1, 0x7C00U)));
    const float middle = (value + std::min(next, 65536.0F)) / 2;
    for (const float v : {value, middle, std::nextafter(middle, 0.0F),
                          std::nextafter(middle, std::numeric_limits<float>::infinity())}) {
      x.push_back(v);
      x.push_back(-v);
    }
  }
  x.push_back(1e-40F);
  x.push_back(3e38F);
  for (const std::size_t size : {x.size(), x.size() - 1, x.size() - 5, std::size_t{3}}) {
    std::vector<std::uint16_t> halves(size);
    halves_from_floats(std::span(x).first(size), halves);
    for (std::size_t i = 0; i < size; ++i) {
      if (halves[i] != half_from_float(x[i])) FAIL("value " << x[i]);
    }
  }
  const float nan[] = {std::nanf("")};
  std::uint16_t half[1];
  halves_from_floats(nan, half);
  CHECK(half_is_nan(half[0]));
}

TEST_CASE("a table looked up by arrays gives each value's entry with its sign, in odd lengths",
          "[half]") {
  const unsigned seed = 5;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::vector<float> table(0x8000);
  for (float& entry : table) entry = static_cast<float>(random() % 1000);
  std::vector<float> x{0.0F, -0.0F, 1e-40F, -3e38F, std::numeric_limits<float>::infinity()};
  for (int i = 0; i < 5000; ++i) {
    x.push_back(half_to_float(static_cast<std::uint16_t>(random() % 0x7C00)) *
                (random() % 2 == 0 ? 1.0003F : -0.9998F));
  }
  for (const std::size_t size : {x.size(), x.size() - 3, std::size_t{7}, std::size_t{0}}) {
    std::vector<float> out(size);
    look_up_halves(std::span(x).first(size), table, out);
    for (std::size_t i = 0; i < size; ++i) {
      const float entry = table[half_from_float(std::fabs(x[i]))];
      CAPTURE(i, x[i]);
      REQUIRE(out[i] == (std::signbit(x[i]) ? -entry : entry));
    }
  }
}

TEST_CASE("one infinity or NaN anywhere in an array is found, the largest float is not", "[half]") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{61}}) {
    std::vector<float> x(size, -std::numeric_limits<float>::max());
    REQUIRE(all_finite(x));
    for (std::size_t i = 0; i < size; ++i) {
      for (const float bad :
           {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
            std::nanf(""), -std::nanf("")}) {
        std::vector<float> spoiled = x;
        spoiled[i] = bad;
        REQUIRE_FALSE(all_finite(spoiled));
      }
    }
  }
  REQUIRE(all_finite({}));
}

TEST_CASE("the largest magnitude is found wherever it stands, with either sign", "[half]") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{61}}) {
    for (std::size_t i = 0; i < size; ++i) {
      for (const float most : {-3.5F, 3.5F}) {
        std::vector<float> x(size, -2.25F);
        x[i] = most;
        REQUIRE(largest_magnitude(x) == 3.5F);
      }
    }
  }
  REQUIRE(largest_magnitude({}) == 0);
}
