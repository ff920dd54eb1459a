// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "golden/device/checker_device.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/rtl_device.hpp"

namespace tally::testing {

/// The emulator and the Verilated processing element of one configuration, run on the same beats.
struct DevicePair {
  explicit DevicePair(const PeConfig& config)
      : emulator(config), rtl(config), checker(emulator, rtl) {}
  DevicePair(const DevicePair&) = delete;
  DevicePair& operator=(const DevicePair&) = delete;

  /// Results and status words were the same in every run so far.
  void check_equal() const {
    REQUIRE(checker.mismatches() == 0);
    CHECK(checker.status_mismatches() == 0);
  }

  EmulatorDevice emulator;
  RtlDevice rtl;
  CheckerDevice checker;
};

}  // namespace tally::testing
