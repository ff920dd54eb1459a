// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "golden/device/device.hpp"

namespace tally {

/// A simulation of one processing element; rtl_simulation.hpp has the one on Verilator.
class RtlSimulation {
 public:
  virtual ~RtlSimulation() = default;
  virtual RunResult run(const Streams& streams) = 0;
};

/// The Verilated tally_pe of a named configuration. Streams are never starved: a beat is offered in
/// every cycle and results are always taken, so cycles show what the hardware can do.
class RtlDevice : public Device {
 public:
  /// Error if no model of this configuration was built.
  explicit RtlDevice(const PeConfig& config);

  std::string name() const override { return "rtl"; }
  const PeConfig& config() const override { return config_; }

  /// DeviceFault when the hardware stops taking input for good.
  RunResult run(const Streams& streams) override;

 private:
  PeConfig config_;
  std::unique_ptr<RtlSimulation> simulation_;
};

}  // namespace tally
