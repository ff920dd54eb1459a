// SPDX-License-Identifier: Apache-2.0
#include "golden/search/weighted_sample.hpp"

#include <algorithm>
#include <numeric>
#include <random>

namespace tally {

namespace {

// The largest units as long as each has more than an equal share of what is left; fewer than
// `count`, since so many shares would be more than all.
std::vector<bool> certain_units(std::span<const double> sizes, std::size_t count) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  // What is left, summed from the smallest: subtracting giants from the total would cancel.
  std::vector<double> left(sizes.size() + 1, 0.0);
  for (std::size_t i = sizes.size(); i-- > 0;) left[i] = left[i + 1] + sizes[order[i]];
  std::vector<bool> certain(sizes.size(), false);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (sizes[order[i]] * static_cast<double>(count - i) <= left[i]) break;
    certain[order[i]] = true;
  }
  return certain;
}

}  // namespace

std::vector<std::size_t> one_of_each_part(std::size_t total, std::size_t count) {
  count = std::min(count, total);
  std::vector<std::size_t> numbers(count);
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * total / count;
    numbers[i] = begin + random() % ((i + 1) * total / count - begin);
  }
  return numbers;
}

WeightedSample sample_by_size(std::span<const double> sizes, std::size_t count) {
  WeightedSample sample;
  if (count >= sizes.size()) {
    sample.indices.resize(sizes.size());
    std::iota(sample.indices.begin(), sample.indices.end(), std::size_t{0});
    sample.weights.assign(sizes.size(), 1.0);
    return sample;
  }
  const std::vector<bool> certain = certain_units(sizes, count);
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!certain[i]) rest.push_back(i);
  }
  const std::vector<std::size_t> spread =
      one_of_each_part(rest.size(), count - (sizes.size() - rest.size()));
  std::vector<double> weight(certain.begin(), certain.end());
  for (const std::size_t i : spread) {
    weight[rest[i]] = static_cast<double>(rest.size()) / static_cast<double>(spread.size());
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (weight[i] > 0) {
      sample.indices.push_back(i);
      sample.weights.push_back(weight[i]);
    }
  }
  return sample;
}

}  // namespace tally
