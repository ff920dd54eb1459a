// SPDX-License-Identifier: Apache-2.0
// Tile packets as bytes: what the weight stream of the processing element carries
// (docs/tile-packet.md, "Packet").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/core/control_word.hpp"
#include "golden/core/pe_config.hpp"

namespace tally {

/// Beats of a stream, all beat_bytes wide: byte j of a beat is bits 8j+7..8j.
struct BeatStream {
  int beat_bytes = 0;
  std::vector<std::uint8_t> bytes;  // size() * beat_bytes
  std::vector<std::uint8_t> last;   // TLAST of each beat, 0 or 1

  std::size_t size() const { return last.size(); }
  std::span<const std::uint8_t> beat(std::size_t index) const {
    const auto width = static_cast<std::size_t>(beat_bytes);
    return std::span(bytes).subspan(index * width, width);
  }
  void push(std::span<const std::uint8_t> data, bool is_last) {
    bytes.insert(bytes.end(), data.begin(), data.end());
    last.push_back(is_last ? 1 : 0);
  }
};

/// Post-processing of one output channel (docs/number-systems.md, "Result, exponential").
struct LaneCoefficients {
  float c1 = 0, c2 = 0, c3 = 0, c4 = 0, bias = 0;
  bool operator==(const LaneCoefficients&) const = default;
};

/// One tile: up to Lanes output channels of a layer.
struct Tile {
  ControlWord control;
  float base = 0;
  std::vector<std::uint16_t> boundaries;  // 2^n binary16: entry 0 is 0, entry j is t[j]
  std::vector<LaneCoefficients> lanes;    // Lanes of them, unused ones zero
  // Exponential: [inputs][Lanes] codes {sign, index[6:0]}. Uniform and reveal: [groups*g][Lanes]
  // INT8, rows from `inputs` on zero; none with `reuse`.
  std::vector<std::uint8_t> weights;
};

/// Beats of the sections of a packet.
struct PacketLayout {
  std::size_t control;
  std::size_t boundaries;
  std::size_t coefficients;
  std::size_t rows;  // weight rows that serve one vector: K, or groups*g; 0 with reuse
  std::size_t sent;  // weight rows in the packet: rows, or rows * vectors when streamed
  bool streamed;     // the buffer cannot hold a vector's rows: they come again with every vector
};

/// Layout of a packet whose control word is legal.
PacketLayout packet_layout(const ControlWord& control, const PeConfig& config);

/// The sections, from their bytes (padding may follow).
ControlWords decode_control(std::span<const std::uint8_t> bytes);
std::vector<std::uint16_t> decode_boundaries(std::span<const std::uint8_t> bytes, int n);
float decode_base(std::span<const std::uint8_t> bytes);
std::vector<LaneCoefficients> decode_coefficients(std::span<const std::uint8_t> bytes, int lanes);

/// Why the hardware sets bad_boundaries: entry 1.. descending or outside 0x0001..0x7C00. Empty
/// when legal; entry 0 is not judged.
std::string boundaries_fault(std::span<const std::uint16_t> boundaries);

/// Does the hardware set bad_weight for this code? In exponential an index >= 2^n, which counts as
/// zero; in uniform and reveal -128, which is taken as -127.
inline bool weight_is_bad(std::uint8_t code, const ControlWord& control) {
  return control.number_system == kExponential ? ((code & 0x7F) >> control.n) != 0 : code == 0x80;
}

/// Appends the packet of `tile`; TLAST on its last beat. The tile's sizes must fit its control word
/// and the configuration (Error otherwise); whether its contents are legal is not judged, so that
/// tests can send faults.
void append_packet(const Tile& tile, const PeConfig& config, BeatStream& stream);

/// Reads the packet that starts at beat `position` and moves `position` behind it; `resident` is
/// what the packet before left, and becomes what this one leaves. Stricter than the hardware:
/// anything a correct writer never sends (faults, truncation, non-zero padding, padding rows or
/// unused lanes, streamed rows that differ between vectors) is an Error naming the beat.
Tile parse_packet(const BeatStream& stream, std::size_t& position, const PeConfig& config,
                  ResidentSlots& resident);

/// The same for a packet that stands alone.
Tile parse_packet(const BeatStream& stream, std::size_t& position, const PeConfig& config);

}  // namespace tally
