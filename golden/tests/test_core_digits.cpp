// SPDX-License-Identifier: Apache-2.0
// Encoders and group selection against brute force.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>
#include <tuple>

#include "golden/core/group_selection.hpp"

namespace tally {
namespace {

constexpr unsigned kSeed = 27;
constexpr DigitEncoding kEncodings[] = {DigitEncoding::kBinary, DigitEncoding::kHese,
                                        DigitEncoding::kBooth};

// Digits as numbers -1, 0, 1 at exponents 0..7.
std::vector<int> digits_of(SignedDigits d) {
  std::vector<int> digits;
  for (int e = 0; e < 8; ++e) digits.push_back((d.pos >> e & 1) - (d.neg >> e & 1));
  return digits;
}

TEST_CASE("every encoder gives every value exactly, no bit in both masks, mirrored for -v") {
  int checked = 0;
  for (const DigitEncoding encoding : kEncodings) {
    for (int v = -127; v <= 127; ++v, ++checked) {
      CAPTURE(static_cast<int>(encoding), v);
      const SignedDigits d = encode_digits(v, encoding);
      int sum = 0, count = 0;
      const auto digits = digits_of(d);
      for (int e = 0; e < 8; ++e) {
        sum += digits[static_cast<std::size_t>(e)] * (1 << e);
        count += std::abs(digits[static_cast<std::size_t>(e)]);
      }
      CHECK(sum == v);
      CHECK(digits_value(d) == v);
      CHECK((d.pos & d.neg) == 0);
      CHECK(digit_count(d) == count);
      CHECK(count <= max_digits(encoding));
      CHECK(encode_digits(-v, encoding) == SignedDigits{d.neg, d.pos});
    }
  }
  REQUIRE(checked == 3 * 255);
  CHECK(encode_digits(27, DigitEncoding::kHese) == SignedDigits{0x20, 0x05});
  CHECK(encode_digits(7, DigitEncoding::kHese) == SignedDigits{0x08, 0x01});
  CHECK(encode_digits(-85, DigitEncoding::kBinary) == SignedDigits{0, 85});
}

TEST_CASE("each encoding reaches its documented largest number of digits") {
  for (const DigitEncoding encoding : kEncodings) {
    int most = 0;
    for (int v = 0; v <= 127; ++v) most = std::max(most, digit_count(encode_digits(v, encoding)));
    CHECK(most == max_digits(encoding));
  }
}

TEST_CASE("HESE is non-adjacent and no other 8 signed digits are fewer") {
  // Every one of the 3^8 digit strings: the fewest digits a value can be written with.
  std::map<int, int> fewest;
  for (int string = 0; string < 6561; ++string) {
    int rest = string, value = 0, count = 0;
    for (int e = 0; e < 8; ++e, rest /= 3) {
      value += (rest % 3 - 1) * (1 << e);
      count += rest % 3 != 1;
    }
    const auto [at, added] = fewest.try_emplace(value, count);
    if (!added) at->second = std::min(at->second, count);
  }
  for (int v = -127; v <= 127; ++v) {
    CAPTURE(v);
    const SignedDigits d = encode_digits(v, DigitEncoding::kHese);
    const unsigned all = d.pos | d.neg;
    CHECK(digit_count(d) == fewest.at(v));
    CHECK((all & all << 1) == 0);
  }
}

TEST_CASE(
    "binary digits are the bits of the magnitude, Booth digits the differences of neighbours") {
  for (int v = 0; v <= 127; ++v) {
    const auto binary = digits_of(encode_digits(v, DigitEncoding::kBinary));
    const auto booth = digits_of(encode_digits(v, DigitEncoding::kBooth));
    for (int e = 0; e < 8; ++e) {
      CHECK(binary[static_cast<std::size_t>(e)] == (v >> e & 1));
      const int below = e == 0 ? 0 : v >> (e - 1) & 1;
      CHECK(booth[static_cast<std::size_t>(e)] == below - (v >> e & 1));
    }
  }
}

TEST_CASE("the s largest digits of a value are kept, whatever s") {
  int checked = 0;
  for (const DigitEncoding encoding : kEncodings) {
    for (int v = -127; v <= 127; ++v) {
      const SignedDigits d = encode_digits(v, encoding);
      for (int s = 0; s <= 8; ++s, ++checked) {
        auto digits = digits_of(d);
        int left = s;
        for (int e = 7; e >= 0; --e) {
          int& digit = digits[static_cast<std::size_t>(e)];
          if (digit != 0 && left-- <= 0) digit = 0;
        }
        CHECK(digits_of(keep_largest(d, s)) == digits);
      }
    }
  }
  REQUIRE(checked == 3 * 255 * 9);
}

// Brute force: all terms, sorted by exponent downwards and then position upwards, cut after k.
std::vector<WeightTerm> brute_force(std::span<const SignedDigits> group, int budget) {
  std::vector<WeightTerm> terms;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto digits = digits_of(group[i]);
    for (int e = 0; e < 8; ++e) {
      const int digit = digits[static_cast<std::size_t>(e)];
      if (digit != 0) terms.push_back({e, static_cast<int>(i), digit < 0});
    }
  }
  std::sort(terms.begin(), terms.end(), [](const WeightTerm& a, const WeightTerm& b) {
    return std::tuple(-a.exponent, a.position) < std::tuple(-b.exponent, b.position);
  });
  if (terms.size() > static_cast<std::size_t>(budget)) {
    terms.resize(static_cast<std::size_t>(budget));
  }
  return terms;
}

TEST_CASE("selection equals brute force for all pairs of values at g = 2 and every budget") {
  int wrong = 0, checked = 0;
  for (const bool hese : {false, true}) {
    const DigitEncoding encoding = hardware_encoding(hese);
    for (int a = -127; a <= 127; ++a) {
      for (int b = -127; b <= 127; ++b) {
        const SignedDigits group[] = {encode_digits(a, encoding), encode_digits(b, encoding)};
        const auto all = brute_force(group, 14);
        for (int k = 1; k <= 2 * max_digits(encoding); ++k, ++checked) {
          const std::size_t kept = std::min<std::size_t>(all.size(), static_cast<std::size_t>(k));
          const auto got = select_terms(group, k);
          wrong += got.size() != kept || !std::equal(got.begin(), got.end(), all.begin());
        }
      }
    }
  }
  CHECK(wrong == 0);
  REQUIRE(checked == 255 * 255 * (14 + 8));
}

TEST_CASE("random groups of every g: each budget keeps a prefix, equal to brute force") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  int checked = 0;
  for (const DigitEncoding encoding : kEncodings) {
    for (const int g : {1, 2, 3, 4, 8, 16, 32}) {
      for (int round = 0; round < 30; ++round) {
        std::vector<SignedDigits> group;
        for (int i = 0; i < g; ++i) {
          group.push_back(encode_digits(static_cast<int>(rng() % 255) - 127, encoding));
        }
        std::vector<WeightTerm> before;
        for (int k = 1; k <= max_digits(encoding) * g; ++k, ++checked) {
          const auto got = select_terms(group, k);
          REQUIRE(got == brute_force(group, k));
          REQUIRE(std::equal(before.begin(), before.end(), got.begin()));
          before = got;
        }
      }
    }
  }
  REQUIRE(checked > 10000);
}

