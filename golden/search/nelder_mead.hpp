// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

namespace tally {

struct NelderMeadOptions {
  int evaluations = 250;    // at most
  double tolerance = 1e-4;  // stop when the simplex's values agree to this fraction
};

struct NelderMeadResult {
  std::vector<double> x;
  double value = 0;
  int evaluations = 0;
};

/// Minimum of f near `start` by the simplex of Nelder and Mead, first simplex start and start +
/// step[i] along each axis. Deterministic; f may return infinity where it is undefined.
NelderMeadResult nelder_mead(const std::function<double(const std::vector<double>&)>& f,
                             const std::vector<double>& start, const std::vector<double>& step,
                             const NelderMeadOptions& options);

}  // namespace tally
