// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "golden/device/device.hpp"
#include "golden/device/uart_link.hpp"

namespace tally {

/// A board behind a serial line (docs/fpga.md).
class UartDevice : public Device {
 public:
  /// Asks the board what it is. Error if it does not answer, is no Tally board, or was built in no
  /// named configuration.
  UartDevice(std::unique_ptr<ByteChannel> channel, const std::string& name, UartTiming timing = {});

  /// "PORT" or "PORT@BAUD", by default 1,000,000 baud.
  static std::unique_ptr<UartDevice> open(const std::string& port);

  std::string name() const override { return "uart"; }
  const PeConfig& config() const override { return *config_; }

  /// As Device::run; cycles are those in which the board had a tile loaded or in work, so they
  /// show the speed of the line too. Error if the board takes no more input for good.
  RunResult run(const Streams& streams) override;

  const UartLink& link() const { return link_; }

 private:
  std::string name_;
  UartLink link_;
  const PeConfig* config_;
};

}  // namespace tally
