// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "golden/device/device.hpp"

namespace tally {

/// Runs the same beats on two devices of one configuration and compares all that comes out. Gives
/// the second one's result. Holds references.
class CheckerDevice : public Device {
 public:
  /// Error if the configurations differ.
  CheckerDevice(Device& reference, Device& tested);

  std::string name() const override { return tested_.name(); }
  const PeConfig& config() const override { return tested_.config(); }
  bool has_clock() const override { return tested_.has_clock(); }
  RunResult run(const Streams& streams) override;

  /// Over all runs: results compared (value and TLAST; one that only one device gave counts as a
  /// mismatch), how many differed, and the number of runs whose status differed.
  std::uint64_t compared() const { return compared_; }
  std::uint64_t mismatches() const { return mismatches_; }
  std::uint64_t status_mismatches() const { return status_mismatches_; }

 private:
  Device& reference_;
  Device& tested_;
  std::uint64_t compared_ = 0;
  std::uint64_t mismatches_ = 0;
  std::uint64_t status_mismatches_ = 0;
};

}  // namespace tally
