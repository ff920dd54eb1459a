// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "golden/core/coefficient_vector.hpp"
#include "golden/core/group_selection.hpp"

namespace tally {
namespace {

constexpr unsigned kSeed = 64;

TEST_CASE("a coefficient vector evaluates to the product, for all pairs of values and encodings") {
  int wrong = 0, checked = 0;
  for (const auto encoding :
       {DigitEncoding::kBinary, DigitEncoding::kHese, DigitEncoding::kBooth}) {
    for (int a = -127; a <= 127; ++a) {
      for (int w = -127; w <= 127; ++w, ++checked) {
        const SignedDigits x[] = {encode_digits(a, encoding)}, y[] = {encode_digits(w, encoding)};
        wrong += evaluate(count_digit_pairs(x, y)) != a * w;
      }
    }
  }
  CHECK(wrong == 0);
  REQUIRE(checked == 3 * 255 * 255);
}

TEST_CASE("a dot product by counting is exact in 32 bits, truncated values included") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  int checked = 0;
  for (const int k : {2, 12, 32}) {
    for (int round = 0; round < 50; ++round, ++checked) {
      std::vector<std::int8_t> a(800), w(800);
      for (auto* values : {&a, &w}) {
        for (auto& v : *values) v = static_cast<std::int8_t>(static_cast<int>(rng() % 255) - 127);
      }
      const auto kept_a = limit_terms(a, a.size(), {DigitEncoding::kHese, 1, 3});
      const auto kept_w = limit_terms(w, w.size(), {DigitEncoding::kHese, 8, k});
      // The kept terms of a value as digits: truncation keeps a prefix, so encode what is left.
      std::vector<SignedDigits> da, dw;
      std::int64_t want = 0, pairs = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        da.push_back(keep_largest(encode_digits(a[i], DigitEncoding::kHese), kept_a.terms[i]));
        dw.push_back(keep_largest(encode_digits(w[i], DigitEncoding::kHese), kept_w.terms[i]));
        want += std::int64_t{kept_a.values[i]} * kept_w.values[i];
        pairs += digit_count(da.back()) * digit_count(dw.back());
      }
      const CoefficientVector counts = count_digit_pairs(da, dw);
      CHECK(evaluate(counts) == want);
      CHECK(present_pairs(kept_a.terms, kept_w.terms) == static_cast<std::uint64_t>(pairs));
    }
  }
  REQUIRE(checked == 150);
}

TEST_CASE("the synchronized bound is k*s a group, padding included") {
  CHECK(synchronized_bound(512, 8, 12, 3) == 4.5);
  CHECK(synchronized_bound(784, 8, 8, 2) == 2.0);
  CHECK(synchronized_bound(9, 8, 8, 2) == 2 * 16 / 9.0);
  CHECK(synchronized_bound(10, 1, 7, 7) == 49.0);
  CHECK(TermPairs{}.conventional == 49.0);
}

}  // namespace
}  // namespace tally
