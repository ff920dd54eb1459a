// SPDX-License-Identifier: Apache-2.0
#include "golden/search/output_objective.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/core/counting.hpp"
#include "golden/core/half.hpp"
#include "golden/core/product.hpp"
#include "golden/search/layer_output.hpp"

namespace tally {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXf;

// `count` indices spread evenly over 0..total-1, ascending.
std::vector<std::size_t> spread(std::size_t total, std::size_t count) {
  count = std::min(total, count);
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) indices[i] = i * total / count;
  return indices;
}

// Levels from bottom to top, both above zero, for a base that is already binary32.
ExponentialParams between(int n, float base, double bottom, double top) {
  const double high = std::pow(static_cast<double>(base), max_exponent(n));
  ExponentialParams p{n, base, 0, 0};
  p.alpha = (top - bottom) / (high - 1 / high);
  p.beta = top - p.alpha * high;
  return p;
}

}  // namespace

OutputObjective::OutputObjective(const LayerData& layer, const Candidate& candidate,
                                 const LayerSearchOptions& options)
    : inputs_(layer.inputs),
      each_(layer.outputs / layer.groups),
      candidate_(candidate),
      offset_(options.offset),
      low_(layer.low),
      high_(layer.high),
      data_limit_(uniform_data_limit(candidate.n, layer.non_negative)),
      // 16 bits of range are more than binary16 data can use, and keep coefficients normal.
      largest_range_(
          std::min(16.0, 2 * max_exponent(candidate.n) *
                             std::log2(0.9999 * largest_base(candidate.n, layer.inputs)))) {
  const auto magnitude = [](float a, float b) { return std::fabs(a) < std::fabs(b); };
  const auto values = layer.values.empty() ? layer.rows : layer.values;
  largest_a_ = std::fabs(*std::max_element(values.begin(), values.end(), magnitude));
  if (largest_a_ == 0) {
    largest_a_ = std::fabs(*std::max_element(layer.rows.begin(), layer.rows.end(), magnitude));
  }
  const double tensor =
      std::fabs(*std::max_element(layer.weights.begin(), layer.weights.end(), magnitude));
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const auto row = layer.weights.subspan(o * inputs_, inputs_);
    const double channel = std::fabs(*std::max_element(row.begin(), row.end(), magnitude));
    scales_.push_back(!options.per_channel ? tensor : channel > 0 ? channel : 1.0);
  }

  const auto rows = spread(layer.row_count, options.search_rows);
  rows_ = rows.size();
  outputs_ = spread(layer.outputs, options.search_outputs);
  for (const std::size_t o : outputs_) {
    if (groups_.empty() || groups_.back() != o / each_) groups_.push_back(o / each_);
  }
  const auto target = target_outputs(layer);
  for (const std::size_t r : rows) {
    for (const std::size_t g : groups_) {
      for (const float x : layer.rows.subspan((r * layer.groups + g) * inputs_, inputs_)) {
        halves_.push_back(half_from_float(x));
      }
    }
    for (const std::size_t o : outputs_) target_.push_back(target[r * layer.outputs + o]);
  }
  for (const std::size_t o : outputs_) {
    const auto scale = static_cast<float>(scales_[o]);
    for (const float w : layer.weights.subspan(o * inputs_, inputs_)) {
      sorted_.push_back({static_cast<float>(std::fabs(w) / scales_[o]), w < 0 ? -scale : scale,
                         static_cast<std::uint32_t>(sorted_.size())});
    }
  }
  std::stable_sort(sorted_.begin(), sorted_.end(), [](const UnitWeight& a, const UnitWeight& b) {
    return a.magnitude < b.magnitude;
  });
  Eigen::Map<Matrix> t(target_.data(), static_cast<Eigen::Index>(rows_),
                       static_cast<Eigen::Index>(outputs_.size()));
  const Row means = t.colwise().mean();
  means_.assign(means.begin(), means.end());
  t = t.cwiseMax(low_).cwiseMin(high_);
  variance_ = std::max((t.rowwise() - t.colwise().mean()).cast<double>().squaredNorm(), 1e-300);
  x_.resize(halves_.size());
  w_.resize(sorted_.size());
  y_.resize(target_.size());
}