TEST_CASE("a slot holds its term in the documented bits") {
  CHECK(make_slot({5, 3, true}) == (0x80 | 0x40 | 5 << 3 | 3));
  for (int e = 0; e < 8; ++e) {
    for (int p = 0; p < 8; ++p) {
      for (const bool negative : {false, true}) {
        const std::uint8_t slot = make_slot({e, p, negative});
        CHECK(slot_is_valid(slot));
        CHECK(slot_exponent(slot) == e);
        CHECK(slot_position(slot) == p);
        CHECK(slot_is_negative(slot) == negative);
      }
    }
  }
  CHECK_FALSE(slot_is_valid(0));
}

TEST_CASE("limited values are the sums of the kept terms, rows grouped apart, the rest padded") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  int checked = 0;
  for (const DigitEncoding encoding : kEncodings) {
    for (const int g : {1, 2, 4, 5, 8, 16}) {
      const std::size_t inputs = 21, rows = 3;
      std::vector<std::int8_t> values(rows * inputs);
      for (auto& v : values) v = static_cast<std::int8_t>(static_cast<int>(rng() % 255) - 127);
      const int most = max_digits(encoding) * g;
      for (const int k : {1, g, 3 * g / 2 + 1, most}) {
        const LimitedValues got = limit_terms(values, inputs, {encoding, g, k});
        for (std::size_t row = 0; row < rows; ++row) {
          for (std::size_t first = 0; first < inputs; first += static_cast<std::size_t>(g)) {
            std::vector<SignedDigits> group(static_cast<std::size_t>(g));
            for (std::size_t i = 0; i < group.size() && first + i < inputs; ++i) {
              group[i] = encode_digits(values[row * inputs + first + i], encoding);
            }
            std::map<int, int> value, count;
            for (const WeightTerm& term : brute_force(group, k)) {
              value[term.position] += (term.negative ? -1 : 1) * (1 << term.exponent);
              ++count[term.position];
            }
            for (int i = 0; i < g && first + static_cast<std::size_t>(i) < inputs; ++i, ++checked) {
              const std::size_t at = row * inputs + first + static_cast<std::size_t>(i);
              REQUIRE(got.values[at] == value[i]);
              REQUIRE(got.terms[at] == count[i]);
            }
          }
        }
        if (k == most) CHECK(std::equal(values.begin(), values.end(), got.values.begin()));
      }
    }
  }
  REQUIRE(checked == 3 * 6 * 4 * 63);
}

}  // namespace
}  // namespace tally
