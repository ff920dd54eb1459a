// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/cli/quantize_layer.hpp"

namespace tally {

/// Compares a device's results with the fake-quantized layer on the same inputs, within the
/// tolerance of docs/number-systems.md: 2e-6 * (sum of absolute terms) + 2^-11 |y|, and half a unit
/// of the smallest binary16. Terms are those the device adds: |bias| and the products of alpha *
/// b^i + |beta| of both sides, since it adds the parts with and without beta one by one.
class Level2Check {
 public:
  Level2Check(const QuantizedLayer& layer, const LayerInfo& info, std::size_t group);

  /// `activations` are binary16 [vectors][k], `outputs` binary16 [vectors][outputs of the group].
  void compare(std::span<const std::uint16_t> activations, std::span<const std::uint16_t> outputs);

  std::int64_t compared() const { return compared_; }
  std::int64_t mismatches() const { return mismatches_; }
  double worst() const { return worst_; }  // largest |difference| / tolerance

 private:
  std::size_t k_;
  std::size_t outputs_;
  bool relu_;
  std::vector<float> halves_;   // by binary16 magnitude: its level
  std::vector<float> bounds_;   // and alpha * b^i + |beta|
  std::vector<float> weights_;  // [outputs][k]
  std::vector<float> weight_bounds_;
  std::vector<float> bias_;
  std::int64_t compared_ = 0;
  std::int64_t mismatches_ = 0;
  double worst_ = 0;
};

}  // namespace tally