LayerLevels OutputObjective::exponential_levels(const LevelCoordinates& x) const {
  const int n = candidate_.n;
  // b^(2 Rmax) >= 2: below, levels are uniform anyway and the four terms would cancel more and
  // more.
  const double range = std::clamp(std::exp(x.log_range), 1.0, largest_range_);
  const auto base = static_cast<float>(std::exp2(range / (2 * max_exponent(n))));
  const auto make = [&](double top, double log_bend) {
    const double straight = -2 * max_exponent(n) * std::log(static_cast<double>(base));
    if (!offset_ || log_bend == 0) {
      return ExponentialParams{n, base, top / std::pow(double(base), max_exponent(n)), 0};
    }
    const double ratio = straight * std::exp(std::clamp(log_bend, -3.0, 3.0));
    return between(n, base, top * std::exp(std::clamp(ratio, -12.0, -0.1)), top);
  };
  LayerLevels l;
  l.a = make(largest_a_ * std::exp(std::clamp(x.log_top_a, -4.0, 1.0)), x.log_bend_a);
  l.unit_w = make(std::exp(std::clamp(x.log_top_w, -4.0, 1.0)), x.log_bend_w);
  l.magnitudes_a = exponential_magnitudes(l.a);
  l.zero_threshold = l.magnitudes_a[1] * std::exp(std::clamp(x.log_zero, -7.0, 0.0));
  l.boundaries = exponential_table(l.a, Rounding::kNearest, l.zero_threshold).boundaries;
  l.unit_magnitudes_w = exponential_magnitudes(l.unit_w);
  l.unit_points_w = rounding_points(l.unit_w, Rounding::kNearest, l.unit_magnitudes_w[1] / 2);
  return l;
}

LayerLevels OutputObjective::uniform_levels(const LevelCoordinates& x) const {
  const int limit_w = uniform_weight_limit(candidate_.n);
  LayerLevels l;
  const double scale = largest_a_ * std::exp(std::clamp(x.log_top_a, -4.0, 1.0)) / data_limit_;
  l.a = {candidate_.n, 0, scale, 0};
  l.unit_w = {candidate_.n, 0, std::exp(std::clamp(x.log_top_w, -4.0, 1.0)) / limit_w, 0};
  l.zero_threshold = scale * std::exp(std::clamp(x.log_zero, -7.0, 0.0));
  l.boundaries = uniform_boundaries(scale, data_limit_, l.zero_threshold);
  for (std::size_t j = 0; j < l.boundaries.size(); ++j) {
    l.magnitudes_a.push_back(static_cast<double>(j) * scale);
  }
  for (int j = 0; j <= limit_w; ++j) {
    l.unit_magnitudes_w.push_back(j * l.unit_w.alpha);
    l.unit_points_w.push_back((j - 0.5) * l.unit_w.alpha);
  }
  return l;
}

LayerLevels OutputObjective::levels(const LevelCoordinates& x) const {
  return candidate_.system == kExponential ? exponential_levels(x) : uniform_levels(x);
}

double OutputObjective::operator()(const LevelCoordinates& x) {
  const LayerLevels l = levels(x);
  const auto halves = dequantized_halves({l.magnitudes_a, l.boundaries});
  for (std::size_t i = 0; i < halves_.size(); ++i) {
    const float level = halves[half_magnitude(halves_[i])];
    x_[i] = half_is_negative(halves_[i]) ? -level : level;
  }
  std::size_t i = 0;
  for (std::size_t j = 0; j < l.unit_points_w.size(); ++j) {
    const double next = j + 1 < l.unit_points_w.size() ? l.unit_points_w[j + 1]
                                                       : std::numeric_limits<double>::infinity();
    const auto level = static_cast<float>(l.unit_magnitudes_w[j]);
    for (; i < sorted_.size() && sorted_[i].magnitude < next; ++i) {
      w_[sorted_[i].index] = level * sorted_[i].signed_scale;
    }
  }
  std::size_t s = 0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    std::size_t end = s;
    while (end < outputs_.size() && outputs_[end] / each_ == groups_[g]) ++end;
    multiply_rows({x_.data() + g * inputs_, rows_, groups_.size() * inputs_},
                  {w_.data() + s * inputs_, end - s, inputs_}, inputs_, y_.data() + s,
                  outputs_.size());
    s = end;
  }
  const auto count = static_cast<Eigen::Index>(rows_);
  const auto sampled = static_cast<Eigen::Index>(outputs_.size());
  Eigen::Map<Matrix> y(y_.data(), count, sampled);
  const Eigen::Map<const Matrix> t(target_.data(), count, sampled);
  const Row shift = Eigen::Map<const Row>(means_.data(), sampled) - y.colwise().mean();
  y = (y.rowwise() + shift).cwiseMax(low_).cwiseMin(high_) - t;
  // What is left of the mean error (clipping leaves some) the bias corrects too.
  y.rowwise() -= y.colwise().mean().eval();
  return static_cast<double>(y.squaredNorm()) / variance_;
}

}  // namespace tally
