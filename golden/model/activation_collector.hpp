// SPDX-License-Identifier: Apache-2.0
// Private to golden/model: what calibration keeps of one layer, filled call by call.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "golden/model/calibration.hpp"

namespace tally {

/// Fixed algorithms on mt19937_64 (not std::uniform_int_distribution, which differs between
/// standard libraries), so that a seed means the same everywhere. Which rows are kept depends on
/// seed, layer and shapes alone, so two passes over the same samples keep the same rows.
class ActivationCollector {
 public:
  /// `samples` will come in all, at each place of the layer; options.seed and `layer_index` seed
  /// the choice.
  ActivationCollector(const LayerInfo& layer, const CalibrationOptions& options, size_t samples,
                      size_t layer_index);

  /// Takes the call's samples; `input` is what the layer sees of them, laid out as call.input.
  void add(const LayerCall& call, const float* input);

  LayerActivations take() { return std::move(result_); }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  void add_values(std::span<const float> values);
  void plan_next_value();
  void plan_next_row();

  const LayerInfo& layer_;
  size_t max_values_;
  size_t max_rows_;
  size_t samples_;
  size_t seen_ = 0;
  std::mt19937_64 random_;        // of the rows
  std::mt19937_64 value_random_;  // of the values
  std::uint64_t expected_ = 0;    // values that will come in all
  std::uint64_t next_value_ = 0;  // number of the next value to keep
  std::uint64_t positions_ = 0;   // output positions that will come in all
  std::uint64_t next_row_ = 0;    // number of the next to keep
  LayerActivations result_;
};

}  // namespace tally
