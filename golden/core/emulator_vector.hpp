// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/emulator_steps.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally {

/// What the processing element did; the counters behind its status port.
struct EmulatorCounters {
  std::uint64_t steps = 0;       // counting steps: one an input of a vector
  std::uint64_t tiles = 0;       // finished
  std::uint64_t vectors = 0;     // finished
  std::uint64_t term_pairs = 0;  // pairs really counted: both codes non-zero

  void add(const EmulatorCounters& other) {
    steps += other.steps;
    tiles += other.tiles;
    vectors += other.vectors;
    term_pairs += other.term_pairs;
  }
};

/// One activation vector through one tile: the chain of emulator_steps.hpp with its segments.
/// Usable for any number of vectors, one after the other. Keeps copies of
/// the tile's tables, not its weights.
class VectorEmulator {
 public:
  VectorEmulator(const Tile& tile, const PeConfig& config);

  /// Counts the next input against its weight row; all rows legal (see weight_is_bad).
  void input(std::uint16_t activation, std::span<const std::uint8_t> row);

  /// After the last input: writes valid_lanes results and starts over.
  void finish(std::span<std::uint16_t> results);

  Status status() const { return status_; }
  const EmulatorCounters& counters() const { return counters_; }

 private:
  void end_segment();
  void start_vector();

  ControlWord control_;
  float base_;
  std::vector<std::uint16_t> boundaries_;
  std::vector<LaneCoefficients> lanes_;  // the valid ones
  CounterBank bank_;
  Sums sums_;
  std::vector<float> accumulators_;
  std::uint32_t in_segment_ = 0;
  Status status_ = 0;
  EmulatorCounters counters_;
};

}  // namespace tally
