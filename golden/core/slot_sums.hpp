// SPDX-License-Identifier: Apache-2.0
// A shortcut of the emulator for uniform and reveal: where no counter can overflow, counting term
// pairs gives exactly the integer product of the truncated values, and the product is quicker.
#pragma once

#include <cstdint>
#include <vector>

#include "golden/core/emulator_weights.hpp"

namespace tally {

/// What the slots in use of a tile add up to, and its quantizer as one look-up.
struct SlotSums {
  std::vector<std::uint8_t> indexes;     // [32768]: of every binary16 magnitude, NaN 0
  std::vector<std::int16_t> values;      // [K][lanes]: sum of an input's slots
  std::vector<std::uint32_t> row_terms;  // [K]: slots of an input, over all lanes
  std::vector<std::uint8_t> safe;        // [segment of a vector]: 1 if no counter can overflow

  /// May segment number `segment` of a vector be summed instead of counted?
  bool is_safe(std::size_t segment) const { return segment < safe.size() && safe[segment] != 0; }
};

/// The sums of the first k slots of every group in `rows`, which is what `tile` computes with. A
/// segment is safe when every lane has at most 2^(CntW-1)-1 slots in it: a slot counts at most once
/// in each counter for a data value. Exponential tiles have none: every segment is counted.
SlotSums slot_sums(const Tile& tile, const PeConfig& config, const BufferedRows& rows);

}  // namespace tally
