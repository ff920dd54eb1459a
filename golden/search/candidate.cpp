// SPDX-License-Identifier: Apache-2.0
#include "golden/search/candidate.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"

namespace tally {

const char* to_string(NumberSystem system) {
  switch (system) {
    case kExponential:
      return "exponential";
    case kReveal:
      return "reveal";
    case kUniform:
      return "uniform";
  }
  return "unknown";
}

std::string to_string(const Candidate& candidate) {
  if (candidate.system == kReveal) {
    return fmt::format("reveal {}/{}/{}", candidate.group, candidate.budget, candidate.terms);
  }
  return fmt::format("{} {}", to_string(candidate.system), candidate.n);
}

void check_candidate(const Candidate& c, const std::string& what) {
  const int least = c.system == kUniform ? 1 : kMinBits;
  if (c.n < least || c.n > kMaxBits) {
    throw Error(fmt::format("{}: n = {} bits, expected {}..{}", what, c.n, least, kMaxBits));
  }
  if (c.system != kReveal) return;
  const bool group = c.group == 1 || c.group == 2 || c.group == 4 || c.group == 8;
  if (c.n != kMaxBits || !group || c.budget < 1 || c.budget > 4 * c.group || c.terms < 1 ||
      c.terms > 4) {
    throw Error(fmt::format(
        "{}: reveal with n = {}, group {}, budget {}, terms {}: expected n = 7, a group of 1, 2, "
        "4 or 8, a budget of 1..4*group and 1..4 terms",
        what, c.n, c.group, c.budget, c.terms));
  }
}

int uniform_weight_limit(int n) { return (1 << n) - 1; }

int uniform_data_limit(int n, bool non_negative) {
  return non_negative ? std::min((2 << n) - 1, 127) : (1 << n) - 1;
}

std::vector<Candidate> candidates_between(int low, int high,
                                          const std::vector<NumberSystem>& systems) {
  std::vector<Candidate> candidates;
  for (int n = low; n <= high; ++n) {
    for (const NumberSystem system : systems) candidates.push_back({system, n});
  }
  return candidates;
}

}  // namespace tally
