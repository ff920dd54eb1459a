// SPDX-License-Identifier: Apache-2.0
#include "golden/core/packed.hpp"

#include <fmt/core.h>

#include "golden/core/error.hpp"
#include "golden/core/level_table.hpp"

namespace tally {

std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, int n) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(packed_size(codes.size(), n));
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(code_index(codes[i]));
    if (index >= (1u << n)) {
      throw Error(fmt::format("packing: index {} of value {} does not fit {} bits", index, i, n));
    }
    const std::uint32_t sign = code_is_negative(codes[i]) ? 1 : 0;
    pending |= (index | (sign << n)) << pending_bits;
    for (pending_bits += n + 1; pending_bits >= 8; pending_bits -= 8, pending >>= 8) {
      bytes.push_back(static_cast<std::uint8_t>(pending));
    }
  }
  if (pending_bits > 0) bytes.push_back(static_cast<std::uint8_t>(pending));
  return bytes;
}

std::vector<std::uint8_t> unpack_codes(std::span<const std::uint8_t> bytes, int n,
                                       std::size_t count) {
  if (bytes.size() != packed_size(count, n)) {
    throw Error(fmt::format("unpacking: {} bytes for {} values of {} bits and sign, expected {}",
                            bytes.size(), count, n, packed_size(count, n)));
  }
  std::vector<std::uint8_t> codes;
  codes.reserve(count);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending |= static_cast<std::uint32_t>(byte) << pending_bits;
    pending_bits += 8;
    for (; pending_bits >= n + 1 && codes.size() < count; pending_bits -= n + 1) {
      const std::uint32_t index = pending & ((1u << n) - 1);
      const bool negative = ((pending >> n) & 1) != 0;
      if (negative && index == 0) {
        throw Error(fmt::format("unpacking: value {} is a negative zero", codes.size()));
      }
      codes.push_back(make_code(negative, static_cast<int>(index)));
      pending >>= n + 1;
    }
  }
  if (pending != 0) throw Error("unpacking: padding bits are set");
  return codes;
}

}  // namespace tally
