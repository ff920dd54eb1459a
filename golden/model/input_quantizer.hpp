// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "golden/core/level_table.hpp"
#include "golden/model/model_runner.hpp"

namespace tally {

/// The input tap of a fake-quantized layer: each activation becomes its level. A Session knows the
/// type: it fills all of the output, so its input need not be copied there first.
class InputQuantizer {
 public:
  /// `halves` are dequantized_halves() of the activations' table.
  explicit InputQuantizer(std::shared_ptr<const std::vector<float>> halves)
      : halves_(std::move(halves)) {}
  explicit InputQuantizer(const LevelTable& activations)
      : InputQuantizer(
            std::make_shared<const std::vector<float>>(dequantized_halves(activations))) {}

  void operator()(const LayerCall& call) const {
    const auto size = std::accumulate(call.input_shape.begin(), call.input_shape.end(), size_t{1},
                                      std::multiplies<>());
    fake_quantize({call.input, size}, *halves_, {call.output, size});
  }

 private:
  std::shared_ptr<const std::vector<float>> halves_;
};

}  // namespace tally
