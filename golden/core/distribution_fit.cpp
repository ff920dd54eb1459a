// SPDX-License-Identifier: Apache-2.0
#include "golden/core/distribution_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tally {

namespace {

// What the maximum likelihood fits need, in units of `unit`.
struct Moments {
  double min = 0;
  double max = 0;
  double mean = 0;
  double deviation = 0;  // around the mean
  double rms = 0;
  double log_above_min = 0;  // mean of ln(|t| / min)
};

Moments moments_of(const SortedMagnitudes& values, double unit) {
  Moments m;
  const auto count = static_cast<double>(values.count());
  m.min = values.min() / unit;
  m.max = values.max() / unit;
  m.mean = values.sum() / count / unit;
  for (const float value : values.sorted()) {
    const double t = static_cast<double>(value) / unit;
    m.deviation += (t - m.mean) * (t - m.mean);
    m.rms += t * t;
    m.log_above_min += std::log(t / m.min);
  }
  m.deviation = std::sqrt(m.deviation / count);
  m.rms = std::sqrt(m.rms / count);
  m.log_above_min /= count;
  return m;
}

// Share of the values in each of `bins` equal bins from 0 to the maximum, over the bins' width.
std::vector<double> magnitude_density(const SortedMagnitudes& values, int bins, double width) {
  const auto sorted = values.sorted();
  std::vector<double> density;
  auto begin = sorted.begin();
  for (int bin = 0; bin < bins; ++bin) {
    const double edge = values.max() * (bin + 1) / bins;
    const auto end = bin + 1 == bins ? sorted.end() : std::upper_bound(begin, sorted.end(), edge);
    density.push_back(static_cast<double>(end - begin) /
                      (static_cast<double>(values.count()) * width));
    begin = end;
  }
  return density;
}

double density_at(Curve curve, const Moments& m, double x, double width) {
  // A spike: all of the mass in the bin of the value, the last one.
  const bool is_spike = m.max == m.min;
  const double spike = x > m.max - width ? 1 / width : 0;
  switch (curve) {
    case Curve::kNormal:
      if (is_spike) return spike;
      return std::exp(-0.5 * std::pow((x - m.mean) / m.deviation, 2)) /
             (m.deviation * std::sqrt(2 * std::numbers::pi));
    case Curve::kExponential:
      return std::exp(-x / m.mean) / m.mean;
    case Curve::kPareto: {
      if (is_spike) return spike;
      if (x < m.min) return 0;
      const double exponent = 1 / m.log_above_min;
      return exponent / x * std::pow(m.min / x, exponent);
    }
    case Curve::kUniform:
      if (is_spike) return spike;
      return x >= m.min && x <= m.max ? 1 / (m.max - m.min) : 0;
    case Curve::kHalfNormal:
      return std::exp(-0.5 * std::pow(x / m.rms, 2)) * std::sqrt(2 / std::numbers::pi) / m.rms;
  }
  return 0;
}

}  // namespace

const char* to_string(Curve curve) {
  constexpr const char* kNames[] = {"Normal", "Exponential", "Pareto", "Uniform", "Half-normal"};
  return kNames[static_cast<std::size_t>(curve)];
}

Curve DistributionFit::closest() const {
  // Half-normal, the last one, is not among the paper's.
  return kCurves[static_cast<std::size_t>(std::min_element(rss.begin(), rss.end() - 1) -
                                          rss.begin())];
}

DistributionFit fit_distributions(const SortedMagnitudes& values, RssUnit unit) {
  DistributionFit fit;
  if (values.count() == 0) return fit;
  if (unit == RssUnit::kMean) fit.unit = values.sum() / static_cast<double>(values.count());
  fit.width = values.max() / fit.unit / DistributionFit::kBins;
  fit.density = magnitude_density(values, DistributionFit::kBins, fit.width);
  const Moments moments = moments_of(values, fit.unit);
  for (const Curve curve : kCurves) {
    const auto at = static_cast<std::size_t>(curve);
    for (std::size_t bin = 0; bin < fit.density.size(); ++bin) {
      const double x = (static_cast<double>(bin) + 0.5) * fit.width;
      const double y = density_at(curve, moments, x, fit.width);
      fit.curves[at].push_back(y);
      fit.rss[at] += (fit.density[bin] - y) * (fit.density[bin] - y);
    }
  }
  return fit;
}

}  // namespace tally
