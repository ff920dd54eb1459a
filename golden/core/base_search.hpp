// SPDX-License-Identifier: Apache-2.0
// DNA-TEQ's Algorithm 1: the pseudo-optimal base of a tensor by its RMAE, section III-B.
//
// Where the paper is silent or cannot be meant as printed, this is how it is read:
//   (1) Eq. 4: alpha = max / b^Rmax (the printed max / (b * Rmax) does not cover the range).
//   (2) Eq. 4 and 5 together put the top level at max + beta; AlphaRule::kFullScale puts it at max.
//   (3) The first base is max(m, 1/m)^(1/Rmax), m = max |t|: m^(1/Rmax) is below 1 for m < 1 and
//       would turn the levels round. Bases stay above 1; a step that does not is never taken.
//   (4) Direction: the lowest of InitErr, IncErr, DecErr; a tie between the two steps goes up.
//   (5) When neither step is better than the start, the search ends there.
//   (6) min is over non-zero |t|; zeros are exact and have their own code.
//   (7) A base is a binary32 number: every candidate is rounded to one before it is judged.
//   (8) Candidates whose levels are not positive and strictly increasing count as infinitely bad.
#pragma once

#include <span>
#include <vector>

#include "golden/core/exponential.hpp"
#include "golden/core/sorted_magnitudes.hpp"

namespace tally {

enum class AlphaRule {
  kPaper,      // alpha = max / b^Rmax; the top level is max + beta
  kFullScale,  // alpha = (max - min) / (b^Rmax - b^(Rmin - 1/2)); the top level is max
};

struct BaseSearchOptions {
  AlphaRule alpha_rule = AlphaRule::kPaper;
  double step = 0.01;         // epsilon
  double largest_base = 1e9;  // candidates above are never taken (largest_base() of counting.hpp)
};

/// Groups of values that share n and base: one group for a whole tensor, or one an output channel.
using Groups = std::span<const SortedMagnitudes>;

/// Alpha and beta of a group for a given base (Eq. 4 and 5). A group without a non-zero value gets
/// alpha = 1, beta = 0: any levels represent it exactly.
ExponentialParams initial_params(const SortedMagnitudes& group, int n, float base,
                                 AlphaRule alpha_rule);

/// initial_params of every group.
std::vector<ExponentialParams> initial_params(Groups groups, int n, float base,
                                              AlphaRule alpha_rule);

/// RMAE (Eq. 6) over all groups with `log` rounding and only zero as zero; infinity when a
/// parameter set is unusable. 0 when all values are zero.
double log_rmae(Groups groups, std::span<const ExponentialParams> params);

struct BaseSearchResult {
  std::vector<ExponentialParams> params;  // one a group
  double rmae = 0;
  int candidates = 0;  // bases judged
};

/// Algorithm 1 on the tensor that `groups` make up. Throws Error when no value is non-zero or when
/// not even the first base gives usable levels.
BaseSearchResult search_base(Groups groups, int n, const BaseSearchOptions& options);

}  // namespace tally
