// SPDX-License-Identifier: Apache-2.0
// Packed storage of codes: n+1 bits a value, index in the low n bits and the sign above, least
// significant bit first within bytes, the last byte padded with zeros.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tally {

/// Bytes that `count` values of n bits and sign take.
constexpr std::size_t packed_size(std::size_t count, int n) {
  return (count * static_cast<std::size_t>(n + 1) + 7) / 8;
}

/// Packs codes ({sign, index[6:0]} bytes). Throws Error when an index does not fit n bits.
std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, int n);

/// Inverse of pack_codes. Throws Error when bytes.size() is not packed_size(count, n), when a
/// padding bit is set, or when a zero has a sign.
std::vector<std::uint8_t> unpack_codes(std::span<const std::uint8_t> bytes, int n,
                                       std::size_t count);

}  // namespace tally
