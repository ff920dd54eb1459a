// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/run_target.hpp"

#include <fmt/format.h>

#include <string_view>

#include "golden/cli/device_network.hpp"
#include "golden/core/error.hpp"
#include "golden/device/rtl_device.hpp"
#include "golden/device/uart_device.hpp"

namespace tally {

namespace {

constexpr std::string_view kUart = "uart:";

}  // namespace

std::string check_device_name(const std::string& device) {
  if (device == "emulator" || device == "rtl") return {};
  if (device.starts_with(kUart) && device.size() > kUart.size()) return {};
  return fmt::format("'{}' is not emulator, rtl or uart:PORT", device);
}

RunTarget open_target(const std::string& device, const std::string& config,
                      const std::vector<QuantizedLayer>& layers,
                      const std::vector<ProductPlan>& products) {
  if (device.starts_with(kUart)) {
    auto board = UartDevice::open(device.substr(kUart.size()));
    const PeConfig& built = board->config();
    if (config != "auto" && config != built.name) {
      throw Error(fmt::format("{}: the board was built in configuration '{}', not '{}'", device,
                              built.name, config));
    }
    return {"uart", std::move(board), &built};
  }
  const PeConfig& chosen = choose_config(config, layers, products);
  if (device == "rtl") return {"rtl", std::make_unique<RtlDevice>(chosen), &chosen};
  return {"emulator", nullptr, &chosen};
}

}  // namespace tally
