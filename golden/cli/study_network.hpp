// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "golden/cli/commands.hpp"
#include "golden/cli/quantize_layer.hpp"
#include "golden/model/calibration.hpp"
#include "golden/model/dataset.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/study.hpp"
#include "golden/search/digit_fit.hpp"

namespace tally {

/// The network that a study quantizes in many ways: every layer alike, scales and biases fitted on
/// the calibration data, accuracy measured on the data.
class StudyNetwork {
 public:
  /// Loads model and data and calibrates. Error as the other commands.
  explicit StudyNetwork(const StudyOptions& options);

  /// All layers with these digits.
  struct Result {
    double accuracy = 0;
    TermPairs pairs;  // a multiplication, averaged over all of them
  };
  Result measure(const DigitOptions& options) const;

  /// The layers as a plan has them, ready for a device.
  std::vector<QuantizedLayer> quantize(const DigitOptions& options) const;

  double float_accuracy() const { return float_accuracy_; }
  double multiplications() const;  // of a sample, in the layers that are quantized
  std::int64_t samples() const { return static_cast<std::int64_t>(samples_); }
  const ModelRunner& runner() const { return runner_; }
  const Dataset& data() const { return data_; }

  /// INT8 integers of all weights of a layer, and of a sample of its input data.
  struct Integers {
    std::vector<std::int8_t> weights;
    std::vector<std::int8_t> data;
  };
  std::vector<Integers> integers() const;  // one entry a layer

  /// A study of this network, empty but for where it comes from.
  Study study(const CommonOptions& common, const std::string& title) const;

 private:
  std::vector<DigitFit> fit(const DigitOptions& options) const;

  StudyOptions options_;
  ModelRunner runner_;
  Dataset data_;
  std::vector<LayerActivations> activations_;
  std::size_t samples_ = 0;
  double float_accuracy_ = 0;
};

/// "uniform 8 bits", "reveal g = 8, k = 12, s = 2".
std::string digits_text(const DigitOptions& options);

}  // namespace tally
