// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "golden/cli/level2_check.hpp"
#include "golden/cli/quantize_layer.hpp"
#include "golden/cli/quantize_product.hpp"
#include "golden/device/checker_device.hpp"
#include "golden/device/device.hpp"
#include "golden/plan/run_record.hpp"

namespace tally {

/// A network whose quantized layers and products all run on a device, everything else in OpenVINO.
/// Of a product every instance is a small layer of its own, whose weights are made from the second
/// operand. Counts what
/// was compared, layer by layer. With `tested`, the hardware in simulation or on a board: that one,
/// checked against the emulator on the same bytes, bit for bit; else the emulator, checked against
/// the fake-quantized layer.
class DeviceNetwork {
 public:
  /// `products` in the order of runner.products(), or none: then they stay in float. All arguments
  /// by reference must outlive the object.
  DeviceNetwork(const ModelRunner& runner, const std::vector<QuantizedLayer>& layers,
                std::vector<ProductPlan> products, const PeConfig& config,
                std::unique_ptr<Device> tested);
  ~DeviceNetwork();

  /// Replaces every layer and product; refers to this object.
  Substitution substitution();

  /// Figures so far, one entry a layer of the network, then one a product.
  std::vector<LayerRun> layer_runs() const;

 private:
  struct Part;
  struct Layer;

  void run(Layer& layer, const LayerCall& call);
  void run(LayerRun& record, const ProductPlan& product, const ProductCall& call);
  void run_group(Layer& layer, Part& part, const std::vector<std::uint16_t>& activations,
                 std::vector<std::uint16_t>& outputs);

  std::unique_ptr<Device> emulator_;
  std::unique_ptr<Device> tested_;
  std::unique_ptr<CheckerDevice> checker_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<ProductPlan> products_;
  std::vector<LayerRun> product_runs_;
};

/// counting / cycles; nothing without a clock.
std::optional<double> share_of_cycles(std::optional<std::int64_t> counting,
                                      std::optional<std::int64_t> cycles);

/// The configuration called `name`; "auto" is `default`, or `paper` when some n is too wide for it.
const PeConfig& choose_config(const std::string& name, const std::vector<QuantizedLayer>& layers,
                              const std::vector<ProductPlan>& products = {});

}  // namespace tally
