// SPDX-License-Identifier: Apache-2.0
// The processing element as streams in, streams out: equal to tally_pe bit for bit, faults included
// (docs/tile-packet.md). It has no clock: it does all it can with the beats it was given.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "golden/core/emulator_vector.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally {

/// A beat of the activation or result stream.
struct HalfBeat {
  std::uint16_t value;  // binary16
  bool last;
  bool operator==(const HalfBeat&) const = default;
};

class Emulator {
 public:
  explicit Emulator(const PeConfig& config);

  /// Accepts beats and works as far as they allow. The streams may come in any order and in pieces.
  void push_weights(const BeatStream& beats);
  void push_activations(std::span<const HalfBeat> beats);

  /// The results since the last call.
  std::vector<HalfBeat> take_results();

  /// Sticky bits and counts so far, those of the tile in work included.
  Status status() const;
  EmulatorCounters counters() const;

  /// Back to the state after construction; beats and results not yet taken are lost.
  void soft_reset();

 private:
  enum class State { kHeader, kRows, kVectors, kDiscard };

  void advance();
  bool header_beat();
  bool weight_row();
  bool vector_input();
  bool take_row(bool want_last);
  void judge_header();
  void start_vectors();
  void finish_vector(bool end_of_tile);
  void fail(StatusBit fault);
  void retire_engine();
  bool have_weights() const { return weight_head_ < weights_.size(); }

  PeConfig config_;
  BeatStream weights_;  // queue, from weight_head_
  std::size_t weight_head_ = 0;
  std::vector<HalfBeat> activations_;  // queue, from activation_head_
  std::size_t activation_head_ = 0;
  std::vector<HalfBeat> results_;

  State state_ = State::kHeader;
  std::vector<std::uint8_t> header_;
  Tile tile_;  // without its weights
  PacketLayout layout_{};
  ResidentSlots resident_;                  // what the packet before left
  BufferedRows buffer_;                     // all rows, or those of the group in work when streamed
  std::vector<std::uint8_t> group_rows_;    // rows of an unfinished group, as they came
  std::vector<std::uint16_t> group_;        // activations of an unfinished group
  std::unique_ptr<VectorEmulator> engine_;  // of tile_, while in kVectors
  std::uint32_t row_ = 0;  // rows of the packet, or inputs and padding of this vector
  std::uint32_t vector_ = 0;
  Status status_ = 0;
  EmulatorCounters counters_;
};

}  // namespace tally
