// SPDX-License-Identifier: Apache-2.0
#include "golden/core/group_selection.hpp"

#include <algorithm>
#include <cassert>

namespace tally {

std::vector<WeightTerm> select_terms(std::span<const SignedDigits> group, int budget) {
  std::vector<WeightTerm> terms;
  for (int exponent = 7; exponent >= 0; --exponent) {
    for (std::size_t position = 0; position < group.size(); ++position) {
      if (terms.size() >= static_cast<std::size_t>(budget)) return terms;
      const bool positive = (group[position].pos >> exponent & 1) != 0;
      const bool negative = (group[position].neg >> exponent & 1) != 0;
      if (positive || negative) terms.push_back({exponent, static_cast<int>(position), negative});
    }
  }
  return terms;
}

LimitedValues limit_terms(std::span<const std::int8_t> values, std::size_t inputs,
                          const TermLimit& limit) {
  assert(limit.group >= 1 && limit.budget >= 1 && inputs >= 1 && values.size() % inputs == 0);
  LimitedValues limited{std::vector<std::int16_t>(values.size(), 0),
                        std::vector<std::uint8_t>(values.size(), 0)};
  std::vector<SignedDigits> group;
  for (std::size_t row = 0; row < values.size(); row += inputs) {
    for (std::size_t at = 0; at < inputs; at += static_cast<std::size_t>(limit.group)) {
      const std::size_t end = std::min(inputs, at + static_cast<std::size_t>(limit.group));
      group.clear();
      for (std::size_t i = at; i < end; ++i) {
        group.push_back(encode_digits(values[row + i], limit.encoding));
      }
      for (const WeightTerm& term : select_terms(group, limit.budget)) {
        const std::size_t i = row + at + static_cast<std::size_t>(term.position);
        const int power = 1 << term.exponent;
        limited.values[i] =
            static_cast<std::int16_t>(limited.values[i] + (term.negative ? -power : power));
        limited.terms[i] += 1;
      }
    }
  }
  return limited;
}

}  // namespace tally
