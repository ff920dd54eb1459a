// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/device/device.hpp"

namespace tally {

/// The emulator of golden/core on all cores: streams without a fault are cut into pieces of
/// (tile, some vectors), which do not depend on each other; others go through it beat by beat.
class EmulatorDevice : public Device {
 public:
  /// threads 0: as many as the machine has.
  explicit EmulatorDevice(const PeConfig& config, unsigned threads = 0);

  std::string name() const override { return "emulator"; }
  const PeConfig& config() const override { return config_; }
  bool has_clock() const override { return false; }
  RunResult run(const Streams& streams) override;

 private:
  PeConfig config_;
  unsigned threads_;
};

}  // namespace tally
