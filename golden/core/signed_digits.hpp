// SPDX-License-Identifier: Apache-2.0
// An INT8 value as a sum of terms +-2^e, e = 0..7 (docs/number-systems.md, "Digits"; TR: HESE).
// The sign of the value is applied to every digit, so v and -v have mirrored digits.
#pragma once

#include <cstdint>

namespace tally {

enum class DigitEncoding {
  kBinary,  // the bits of |v|: exponents 0..6, at most 7 digits
  kHese,    // non-adjacent form of |v|: the fewest digits, exponents 0..7, at most 4
  kBooth,   // radix-2 Booth of |v|, digit e = bit e-1 minus bit e: at most 8; for the study only
};

/// Digits +1 in pos, -1 in neg, bit e for 2^e; no bit is set in both.
struct SignedDigits {
  std::uint8_t pos = 0, neg = 0;
  bool operator==(const SignedDigits&) const = default;
};

/// D: the most digits a value has.
constexpr int max_digits(DigitEncoding encoding) {
  return encoding == DigitEncoding::kHese ? 4 : encoding == DigitEncoding::kBinary ? 7 : 8;
}

/// Digits of v in [-127, 127] (asserted); they sum to v exactly.
SignedDigits encode_digits(int v, DigitEncoding encoding);

/// sum of pos bits - sum of neg bits, in [-255, 255].
constexpr int digits_value(SignedDigits digits) { return digits.pos - digits.neg; }

/// How many digits are not zero.
int digit_count(SignedDigits digits);

/// The `terms` digits of largest exponent, the others dropped; terms >= 0.
SignedDigits keep_largest(SignedDigits digits, int terms);

/// The control word's choice of encoding: bit `hese`.
constexpr DigitEncoding hardware_encoding(bool hese) {
  return hese ? DigitEncoding::kHese : DigitEncoding::kBinary;
}

}  // namespace tally
