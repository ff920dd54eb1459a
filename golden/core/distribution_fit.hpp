// SPDX-License-Identifier: Apache-2.0
// Which distribution a tensor resembles: Tables I and II and Figures 1 and 2 of DNA-TEQ.
#pragma once

#include <array>
#include <vector>

#include "golden/core/distribution.hpp"
#include "golden/core/sorted_magnitudes.hpp"

namespace tally {

/// The curves fitted to |t|. The paper compares the first four and says neither how they are fitted
/// nor in which unit: here by maximum likelihood over the non-zero |t|.
enum class Curve {
  kNormal,       ///< free mean and deviation, fitted to |t| as it stands: the paper's ranking
  kExponential,  ///< rate 1 / mean
  kPareto,       ///< from the smallest |t| on, exponent count / sum ln(|t| / min)
  kUniform,      ///< min .. max
  kHalfNormal,   ///< mean 0: |t| of a normal tensor, deviation sqrt(mean t^2)
};
inline constexpr std::array<Curve, 5> kCurves = {
    Curve::kNormal, Curve::kExponential, Curve::kPareto, Curve::kUniform, Curve::kHalfNormal};

/// "Normal", "Exponential", "Pareto", "Uniform", "Half-normal"
const char* to_string(Curve curve);

/// Histogram density of the non-zero |t| and the densities of the curves at the bin centres.
/// Lengths are in units of `unit`, densities in 1 / unit.
struct DistributionFit {
  double unit = 1;                            ///< 1 (kValue) or the mean of |t| (kMean)
  double width = 0;                           ///< of a bin
  std::vector<double> density;                ///< kBins of them, from 0 to max; empty: all zeros
  std::array<std::vector<double>, 5> curves;  ///< by Curve
  std::array<double, 5> rss = {};             ///< Eq. 1: sum over bins of (density - curve)^2

  static constexpr int kBins = 100;
  double rss_of(Curve curve) const { return rss[static_cast<std::size_t>(curve)]; }
  /// Least RSS among the paper's four (the first, if several).
  Curve closest() const;
};

/// Fits all curves. A tensor with a single magnitude has curves of no width where their density
/// would be infinite: those count as density 0 outside, and 1 / width in the bin of the value.
DistributionFit fit_distributions(const SortedMagnitudes& values, RssUnit unit);

}  // namespace tally
