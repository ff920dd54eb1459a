// SPDX-License-Identifier: Apache-2.0
// Quantization errors of a tensor for many candidate level tables: sort |t| once, keep prefix sums,
// and a table of L levels costs O(L log N) instead of O(N log L).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tally {

/// The non-zero magnitudes of a tensor, sorted. Zeros are exact in every number system here, so
/// they only count in size(). Immutable after construction: safe to share between threads.
class SortedMagnitudes {
 public:
  SortedMagnitudes() = default;
  /// Throws Error when a value is NaN or infinite; `what` (layer, tensor) starts the message.
  explicit SortedMagnitudes(std::span<const float> values, const std::string& what = "tensor");

  std::size_t size() const { return size_; }            // values, zeros included
  std::size_t count() const { return sorted_.size(); }  // non-zero values
  double sum() const { return sums_.back(); }           // of |t|
  double min() const { return sorted_.front(); }        // smallest non-zero |t|; count() > 0
  double max() const { return sorted_.back(); }         // count() > 0
  std::span<const float> sorted() const { return sorted_; }

  /// Sum of |level - |t|| over the non-zero values: magnitudes[j] for points[j] <= |t| <
  /// points[j+1], zero below points[1]. Both spans have the same size; points[1..] do not descend.
  double absolute_error(std::span<const double> magnitudes, std::span<const double> points) const;

  /// Sum of (level - |t|)^2, as above.
  double squared_error(std::span<const double> magnitudes, std::span<const double> points) const;

 private:
  // Index of the first value >= point, at or after `from`.
  std::size_t lower(double point, std::size_t from) const;

  std::size_t size_ = 0;
  std::vector<float> sorted_;
  std::vector<double> sums_ = {0.0};     // sums_[i] = sum of the i smallest
  std::vector<double> squares_ = {0.0};  // the same of squares
};

/// Relative mean absolute error (Eq. 6), straight from the equation: sum |levels - t| / sum |t|.
/// 0 when t is all zero.
double rmae(std::span<const float> t, std::span<const float> levels);

}  // namespace tally
