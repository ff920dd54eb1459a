// SPDX-License-Identifier: Apache-2.0
// From a layer of a plan to what computes with it: codes, a fake-quantized layer, a device layer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "golden/core/exponential.hpp"
#include "golden/core/level_table.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/plan.hpp"
#include "golden/program/program.hpp"

namespace tally {

/// A layer with its weights as codes, ready for the fake-quantized network and for devices.
struct QuantizedLayer {
  LayerPlan plan;
  ExponentialParams activation;           // exponential: n, base, alpha_a, beta_a
  std::vector<ExponentialParams> weight;  // exponential: by output channel
  LevelTable table;                       // of the activations
  std::vector<std::uint8_t> codes;        // [outputs][k] {sign, index}; digits: INT8
};

/// Quantizes the weights by the plan. Error, starting with `where` (file): sizes, kind,
/// ReLU, bias or places unlike the model's, levels that the hardware cannot compute, or, if the
/// plan holds one, another checksum.
QuantizedLayer quantize_layer(const LayerPlan& plan, const LayerInfo& info,
                              const std::string& where);

/// The shape of the first input as a plan holds it: 0 for any size.
std::vector<std::int64_t> plan_input_shape(const ModelRunner& runner);

/// All layers of the plan in the order of runner.layers(). Error: another input shape, a layer of
/// the model that the plan lacks, or one too many.
std::vector<QuantizedLayer> quantize_network(const Plan& plan, const std::string& plan_path,
                                             const ModelRunner& runner);

/// Real values of the weights, [outputs][k]: of the codes, or of the digits that are kept.
std::vector<float> dequantized_weights(const QuantizedLayer& layer);

/// The layer computed by OpenVINO on quantized activations, weights and the plan's bias: level 2 of
/// docs/number-systems.md.
LayerSubstitution fake_quantized(const QuantizedLayer& layer);
Substitution fake_quantized(const std::vector<QuantizedLayer>& layers);

/// What a device of `config` computes for group `group`, with segments proved for its counters
/// whatever the activations are, of one sign if `non_negative`.
DeviceLayer device_layer(const QuantizedLayer& layer, const LayerInfo& info, std::size_t group,
                         const PeConfig& config, bool non_negative);

}  // namespace tally
