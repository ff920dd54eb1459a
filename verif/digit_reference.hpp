// SPDX-License-Identifier: Apache-2.0
// Digits, terms and groups the slow way, straight from docs/number-systems.md, for the benches of
// the modules that encode and select them. Shares nothing with golden/core.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <tuple>
#include <vector>

namespace tally::verif {

/// A digit +-2^exponent of the value at `position` of a group.
struct Term {
  int exponent, position;
  bool negative;
  bool operator==(const Term&) const = default;
};

/// The digits of a value in [-127, 127], least exponent first: by division with remainder, for the
/// non-adjacent form the remainder that makes the rest divisible by 4.
inline std::vector<Term> digits_of(int value, bool hese, int position = 0) {
  std::vector<Term> digits;
  int rest = std::abs(value);
  for (int exponent = 0; rest != 0; ++exponent) {
    if (rest % 2 != 0) {
      const int digit = hese && rest % 4 == 3 ? -1 : 1;
      digits.push_back({exponent, position, (digit < 0) != (value < 0)});
      rest -= digit;
    }
    rest /= 2;
  }
  return digits;
}

/// The k largest terms of a group, in the order of its slots.
inline std::vector<Term> largest_terms(const std::vector<int>& group, bool hese, int k) {
  std::vector<Term> terms;
  for (std::size_t p = 0; p < group.size(); ++p) {
    for (const Term& term : digits_of(group[p], hese, static_cast<int>(p))) terms.push_back(term);
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    return std::tuple(-a.exponent, a.position) < std::tuple(-b.exponent, b.position);
  });
  terms.resize(std::min(terms.size(), static_cast<std::size_t>(k)));
  return terms;
}

/// A slot {valid, sign, exponent[2:0], position[2:0]}.
inline std::uint8_t slot_of(const Term& term) {
  return static_cast<std::uint8_t>(0x80 | (term.negative ? 0x40 : 0) | term.exponent << 3 |
                                   term.position);
}

/// The k slots of a group; empty ones are 0.
inline std::vector<std::uint8_t> slots_of(const std::vector<int>& group, bool hese, int k) {
  std::vector<std::uint8_t> slots;
  for (const Term& term : largest_terms(group, hese, k)) slots.push_back(slot_of(term));
  slots.resize(static_cast<std::size_t>(k));
  return slots;
}

/// Of a group's values, many small ones and zeros among them.
inline int random_weight(std::mt19937& random) {
  const int shift = static_cast<int>(random() % 8);
  return static_cast<int>(random() % 255) / (1 << shift) * (random() % 2 ? 1 : -1) / 2;
}

inline constexpr int max_digits(bool hese) { return hese ? 4 : 7; }

}  // namespace tally::verif
