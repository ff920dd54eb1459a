// SPDX-License-Identifier: Apache-2.0
// A dot product by counting (Eq. 8), in exact integers and double: the reference that emulator and
// RTL are judged by. For clarity, not speed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/core/exponential.hpp"

namespace tally {

/// The array counters of one dot product. ac1 has 2^(n+1) entries, at indexA + indexW; ac2 (weight
/// index) and ac3 (activation index) have 2^n.
struct Counts {
  std::vector<std::int64_t> ac1, ac2, ac3;

  bool operator==(const Counts&) const = default;
};

/// Counts one pair of code vectors of n bits: a step counts +1 (signs agree) or -1 in all three
/// arrays when both codes are non-zero.
Counts count_products(std::span<const std::uint8_t> activations,
                      std::span<const std::uint8_t> weights, int n);

/// The dot product from its counts, in double; `a` and `w` share n and base. N is the sum of ac2.
double evaluate_counts(const Counts& counts, const ExponentialParams& a,
                       const ExponentialParams& w);

/// What the hardware multiplies the polynomials of a lane with: computed in double, rounded once.
struct Coefficients {
  float c1 = 0, c2 = 0, c3 = 0, c4 = 0;

  bool operator==(const Coefficients&) const = default;
};

/// c1 = alphaA*alphaW*b^(2 Rmin), c2 = alphaW*betaA*b^Rmin, c3 = alphaA*betaW*b^Rmin,
/// c4 = betaA*betaW. Throws Error when a non-zero one is not a normal binary32 number.
Coefficients coefficients(const ExponentialParams& a, const ExponentialParams& w,
                          const std::string& what);

/// Largest base for which K * b^(4 Rmax) < 2^126, K inputs: the polynomials cannot overflow
/// binary32.
double largest_base(int n, std::size_t inputs);

/// Throws Error unless 0 < inputs and K * base^(4 Rmax) < 2^126.
void check_polynomial_range(int n, float base, std::size_t inputs, const std::string& what);

}  // namespace tally
