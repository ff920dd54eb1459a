// SPDX-License-Identifier: Apache-2.0
#include "golden/core/slot_sums.hpp"

#include "golden/core/group_selection.hpp"

namespace tally {

SlotSums slot_sums(const ControlWord& control, const PeConfig& config, const BufferedRows& rows) {
  SlotSums sums;
  if (control.number_system == kExponential) return sums;
  const auto lanes = static_cast<std::size_t>(config.lanes);
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
