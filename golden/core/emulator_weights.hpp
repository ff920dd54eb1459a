// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/tile_packet.hpp"

namespace tally {

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

}  // namespace tally
