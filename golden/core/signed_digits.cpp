// SPDX-License-Identifier: Apache-2.0
#include "golden/core/signed_digits.hpp"

#include <bit>
#include <cassert>

namespace tally {

namespace {

SignedDigits encode_magnitude(unsigned m, DigitEncoding encoding) {
  const auto byte = [](unsigned bits) { return static_cast<std::uint8_t>(bits); };
  switch (encoding) {
    case DigitEncoding::kBinary:
      return {byte(m), 0};
    case DigitEncoding::kHese: {
      // 3m - m = 2m: the bits where 3m and m differ, halved, are the non-adjacent form of m.
      const unsigned triple = 3 * m;
      return {byte((triple & ~m) >> 1), byte((m & ~triple) >> 1)};
    }
    case DigitEncoding::kBooth:
      return {byte(2 * m & ~m), byte(m & ~(2 * m))};
  }
  assert(false);
  return {};
}

}  // namespace

SignedDigits encode_digits(int v, DigitEncoding encoding) {
  assert(v >= -127 && v <= 127);
  const SignedDigits digits = encode_magnitude(static_cast<unsigned>(v < 0 ? -v : v), encoding);
  return v < 0 ? SignedDigits{digits.neg, digits.pos} : digits;
}

int digit_count(SignedDigits digits) {
  return std::popcount(digits.pos) + std::popcount(digits.neg);
}

SignedDigits keep_largest(SignedDigits digits, int terms) {
  unsigned all = digits.pos | digits.neg;
  for (int dropped = digit_count(digits) - terms; dropped > 0; --dropped) {
    all &= all - 1;  // the lowest digit goes first
  }
  return {static_cast<std::uint8_t>(digits.pos & all), static_cast<std::uint8_t>(digits.neg & all)};
}

}  // namespace tally
