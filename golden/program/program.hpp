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
  NumberSystem number_system = kExponential;
  int n = 0;            // bits of the exponent; 7 in uniform and reveal
  float base = 0;       // exponential
  bool offset = false;  // count AC2, AC3 and N too; must be on if any c2, c3 or c4 is not zero
  bool hese = false;    // uniform and reveal: signed digits, else binary
  int group = 1;        // g, 1 in exponential
  int budget = 0;       // k, 0 in exponential
  int terms = 0;        // s, 0 in exponential
  bool relu = false;
  std::vector<std::uint16_t> boundaries;   // 2^n binary16, entry 0 zero
  std::size_t inputs = 0;                  // K
  std::size_t segment = 0;                 // SegLen, proved free of counter overflow
  std::vector<LaneCoefficients> channels;  // [outputs]; uniform and reveal: c1 is the scale
  /// [outputs][inputs] codes {sign, index[6:0]}; uniform and reveal: INT8 in two's complement.
  std::vector<std::uint8_t> weights;
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

/// Cuts the layer into tiles; in uniform and reveal the last group of inputs is padded with zeros.
/// Error naming layer and value when check_layer() refuses it.
Program make_program(const DeviceLayer& layer, const PeConfig& config);

/// The same tiles with another budget and number of terms on the slots that `loaded` left in the
/// weight buffer: no weights, `reuse` set. Error naming layer and value unless the slots fit the
/// buffer and budget and terms are 1.. and not above those loaded (4 or 7 for terms).
Program reuse_program(const Program& loaded, int budget, int terms);

/// Steps in which the lanes count for this many vectors, all tiles: the least cycles a device
/// needs.
std::uint64_t counting_steps(const Program& program, std::size_t vectors);

/// Streams for these activations, binary16 [vectors][inputs], at least one vector:
/// each tile's packet, and all vectors once a tile.
Streams make_streams(const Program& program, std::span<const std::uint16_t> activations);

/// The same for programs of one layer, cut alike: tile 0 of each program in turn, then tile 1, and
/// so on. With {loaded, reuse_program(loaded, ...), ...} every tile's weights are loaded once and
/// serve all budgets.
Streams make_streams(std::span<const Program> programs, std::span<const std::uint16_t> activations);

/// The same with activations of its own for each program, all of equally many vectors.
Streams make_streams(std::span<const Program> programs,
                     std::span<const std::span<const std::uint16_t>> activations);

/// Results as the device sends them, [tile][vector][lane], to [vectors][outputs]. DeviceFault
/// naming the layer unless there are exactly as many as the program makes, TLAST at the end of each
/// tile.
std::vector<std::uint16_t> order_results(const Program& program, std::size_t vectors,
                                         std::span<const HalfBeat> results);

/// The same for several programs, [tile][program][vector][lane]: one result a program.
std::vector<std::vector<std::uint16_t>> order_results(std::span<const Program> programs,
                                                      std::size_t vectors,
                                                      std::span<const HalfBeat> results);

}  // namespace tally
