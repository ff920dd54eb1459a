// SPDX-License-Identifier: Apache-2.0
// Random tiles and activations for the benches of the processing element: legal, with the corners
// of every field, and not meant to look like a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "verif/pe_bench.hpp"

namespace tally::verif {

class RandomTiles {
 public:
  RandomTiles(const PeConfig& config, std::uint32_t seed) : config_(config), random_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::uint32_t from(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  ControlWord control(std::uint32_t max_inputs = 60, std::uint32_t max_vectors = 5) {
    ControlWord control;
    control.offset = below(2);
    control.relu = below(2);
    control.n = from(2, static_cast<std::uint32_t>(config_.max_n));
    control.inputs = one_in(8) ? 1 : from(1, max_inputs);
    control.valid_lanes = one_in(2) ? static_cast<std::uint32_t>(config_.lanes)
                                    : from(1, static_cast<std::uint32_t>(config_.lanes));
    control.segment = one_in(2) ? control.inputs : from(1, control.inputs + 3);
    control.vectors = from(1, max_vectors);
    return control;
  }

  /// The rest of a tile. A few in a hundred coefficients are extreme.
  Tile tile(const ControlWord& control) {
    Tile tile;
    tile.control = control;
    tile.base =
        1.0f + std::ldexp(static_cast<float>(from(1, 4096)), -12 + static_cast<int>(below(2)));
    tile.boundaries.assign(std::size_t{1} << control.n, 0);
    for (auto& boundary : tile.boundaries) {
      boundary = static_cast<std::uint16_t>(one_in(6) ? from(1, 0x7C00) : from(0x2000, 0x4400));
    }
    std::sort(tile.boundaries.begin(), tile.boundaries.end());
    tile.boundaries[0] = 0;
    tile.lanes.resize(static_cast<std::size_t>(config_.lanes));
    for (std::uint32_t lane = 0; lane < control.valid_lanes; ++lane) {
      tile.lanes[lane] = {coefficient(-12), coefficient(-8), coefficient(-8), coefficient(-4),
                          coefficient(1)};
      if (control.offset == 0) {
        tile.lanes[lane].c2 = tile.lanes[lane].c3 = tile.lanes[lane].c4 = 0;
      }
    }
    const auto lanes = static_cast<std::size_t>(config_.lanes);
    tile.weights.assign(lanes * control.inputs, 0);
    for (std::size_t row = 0; row < control.inputs; ++row) {
      for (std::size_t lane = 0; lane < control.valid_lanes; ++lane) {
        const auto index = below(1u << control.n);
        tile.weights[row * lanes + lane] =
            static_cast<std::uint8_t>(index | (index != 0 && below(2) ? 0x80 : 0));
      }
    }
    return tile;
  }

  /// Adds the tile's packet and its activation vectors.
  void append(const Tile& tile, PeInput& input) {
    input.weights.beat_bytes = config_.lanes;
    append_packet(tile, config_, input.weights);
    for (std::uint32_t vector = 0; vector < tile.control.vectors; ++vector) {
      for (std::uint32_t k = 0; k < tile.control.inputs; ++k) {
        input.activations.push_back({activation(), k + 1 == tile.control.inputs});
      }
    }
  }

  PeInput sequence(int tiles, std::uint32_t max_inputs = 60) {
    PeInput input;
    for (int i = 0; i < tiles; ++i) append(tile(control(max_inputs)), input);
    return input;
  }

  std::uint16_t activation() {
    if (one_in(4)) return one_in(2) ? 0 : 0x8000;
    if (one_in(50)) return static_cast<std::uint16_t>(one_in(4) ? 0x7E01 : 0x7C00 | below(2) << 15);
    return static_cast<std::uint16_t>(from(0x1800, 0x4800) | below(2) << 15);
  }

 private:
  float coefficient(int exponent) {
    if (one_in(150)) exponent += 100;
    if (one_in(150)) exponent -= 120;
    return std::ldexp(static_cast<float>(from(1, 1 << 24)), exponent - 24) *
           (below(2) ? 1.f : -1.f);
  }

  const PeConfig& config_;
  std::mt19937 random_;
};

}  // namespace tally::verif
