// SPDX-License-Identifier: Apache-2.0
// Term Revealing's dot product by counting, in exact integers: the reference that emulator and RTL
// are judged by, and the three ways to count its term pairs. For clarity, not speed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "golden/core/signed_digits.hpp"

namespace tally {

/// Entry e counts +1 and -1 for 2^e; exponents of two 8-bit operands sum to 0..14.
using CoefficientVector = std::array<std::int32_t, 15>;

/// Counts every pair of a digit of data[i] and a digit of weights[i]; sizes agree.
CoefficientVector count_digit_pairs(std::span<const SignedDigits> data,
                                    std::span<const SignedDigits> weights);

/// sum_e C[e] * 2^e, exact as long as it fits 32 bits (asserted).
std::int32_t evaluate(const CoefficientVector& counts);

/// Term pairs that a step sequence allows or meets, a multiply of one data value and one weight.
struct TermPairs {
  double bound = 0;    // synchronized: k*s a group of g, whatever the values (padding included)
  double present = 0;  // pairs that are really there
  double conventional = 49;  // 7 x 7: bit-serial hardware without signed digits or selection
};

/// The synchronized bound a multiply of a vector of `inputs`: ceil(K/g)*k*s / K.
double synchronized_bound(std::size_t inputs, int group, int budget, int terms);

/// Pairs really present in one dot product: sum_i data_terms[i] * weight_terms[i].
std::uint64_t present_pairs(std::span<const std::uint8_t> data_terms,
                            std::span<const std::uint8_t> weight_terms);

}  // namespace tally
