// SPDX-License-Identifier: Apache-2.0
#include "golden/core/slot_sums.hpp"

#include <algorithm>
#include <span>

#include "golden/core/group_selection.hpp"
#include "golden/core/half.hpp"

namespace tally {

namespace {

// The quantizer's answer for each magnitude: index j from boundary j up to the next.
std::vector<std::uint8_t> quantizer_table(std::span<const std::uint16_t> boundaries) {
  std::vector<std::uint8_t> indexes(0x8000, 0);
  for (std::size_t j = 1; j < boundaries.size(); ++j) {
    const std::size_t end = j + 1 < boundaries.size() ? boundaries[j + 1] : kHalfInfinity + 1;
    std::fill(indexes.begin() + boundaries[j], indexes.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::uint8_t>(j));
  }
  return indexes;
}

}  // namespace

SlotSums slot_sums(const Tile& tile, const PeConfig& config, const BufferedRows& rows) {
  const ControlWord& control = tile.control;
  SlotSums sums;
  if (control.number_system == kExponential) return sums;
  const auto lanes = static_cast<std::size_t>(config.lanes);
  sums.indexes = quantizer_table(tile.boundaries);
  sums.values.assign(control.inputs * lanes, 0);
  sums.row_terms.assign(control.inputs, 0);
  const std::size_t segments = (control.inputs + control.segment - 1) / control.segment;
  std::vector<std::uint32_t> lane_terms(segments * lanes, 0);
  for (std::size_t group = 0; group < groups_of(control); ++group) {
    const auto slots = rows.group(group, config.lanes);
    for (std::size_t at = 0; at < control.budget * lanes; ++at) {
      const std::uint8_t slot = slots[at];
      const std::size_t lane = at % lanes;
      const std::size_t input =
          group * group_size(control) + static_cast<std::size_t>(slot_position(slot));
      if (!slot_is_valid(slot) || input >= control.inputs) continue;
      const int power = 1 << slot_exponent(slot);
      std::int16_t& value = sums.values[input * lanes + lane];
      value = static_cast<std::int16_t>(value + (slot_is_negative(slot) ? -power : power));
      ++sums.row_terms[input];
      ++lane_terms[input / control.segment * lanes + lane];
    }
  }
  const std::uint32_t most = (1u << (config.cnt_w - 1)) - 1;
  for (std::size_t s = 0; s < segments; ++s) {
    bool safe = true;
    for (std::size_t lane = 0; lane < lanes; ++lane) safe &= lane_terms[s * lanes + lane] <= most;
    sums.safe.push_back(safe ? 1 : 0);
  }
  return sums;
}

}  // namespace tally
