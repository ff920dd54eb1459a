// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/emulator_steps.hpp"
#include "golden/core/signed_digits.hpp"
#include "golden/core/slot_sums.hpp"
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

/// One activation vector through one tile: the chain of emulator_steps.hpp and emulator_digits.hpp
/// with its segments. Usable for any number of vectors, one after the other. Keeps copies of the
/// tile's tables, not its weights.
class VectorEmulator {
 public:
  VectorEmulator(const Tile& tile, const PeConfig& config);

  /// Counts the next group of inputs: g activations (one in exponential; fewer at the end of the
  /// vector) against the group's rows in the buffer.
  void group(std::span<const std::uint16_t> activations, std::span<const std::uint8_t> rows);

  /// A whole vector on all rows of the tile: group() for every group, except in segments that
  /// `sums` calls safe, whose integer product is taken instead; then finish(). The same results,
  /// status and counters either way; SlotSums{} counts everything.
  void vector(std::span<const std::uint16_t> activations, const BufferedRows& rows,
              const SlotSums& sums, std::span<std::uint16_t> results);

  /// After the last input: writes valid_lanes results and starts over.
  void finish(std::span<std::uint16_t> results);

  Status status() const { return status_; }
  const EmulatorCounters& counters() const { return counters_; }

 private:
  void count_digits(std::span<const std::uint16_t> activations,
                    std::span<const std::uint8_t> slots);
  // What the limit of s digits leaves of a data value.
  struct KeptLevel {
    std::int32_t value;
    std::uint32_t terms;
  };

  void sum_segment(std::span<const std::uint16_t> activations, std::size_t first,
                   const SlotSums& sums);
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
  std::vector<std::uint32_t> totals_;  // [lanes] uniform and reveal, two's complement
  std::vector<SignedDigits> digits_;   // of the group in work
  std::vector<KeptLevel> kept_;        // by the magnitude of a data value
  std::uint32_t in_segment_ = 0;
  Status status_ = 0;
  EmulatorCounters counters_;
};

}  // namespace tally
