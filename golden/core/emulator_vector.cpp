// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator_vector.hpp"

namespace tally {

VectorEmulator::VectorEmulator(const Tile& tile, const PeConfig& config)
    : control_(tile.control),
      base_(tile.base),
      boundaries_(tile.boundaries),
      lanes_(tile.lanes.begin(), tile.lanes.begin() + tile.control.valid_lanes),
      bank_(config.lanes, static_cast<int>(tile.control.n), config.cnt_w),
      accumulators_(lanes_.size()) {
  start_vector();
}

void VectorEmulator::start_vector() {
  in_segment_ = 0;
  bank_.clear();
  for (std::size_t lane = 0; lane < accumulators_.size(); ++lane) {
    accumulators_[lane] = lanes_[lane].bias;
  }
}

void VectorEmulator::input(std::uint16_t activation, std::span<const std::uint8_t> row) {
  const bool offset = control_.offset != 0;
  const Code code = step_quantize(boundaries_, activation, status_);
  counters_.steps += 1;
  counters_.term_pairs += static_cast<std::uint64_t>(step_count(bank_, code, row, offset, status_));
  if (++in_segment_ == control_.segment) end_segment();
}

void VectorEmulator::end_segment() {
  const bool offset = control_.offset != 0;
  step_horner(bank_, base_, offset, sums_);
  for (std::size_t lane = 0; lane < accumulators_.size(); ++lane) {
    accumulators_[lane] =
        step_scale(accumulators_[lane], lanes_[lane], sums_, static_cast<int>(lane), offset);
  }
  bank_.clear();
  in_segment_ = 0;
}

void VectorEmulator::finish(std::span<std::uint16_t> results) {
  if (in_segment_ != 0) end_segment();
  for (std::size_t lane = 0; lane < accumulators_.size(); ++lane) {
    results[lane] = step_output(accumulators_[lane], control_.relu != 0, status_);
  }
  counters_.vectors += 1;
  start_vector();
}

}  // namespace tally
