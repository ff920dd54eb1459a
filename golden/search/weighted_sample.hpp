// SPDX-License-Identifier: Apache-2.0
// A few rows or channels that stand for all; not for callers outside golden/search.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tally {

/// Which units were taken, and how many of all each stands for: sum of weights * x estimates the
/// sum of x over all.
struct WeightedSample {
  std::vector<std::size_t> indices;  // ascending
  std::vector<double> weights;       // beside them
};

/// One number of each of `count` equal parts of 0..total-1, ascending; all if there are no more.
/// Which one is fixed, but as good as random, so that no period in the data (tokens of a sentence,
/// columns of an image) meets one of the sample's.
std::vector<std::size_t> one_of_each_part(std::size_t total, std::size_t count);

/// `count` of the units (all, if there are no more), deterministic. A unit that alone has more than
/// its share, 1 / count, of the total size is taken with certainty, as in sampling with probability
/// proportional to size; of the others one of each equal part. Without this a single channel or row
/// with most of the power, as behind the GELU of a transformer, is missed by most samples.
WeightedSample sample_by_size(std::span<const double> sizes, std::size_t count);

}  // namespace tally
