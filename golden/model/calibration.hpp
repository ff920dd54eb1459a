// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "golden/model/dataset.hpp"
#include "golden/model/evaluate.hpp"
#include "golden/model/model_runner.hpp"

namespace tally {

/// What calibration keeps of the input activations of one layer.
struct LayerActivations {
  size_t count = 0;  ///< activations seen
  size_t zeros = 0;  ///< of these exactly 0
  float min = 0;     ///< of all activations seen
  float max = 0;
  bool non_negative() const { return min >= 0; }

  /// A random sample of all activations seen, one of each of max_values equal parts, in their
  /// order.
  std::vector<float> values;
  /// Random output positions, each at most once and all if they are few: the layer's inputs there,
  /// [rows][groups][k], as Im2col::gather gives them (padding 0). Multiplied with the weights they
  /// give exact layer outputs.
  std::vector<float> rows;
  size_t row_count = 0;
};

struct CalibrationOptions {
  size_t first = 0;             ///< first sample
  size_t samples = 256;         ///< samples at most; 0: all
  size_t max_values = 1 << 18;  ///< size of LayerActivations::values
  size_t max_rows = 512;        ///< rows at most, spread evenly over the positions
  std::uint32_t seed = 1;
  Progress progress;
};

/// Runs the network in f32 over calibration data and collects every layer's input activations, in
/// the order of ModelRunner::layers(). `base` is a substitution to run on (an already quantized
/// prefix); its input taps run first, and the activations are what they leave. The same data,
/// options and seed give the same result. Error: as evaluate(); NaN or infinity in an activation.
std::vector<LayerActivations> calibrate(const ModelRunner& runner, const Dataset& dataset,
                                        const CalibrationOptions& options = {},
                                        const Substitution& base = {});

}  // namespace tally
