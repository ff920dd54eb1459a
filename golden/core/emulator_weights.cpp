// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator_weights.hpp"

#include "golden/core/emulator_digits.hpp"

namespace tally {

void BufferedRows::load(const ControlWord& control, int lanes,
                        std::span<const std::uint8_t> group_rows) {
  rows_a_group = buffer_rows_a_group(control);
  if (control.number_system != kExponential) {
    return step_load_group(control, lanes, group_rows, rows);
  }
  for (const std::uint8_t code : group_rows) {
    rows.push_back(weight_is_bad(code, control) ? 0 : code);
  }
}

BufferedRows load_rows(const Tile& tile, const PeConfig& config) {
  BufferedRows buffer;
  const std::size_t bytes = group_size(tile.control) * static_cast<std::size_t>(config.lanes);
  for (std::size_t at = 0; at < tile.weights.size(); at += bytes) {
    buffer.load(tile.control, config.lanes, std::span(tile.weights).subspan(at, bytes));
  }
  return buffer;
}

}  // namespace tally
