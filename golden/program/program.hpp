// SPDX-License-Identifier: Apache-2.0
// The planner's last step: one layer's parameters become tile packets and activation streams.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/core/emulator.hpp"
#include "golden/core/pe_config.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally {

/// One fully connected layer (or a convolution after im2col), quantized, as the device computes it.
struct DeviceLayer {
  std::string name;  // for messages
  int n = 0;         // bits of the exponent
  float base = 0;
  bool offset = false;  // count AC2, AC3 and N too; must be on if any c2, c3 or c4 is not zero
  bool relu = false;
  std::vector<std::uint16_t> boundaries;   // 2^n binary16, entry 0 zero
  std::size_t inputs = 0;                  // K
  std::size_t segment = 0;                 // SegLen, proved free of counter overflow
  std::vector<LaneCoefficients> channels;  // [outputs]
  std::vector<std::uint8_t> weights;       // [outputs][inputs] codes {sign, index[6:0]}
};

/// A layer cut into tiles of Lanes output channels, for one configuration. vectors in the control
/// words is 1 until the streams are made.
struct Program {
  std::string layer;
  PeConfig config{};
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<Tile> tiles;
};

/// What goes into a device, beat by beat.
struct Streams {
  BeatStream weights;
  std::vector<HalfBeat> activations;
};

/// Cuts the layer into tiles. Error naming layer and value when the configuration or the number
/// format cannot do it: n above MaxN, K or SegLen too wide, illegal boundaries, base or
/// coefficients (docs/number-systems.md, "Result": K*b^(4*Rmax) < 2^126, non-zero c normal), bad
/// weight codes.
Program make_program(const DeviceLayer& layer, const PeConfig& config);

/// Streams for these activations, binary16 [vectors][inputs], at least one vector:
/// each tile's packet, and all vectors once a tile.
Streams make_streams(const Program& program, std::span<const std::uint16_t> activations);

/// Results as the device sends them, [tile][vector][lane], to [vectors][outputs]. Error naming the
/// layer unless there are exactly as many as the program makes, TLAST at the end of each tile.
std::vector<std::uint16_t> order_results(const Program& program, std::size_t vectors,
                                         std::span<const HalfBeat> results);

}  // namespace tally
