// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "golden/cli/quantize_layer.hpp"
#include "golden/device/device.hpp"

namespace tally {

/// What `--device` and `--config` of `tally run` name.
struct RunTarget {
  std::string kind;                // "emulator", "rtl" or "uart"
  std::unique_ptr<Device> tested;  // the hardware, in simulation or on a board; none: the emulator
  const PeConfig* config = nullptr;
};

/// Empty if `device` is emulator, rtl or uart:PORT[@BAUD], else what is wrong with it.
std::string check_device_name(const std::string& device);

/// Opens the device. A board decides the configuration; Error if `config` names another, or if the
/// board cannot be reached.
RunTarget open_target(const std::string& device, const std::string& config,
                      const std::vector<QuantizedLayer>& layers,
                      const std::vector<ProductPlan>& products = {});

}  // namespace tally
