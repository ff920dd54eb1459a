// SPDX-License-Identifier: Apache-2.0
// What runs a program: the emulator, the Verilated RTL, later a board. All take the same beats.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "golden/core/pe_config.hpp"
#include "golden/core/status.hpp"
#include "golden/program/program.hpp"

namespace tally {

/// What one run gave.
struct RunResult {
  std::vector<HalfBeat> results;
  Status status = 0;
  std::uint64_t cycles = 0;      // first activation in to last result out; 0 without a clock
  std::uint64_t steps = 0;       // counting steps
  std::uint64_t term_pairs = 0;  // pairs really counted
  /// Of each packet: the cycle of its last result, counted from the first activation as `cycles`
  /// is. Empty without a clock.
  std::vector<std::uint64_t> tile_ends;
};

/// Counting steps over cycles; 0 without a clock.
inline double utilization(std::uint64_t steps, std::uint64_t cycles) {
  return cycles == 0 ? 0.0 : static_cast<double>(steps) / static_cast<double>(cycles);
}

class Device {
 public:
  virtual ~Device() = default;

  /// For messages and reports: "emulator", "rtl".
  virtual std::string name() const = 0;
  virtual const PeConfig& config() const = 0;

  /// Are cycles measured? The emulator has no clock and does not guess: how pipelines fill, how
  /// loading hides behind counting and how evaluations wait is known by running the RTL only. What
  /// it does know is exact: steps, which are all cycles in which the lanes count.
  virtual bool has_clock() const { return true; }

  /// Starts clean, sends both streams and gives what comes back until nothing moves any more.
  /// Faults in the streams show in the status, not as exceptions; DeviceFault if the device
  /// hangs.
  virtual RunResult run(const Streams& streams) = 0;
};

}  // namespace tally
