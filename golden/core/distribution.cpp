// SPDX-License-Identifier: Apache-2.0
#include "golden/core/distribution.hpp"

#include "golden/core/distribution_fit.hpp"

namespace tally {

double exponential_rss(const SortedMagnitudes& values, RssUnit unit) {
  return fit_distributions(values, unit).rss_of(Curve::kExponential);
}

}  // namespace tally
