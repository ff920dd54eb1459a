// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/level2_check.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "golden/core/half.hpp"

namespace tally {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

ExponentialParams with_absolute_beta(ExponentialParams params) {
  params.beta = std::abs(params.beta);
  return params;
}

}  // namespace

Level2Check::Level2Check(const QuantizedLayer& layer, const LayerInfo& info, std::size_t group)
    : k_(info.k), outputs_(info.outputs_per_group()), relu_(info.relu) {
  const bool digits = layer.plan.counts_digits();
  halves_ = dequantized_halves(layer.table);
  LevelTable bounds = layer.table;
  if (!digits) bounds.magnitudes = exponential_magnitudes(with_absolute_beta(layer.activation));
  bounds_ = dequantized_halves(bounds);
  const std::vector<float> all = dequantized_weights(layer);
  for (std::size_t o = group * outputs_; o < (group + 1) * outputs_; ++o) {
    std::vector<double> magnitudes;
    if (!digits) magnitudes = exponential_magnitudes(with_absolute_beta(layer.weight[o]));
    for (std::size_t i = 0; i < k_; ++i) {
      const float weight = all[o * k_ + i];
      weights_.push_back(weight);
      weight_bounds_.push_back(
          digits ? std::abs(weight)
                 : static_cast<float>(magnitudes[code_index(layer.codes[o * k_ + i])]));
    }
    bias_.push_back(layer.plan.bias[o]);
  }
}

void Level2Check::compare(std::span<const std::uint16_t> activations,
                          std::span<const std::uint16_t> outputs) {
  const auto vectors = static_cast<Eigen::Index>(activations.size() / k_);
  const auto k = static_cast<Eigen::Index>(k_);
  const auto width = static_cast<Eigen::Index>(outputs_);
  Matrix levels(vectors, k);
  Matrix bounds(vectors, k);
  for (std::size_t i = 0; i < activations.size(); ++i) {
    const std::uint16_t magnitude = half_magnitude(activations[i]);
    const float level = halves_[magnitude];
    levels.data()[i] = half_is_negative(activations[i]) ? -level : level;
    bounds.data()[i] = bounds_[magnitude];
  }
  const Matrix products = levels * ConstMap(weights_.data(), width, k).transpose();
  const Matrix terms = bounds * ConstMap(weight_bounds_.data(), width, k).transpose();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double bias = bias_[i % outputs_];
    double expected = products.data()[i] + bias;
    const double tolerance =
        2e-6 * (terms.data()[i] + std::abs(bias)) + std::max(0x1p-11 * std::abs(expected), 0x1p-25);
    if (relu_) expected = std::max(expected, 0.0);
    const double ratio = std::abs(half_to_float(outputs[i]) - expected) / tolerance;
    ++compared_;
    if (!(ratio <= 1)) ++mismatches_;  // a NaN is a mismatch
    worst_ = std::max(worst_, std::isfinite(ratio) ? ratio : 1e9);
  }
}

}  // namespace tally
