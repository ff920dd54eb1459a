// SPDX-License-Identifier: Apache-2.0
// One way to quantize one layer: what an allocation chooses from, whatever the number system.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "golden/core/control_word.hpp"

namespace tally {

/// Stored bits of a value are n + 1 in every number system, so candidates of one n cost the same
/// storage:
///   exponential  n bits of exponent and a sign, n = 2..7;
///   uniform      integers times a scale, n = 1..7: |weight| <= 2^n - 1; |data| <= 2^n - 1, or
///                min(2^(n+1) - 1, 127) where data are never negative (the idle sign bit codes
///                magnitude). All run on the hardware's INT8 path;
///   reveal       INT8, n = 7, of which the largest `budget` digits a group of `group` weights and
///                the largest `terms` digits a data value are kept.
struct Candidate {
  NumberSystem system = kExponential;
  int n = 3;
  int group = 0;  // reveal only: 1, 2, 4 or 8
  int budget = 0;
  int terms = 0;

  int stored_bits() const { return n + 1; }
  auto operator<=>(const Candidate&) const = default;
};

/// "exponential", "uniform" or "reveal", as plans write it.
const char* to_string(NumberSystem system);

/// "exponential 3", "uniform 3", "reveal 8/12/2" (group/budget/terms).
std::string to_string(const Candidate& candidate);

/// Throws Error, starting with `what`, unless the fields are within the ranges above.
void check_candidate(const Candidate& candidate, const std::string& what);

/// Largest integer magnitude of uniform weights, and of data.
int uniform_weight_limit(int n);
int uniform_data_limit(int n, bool non_negative);

/// Every n from low to high in each of the systems (exponential, uniform), narrow first.
std::vector<Candidate> candidates_between(int low, int high,
                                          const std::vector<NumberSystem>& systems);

}  // namespace tally
