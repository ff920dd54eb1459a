// SPDX-License-Identifier: Apache-2.0
#include "golden/core/sorted_magnitudes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

namespace {

// Neumaier's sum: prefix sums of millions of values stay exact to a rounding, so their differences
// stay good to 1e-9 of the error of a fine quantizer.
class CompensatedSum {
 public:
  void add(double x) {
    const double next = sum_ + x;
    lost_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

// Ascending. Non-negative floats order as their bit patterns do, so a radix sort needs no
// comparison: three passes of 11 bits, several times faster than std::sort on a large tensor.
void sort_magnitudes(std::vector<float>& values) {
  constexpr std::size_t kSmall = 4096;
  if (values.size() < kSmall) {
    std::sort(values.begin(), values.end());
    return;
  }
  constexpr int kDigit = 11;
  constexpr std::uint32_t kMask = (1U << kDigit) - 1;
  std::vector<float> other(values.size());
  for (int shift = 0; shift < 3 * kDigit; shift += kDigit) {
    std::array<std::size_t, kMask + 1> place{};
    const auto digit = [shift](float x) {
      return std::bit_cast<std::uint32_t>(x) >> shift & kMask;
    };
    for (const float x : values) ++place[digit(x)];
    std::size_t sum = 0;
    for (std::size_t& p : place) p = std::exchange(sum, sum + p);
    for (const float x : values) other[place[digit(x)]++] = x;
    values.swap(other);
  }
}

}  // namespace

SortedMagnitudes::SortedMagnitudes(std::span<const float> values, const std::string& what)
    : size_(values.size()) {
  sorted_.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(fmt::format("{}: value {} is {}, cannot be quantized", what, i, values[i]));
    }
    if (values[i] != 0) sorted_.push_back(std::fabs(values[i]));
  }
  sort_magnitudes(sorted_);
  sums_.reserve(sorted_.size() + 1);
  squares_.reserve(sorted_.size() + 1);
  CompensatedSum sum;
  CompensatedSum square;
  for (const double x : sorted_) {
    sum.add(x);
    square.add(x * x);
    sums_.push_back(sum.value());
    squares_.push_back(square.value());
  }
}

std::size_t SortedMagnitudes::lower(double point, std::size_t from) const {
  const auto begin = sorted_.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(
      std::lower_bound(begin, sorted_.end(), point,
                       [](float x, double p) { return static_cast<double>(x) < p; }) -
      sorted_.begin());
}

double SortedMagnitudes::absolute_error(std::span<const double> magnitudes,
                                        std::span<const double> points) const {
  assert(magnitudes.size() == points.size());
  CompensatedSum error;
  std::size_t begin = 0;
  for (std::size_t j = 0; j < points.size(); ++j) {
    const std::size_t end = j + 1 < points.size() ? lower(points[j + 1], begin) : sorted_.size();
    if (begin == end) continue;
    const double level = magnitudes[j];
    // Below the level the error is level - x, above it x - level.
    const std::size_t middle = std::min(lower(level, begin), end);
    error.add(level * static_cast<double>(middle - begin) - (sums_[middle] - sums_[begin]));
    error.add((sums_[end] - sums_[middle]) - level * static_cast<double>(end - middle));
    begin = end;
  }
  return error.value();
}

double SortedMagnitudes::squared_error(std::span<const double> magnitudes,
                                       std::span<const double> points) const {
  assert(magnitudes.size() == points.size());
  CompensatedSum error;
  std::size_t begin = 0;
  for (std::size_t j = 0; j < points.size(); ++j) {
    const std::size_t end = j + 1 < points.size() ? lower(points[j + 1], begin) : sorted_.size();
    const double level = magnitudes[j];
    error.add(level * level * static_cast<double>(end - begin) -
              2 * level * (sums_[end] - sums_[begin]));
    error.add(squares_[end] - squares_[begin]);
    begin = end;
  }
  return std::max(0.0, error.value());
}

double rmae(std::span<const float> t, std::span<const float> levels) {
  assert(t.size() == levels.size());
  CompensatedSum error;
  CompensatedSum total;
  for (std::size_t i = 0; i < t.size(); ++i) {
    error.add(std::fabs(static_cast<double>(levels[i]) - static_cast<double>(t[i])));
    total.add(std::fabs(static_cast<double>(t[i])));
  }
  return total.value() > 0 ? error.value() / total.value() : 0.0;
}

}  // namespace tally
