// SPDX-License-Identifier: Apache-2.0
// Term Revealing's group selection of weights: of all digits of g values the k largest are kept
// (docs/number-systems.md, "Group selection"). Any g up to 255 here; the hardware has 1, 2, 4
// and 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/signed_digits.hpp"

namespace tally {

/// A term +-2^exponent of the value at `position` of its group.
struct WeightTerm {
  int exponent = 0;
  int position = 0;
  bool negative = false;
  bool operator==(const WeightTerm&) const = default;
};

/// The `budget` largest terms of a group: highest exponent first, then lowest position. Fewer when
/// the group has fewer. Terms kept with a smaller budget are a prefix of those with a larger one.
std::vector<WeightTerm> select_terms(std::span<const SignedDigits> group, int budget);

/// A term in the weight buffer: {valid, sign, exponent[2:0], position[2:0]}, empty = 0.
constexpr std::uint8_t make_slot(const WeightTerm& term) {
  return static_cast<std::uint8_t>(0x80 | (term.negative ? 0x40 : 0) | term.exponent << 3 |
                                   term.position);
}
constexpr bool slot_is_valid(std::uint8_t slot) { return (slot & 0x80) != 0; }
constexpr bool slot_is_negative(std::uint8_t slot) { return (slot & 0x40) != 0; }
constexpr int slot_exponent(std::uint8_t slot) { return slot >> 3 & 7; }
constexpr int slot_position(std::uint8_t slot) { return slot & 7; }

/// How a tensor is cut to terms: groups of `group` consecutive values, `budget` terms a group.
struct TermLimit {
  DigitEncoding encoding = DigitEncoding::kHese;
  int group = 1;   // g, 1..255
  int budget = 4;  // k >= 1; max_digits(encoding) * group drops nothing
};

/// Values after the limit, one each: what the kept terms sum to, and how many were kept.
struct LimitedValues {
  std::vector<std::int16_t> values;  // |value| <= 128
  std::vector<std::uint8_t> terms;   // 0..8
};

/// Limits values [rows][inputs] in [-127, 127]; each row is cut into groups of its own, the last
/// one padded with zeros. With group = 1 and budget = s this is the rule for data values.
LimitedValues limit_terms(std::span<const std::int8_t> values, std::size_t inputs,
                          const TermLimit& limit);

}  // namespace tally
