// SPDX-License-Identifier: Apache-2.0
#include "golden/core/coefficient_vector.hpp"

#include <cassert>
#include <limits>

namespace tally {

namespace {

int digit_at(SignedDigits digits, int exponent) {
  return (digits.pos >> exponent & 1) - (digits.neg >> exponent & 1);
}

}  // namespace

CoefficientVector count_digit_pairs(std::span<const SignedDigits> data,
                                    std::span<const SignedDigits> weights) {
  assert(data.size() == weights.size());
  CoefficientVector counts{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (int d = 0; d < 8; ++d) {
      for (int w = 0; w < 8; ++w) {
        counts[static_cast<std::size_t>(d + w)] += digit_at(data[i], d) * digit_at(weights[i], w);
      }
    }
  }
  return counts;
}

std::int32_t evaluate(const CoefficientVector& counts) {
  std::int64_t value = 0;
  for (std::size_t e = counts.size(); e-- > 0;) value = 2 * value + counts[e];
  assert(value >= std::numeric_limits<std::int32_t>::min() &&
         value <= std::numeric_limits<std::int32_t>::max());
  return static_cast<std::int32_t>(value);
}

double synchronized_bound(std::size_t inputs, int group, int budget, int terms) {
  const std::size_t g = static_cast<std::size_t>(group);
  const std::size_t groups = (inputs + g - 1) / g;
  return static_cast<double>(groups) * budget * terms / static_cast<double>(inputs);
}

std::uint64_t present_pairs(std::span<const std::uint8_t> data_terms,
                            std::span<const std::uint8_t> weight_terms) {
  assert(data_terms.size() == weight_terms.size());
  std::uint64_t pairs = 0;
  for (std::size_t i = 0; i < data_terms.size(); ++i) {
    pairs += static_cast<std::uint64_t>(data_terms[i]) * weight_terms[i];
  }
  return pairs;
}

}  // namespace tally
