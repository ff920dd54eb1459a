// SPDX-License-Identifier: Apache-2.0
// How well an exponential curve fits a tensor (Eq. 1): decides which tensor Algorithm 1 starts
// from.
#pragma once

#include "golden/core/sorted_magnitudes.hpp"

namespace tally {

/// The residual depends on the unit of |t|, and the paper does not name one.
enum class RssUnit {
  kValue,  // densities per unit of |t|, as the paper's tables look: wide tensors (activations) win
  kMean,   // |t| divided by its mean: densities without unit, tensors compare by shape alone
};

/// Residual sum of squares between the histogram density of the non-zero |t| (100 equal bins from 0
/// to max) and the exponential density of the same mean, at the bin centres. 0 when all are zero.
double exponential_rss(const SortedMagnitudes& values, RssUnit unit);

}  // namespace tally
