// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/emulator_steps.hpp"
#include "golden/core/signed_digits.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally {

/// What the processing element did; the counters behind its status port.
struct EmulatorCounters {
  std::uint64_t steps = 0;       // counting steps: steps_a_group() for each group of a vector
  std::uint64_t tiles = 0;       // finished
  std::uint64_t vectors = 0;     // finished
  std::uint64_t term_pairs = 0;  // pairs really counted: both codes, or slot and digit, exist

  void add(const EmulatorCounters& other) {
    steps += other.steps;
    tiles += other.tiles;
    vectors += other.vectors;
    term_pairs += other.term_pairs;
  }
};

/// Weight rows as they stand in the buffer: what tally_weight_buffer holds of a tile.
struct BufferedRows {
  std::size_t rows_a_group = 1;    // a row of codes, or the k rows of slots that were loaded
  std::vector<std::uint8_t> rows;  // [group][row][lane]

  /// Appends a group, g rows as they came in the packet: bad codes become zero, INT8 slots.
  void load(const ControlWord& control, int lanes, std::span<const std::uint8_t> group_rows);

  /// The rows of one group.
  std::span<const std::uint8_t> group(std::size_t index, int lanes) const {
    const std::size_t bytes = rows_a_group * static_cast<std::size_t>(lanes);
    return std::span(rows).subspan(index * bytes, bytes);
  }
};

/// All rows of a tile's packet, loaded; not for `reuse`, whose rows are those of an earlier tile.
BufferedRows load_rows(const Tile& tile, const PeConfig& config);

/// One activation vector through one tile: the chain of emulator_steps.hpp and emulator_digits.hpp
/// with its segments. Usable for any number of vectors, one after the other. Keeps copies of the
/// tile's tables, not its weights.
class VectorEmulator {
 public:
  VectorEmulator(const Tile& tile, const PeConfig& config);

  /// Counts the next group of inputs: g activations (one in exponential; fewer at the end of the
  /// vector) against the group's rows in the buffer.
  void group(std::span<const std::uint16_t> activations, std::span<const std::uint8_t> rows);

  /// After the last input: writes valid_lanes results and starts over.
  void finish(std::span<std::uint16_t> results);

  Status status() const { return status_; }
  const EmulatorCounters& counters() const { return counters_; }

 private:
  void count_digits(std::span<const std::uint16_t> activations,
                    std::span<const std::uint8_t> slots);
  void end_segment();
  void start_vector();
  bool exponential() const { return control_.number_system == kExponential; }

  ControlWord control_;
  float base_;
  std::uint32_t steps_a_group_;
  std::vector<std::uint16_t> boundaries_;
  std::vector<LaneCoefficients> lanes_;  // the valid ones
  CounterBank bank_;
  Sums sums_;
  std::vector<float> accumulators_;    // exponential
  std::vector<std::uint32_t> totals_;  // uniform and reveal, two's complement
  std::vector<SignedDigits> digits_;   // of the group in work
  std::uint32_t in_segment_ = 0;
  Status status_ = 0;
  EmulatorCounters counters_;
};

}  // namespace tally
