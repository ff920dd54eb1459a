// SPDX-License-Identifier: Apache-2.0
#include "golden/search/output_objective.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/core/counting.hpp"
#include "golden/core/half.hpp"
#include "golden/core/half_array.hpp"
#include "golden/core/product.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/weighted_sample.hpp"

namespace tally {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXf;

std::vector<float> to_floats(const std::vector<double>& x) { return {x.begin(), x.end()}; }

// How far the clipped outputs are from their channel's mean, squared: summed over each row and over
// each channel. The errors that a search weighs are in proportion to it.
struct OutputSizes {
  std::vector<double> rows, channels;
};

OutputSizes output_sizes(const LayerData& layer, const std::vector<float>& target) {
  const Eigen::Map<const Matrix> all(target.data(), static_cast<Eigen::Index>(layer.row_count),
                                     static_cast<Eigen::Index>(layer.outputs));
  const Matrix t = all.cwiseMax(layer.low).cwiseMin(layer.high);
  const auto square = (t.rowwise() - t.colwise().mean()).cast<double>().array().square().eval();
  OutputSizes sizes{std::vector<double>(layer.row_count), std::vector<double>(layer.outputs)};
  for (Eigen::Index r = 0; r < square.rows(); ++r) sizes.rows[r] = square.row(r).sum();
  for (Eigen::Index o = 0; o < square.cols(); ++o) sizes.channels[o] = square.col(o).sum();
  return sizes;
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
  // The rows may hold rare outliers that a sample of the values has missed, and the other way.
  largest_a_ = std::max(largest_magnitude(layer.rows), largest_magnitude(layer.values));
  const double tensor = largest_magnitude(layer.weights);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const auto row = layer.weights.subspan(o * inputs_, inputs_);
    const double channel = largest_magnitude(row);
    scales_.push_back(!options.per_channel              ? tensor
                      : counts_as_zero(channel, tensor) ? 1.0
                                                        : channel);
  }

  const auto target = target_outputs(layer);
  const OutputSizes sizes = output_sizes(layer, target);
  const WeightedSample sampled_rows = sample_by_size(sizes.rows, options.search_rows);
  const WeightedSample sampled_outputs = sample_by_size(sizes.channels, options.search_outputs);
  const auto& rows = sampled_rows.indices;
  rows_ = rows.size();
  outputs_ = sampled_outputs.indices;
  row_weights_ = to_floats(sampled_rows.weights);
  output_weights_ = to_floats(sampled_outputs.weights);
  for (const std::size_t o : outputs_) {
    if (groups_.empty() || groups_.back() != o / each_) groups_.push_back(o / each_);
  }
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
  means_.resize(outputs_.size());
  shift_.resize(outputs_.size());
  weighted_means(target_, means_);
  t = t.cwiseMax(low_).cwiseMin(high_);
  y_ = target_;
  variance_ = std::max(squared_about_means(y_), 1e-300);
  x_.resize(halves_.size());
  w_.resize(sorted_.size());
}

// Of each sampled channel over all rows, as the sample estimates it.
void OutputObjective::weighted_means(const std::vector<float>& y, std::vector<float>& means) const {
  const Eigen::Map<const Matrix> all(y.data(), static_cast<Eigen::Index>(rows_),
                                     static_cast<Eigen::Index>(outputs_.size()));
  const Eigen::Map<const Row> weights(row_weights_.data(), all.rows());
  Eigen::Map<Row>(means.data(), all.cols()).noalias() = weights * all / weights.sum();
}

// Squared distance from the channels' means over all rows and channels, as the sample estimates it.
double OutputObjective::squared_about_means(std::vector<float>& y) {
  weighted_means(y, shift_);
  Eigen::Map<Matrix> all(y.data(), static_cast<Eigen::Index>(rows_),
                         static_cast<Eigen::Index>(outputs_.size()));
  all.rowwise() -= Eigen::Map<const Row>(shift_.data(), all.cols());
  const Eigen::Map<const Row> rows(row_weights_.data(), all.rows());
  const Eigen::Map<const Row> channels(output_weights_.data(), all.cols());
  const Row sums = rows * all.cwiseAbs2();
  return sums.cast<double>().dot(channels.cast<double>());
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
  Eigen::Map<Matrix> y(y_.data(), static_cast<Eigen::Index>(rows_),
                       static_cast<Eigen::Index>(outputs_.size()));
  weighted_means(y_, shift_);
  const Row shift = Eigen::Map<const Row>(means_.data(), y.cols()) -
                    Eigen::Map<const Row>(shift_.data(), y.cols());
  y = (y.rowwise() + shift).cwiseMax(low_).cwiseMin(high_) -
      Eigen::Map<const Matrix>(target_.data(), y.rows(), y.cols());
  // What is left of the mean error (clipping leaves some) the bias corrects too.
  return squared_about_means(y_) / variance_;
}

}  // namespace tally
