// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator.hpp"

#include <cassert>
#include <utility>

namespace tally {

Emulator::Emulator(const PeConfig& config) : config_(config) {
  weights_.beat_bytes = config_.lanes;
}

void Emulator::push_weights(const BeatStream& beats) {
  assert(beats.size() == 0 || beats.beat_bytes == config_.lanes);
  weights_.bytes.insert(weights_.bytes.end(), beats.bytes.begin(), beats.bytes.end());
  weights_.last.insert(weights_.last.end(), beats.last.begin(), beats.last.end());
  advance();
}

void Emulator::push_activations(std::span<const HalfBeat> beats) {
  activations_.insert(activations_.end(), beats.begin(), beats.end());
  advance();
}

std::vector<HalfBeat> Emulator::take_results() { return std::exchange(results_, {}); }

void Emulator::soft_reset() { *this = Emulator(PeConfig(config_)); }

void Emulator::advance() {
  for (bool progress = true; progress;) {
    switch (state_) {
      case State::kHeader:
        progress = header_beat();
        break;
      case State::kRows:
        progress = weight_row();
        break;
      case State::kVectors:
        progress = vector_input();
        break;
      case State::kDiscard:
        progress = false;
        break;
    }
  }
  if (state_ == State::kDiscard || !have_weights()) {
    weights_.bytes.clear();
    weights_.last.clear();
    weight_head_ = 0;
  }
  if (state_ == State::kDiscard || activation_head_ == activations_.size()) {
    activations_.clear();
    activation_head_ = 0;
  }
}

void Emulator::fail(StatusBit fault) {
  status_ |= fault;
  retire_engine();
  state_ = State::kDiscard;
}

Status Emulator::status() const { return status_ | (engine_ ? engine_->status() : 0); }

EmulatorCounters Emulator::counters() const {
  EmulatorCounters sum = counters_;
  if (engine_) sum.add(engine_->counters());
  return sum;
}

// Status and counters of the tile's engine become part of the whole.
void Emulator::retire_engine() {
  status_ = status();
  counters_ = counters();
  engine_.reset();
}

bool Emulator::header_beat() {
  if (!have_weights()) return false;
  const auto beat = weights_.beat(weight_head_);
  header_.insert(header_.end(), beat.begin(), beat.end());
  ++weight_head_;
  judge_header();
  return true;
}

// Judges each section of the header when it is complete.
void Emulator::judge_header() {
  const std::span<const std::uint8_t> bytes = header_;
  const std::size_t width = static_cast<std::size_t>(config_.lanes);
  const std::size_t beats = bytes.size() / width;
  const bool last = weights_.last[weight_head_ - 1] != 0;
  const std::size_t control_beats = packet_layout(ControlWord{}, config_).control;
  const bool complete =
      beats > control_beats && beats == layout_.control + layout_.boundaries + layout_.coefficients;
  if (last && !(complete && layout_.sent == 0)) return fail(kWeightEarly);
  if (beats == control_beats) {
    const ControlWords words = decode_control(bytes);
    if (!control_fault(words, config_, resident_).empty()) return fail(kBadControl);
    tile_ = Tile{};
    tile_.control = ControlWord::decode(words);
    layout_ = packet_layout(tile_.control, config_);
  }
  if (beats == layout_.control + layout_.boundaries) {
    const auto section = bytes.subspan(layout_.control * width);
    tile_.boundaries = decode_boundaries(section, static_cast<int>(tile_.control.n));
    if (!boundaries_fault(tile_.boundaries).empty()) return fail(kBadBoundaries);
  }
  if (!complete) return;
  if (layout_.sent == 0 && !last) return fail(kWeightLate);
  const auto section = bytes.subspan((layout_.control + layout_.boundaries) * width);
  tile_.base = decode_base(section);
  tile_.lanes = decode_coefficients(section, config_.lanes);
  header_.clear();
  resident_ = resident_after(tile_.control, config_, resident_);
  if (tile_.control.reuse == 0) buffer_ = BufferedRows{};
  row_ = 0;
  if (layout_.streamed || layout_.sent == 0) {
    start_vectors();
  } else {
    state_ = State::kRows;
  }
}

void Emulator::start_vectors() {
  engine_ = std::make_unique<VectorEmulator>(tile_, config_);
  row_ = 0;
  vector_ = 0;
  state_ = State::kVectors;
}

// Takes one row of the packet; false on a fault. Completes a group when it is the last of one.
bool Emulator::take_row(bool want_last) {
  const bool last = weights_.last[weight_head_] != 0;
  if (last != want_last) {
    fail(last ? kWeightEarly : kWeightLate);
    return false;
  }
  for (const std::uint8_t code : weights_.beat(weight_head_++)) {
    if (weight_is_bad(code, tile_.control)) status_ |= kBadWeight;
    group_rows_.push_back(code);
  }
  if ((row_ + 1) % group_size(tile_.control) == 0) {
    buffer_.load(tile_.control, config_.lanes, group_rows_);
    group_rows_.clear();
  }
  return true;
}

bool Emulator::weight_row() {
  if (!have_weights()) return false;
  const bool complete = row_ + 1 == layout_.rows;
  if (!take_row(complete)) return true;
  ++row_;
  if (complete) start_vectors();
  return true;
}

// One input of a vector, or, when the weights are streamed, one row that pads its last group.
bool Emulator::vector_input() {
  const ControlWord& control = tile_.control;
  const bool padding = row_ >= control.inputs;
  if (!padding && activation_head_ == activations_.size()) return false;
  if (layout_.streamed && !have_weights()) return false;
  const std::uint32_t rows =
      layout_.streamed ? static_cast<std::uint32_t>(layout_.rows) : control.inputs;
  const bool end_of_vector = row_ + 1 == rows;
  const bool end_of_tile = end_of_vector && vector_ + 1 == control.vectors;
  if (layout_.streamed && !take_row(end_of_tile)) return true;
  if (!padding) {
    const HalfBeat beat = activations_[activation_head_++];
    if (beat.last != (row_ + 1 == control.inputs)) {
      fail(beat.last ? kActivationEarly : kActivationLate);
      return true;
    }
    group_.push_back(beat.value);
  }
  const std::uint32_t group = row_ / group_size(control);
  ++row_;
  if (row_ % group_size(control) == 0 || end_of_vector) {
    engine_->group(group_, buffer_.group(layout_.streamed ? 0 : group, config_.lanes));
    group_.clear();
    if (layout_.streamed) buffer_.rows.clear();
  }
  if (end_of_vector) finish_vector(end_of_tile);
  return true;
}

void Emulator::finish_vector(bool end_of_tile) {
  std::vector<std::uint16_t> values(tile_.control.valid_lanes);
  engine_->finish(values);
  for (const std::uint16_t value : values) results_.push_back({value, false});
  row_ = 0;
  ++vector_;
  if (!end_of_tile) return;
  results_.back().last = true;
  retire_engine();
  counters_.tiles += 1;
  state_ = State::kHeader;
}

}  // namespace tally
