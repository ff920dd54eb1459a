// SPDX-License-Identifier: Apache-2.0
// Random legal tiles for the tests of emulator and hardware, of two kinds: random_tile() has
// exponential parameters as a search would choose them, small enough that binary16 results stay
// finite; RandomTiles draws every field of every number system with its corners and is not meant to
// look like a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "golden/core/half.hpp"
#include "golden/core/signed_digits.hpp"
#include "golden/core/tile_packet.hpp"
#include "golden/program/program.hpp"

namespace tally::testing {

/// Legal weights for this control word, [rows][Lanes]; unused lanes and padding rows are zero, a
/// packet with reuse has none.
template <class Random>
std::vector<std::uint8_t> random_weights(const ControlWord& control, const PeConfig& config,
                                         Random& random) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  const bool exponential = control.number_system == kExponential;
  std::vector<std::uint8_t> weights(packet_layout(control, config).rows * lanes);
  if (weights.empty()) return weights;
  for (std::size_t row = 0; row < control.inputs; ++row) {
    for (std::size_t lane = 0; lane < control.valid_lanes; ++lane) {
      const auto index = random() % (1u << control.n);
      // In INT8, indexes 0..127 with a sign: -127..127.
      const bool negative = index != 0 && random() % 2 != 0;
      weights[row * lanes + lane] = static_cast<std::uint8_t>(
          exponential ? index | (negative ? 0x80 : 0) : (negative ? 256 - index : index));
    }
  }
  return weights;
}

/// The real-valued parameters a random tile was made from.
struct TileReals {
  double base, alpha_a, beta_a;
  std::vector<double> alpha_w, beta_w, bias;  // per lane
};

struct TileShape {
  int n = 3;
  std::uint32_t inputs = 10, lanes = 4, segment = 10, vectors = 1;
  bool offset = true, relu = false;
};

/// m[j] = alpha * b^(j - 2^(n-1)) + beta, m[0] = 0.
inline double magnitude(const TileReals& r, double alpha, double beta, int n, int index) {
  return index == 0 ? 0.0 : alpha * std::pow(r.base, index - (1 << (n - 1))) + beta;
}

inline Tile random_tile(const TileShape& shape, const PeConfig& config, std::mt19937& rng,
                        TileReals* reals_out = nullptr) {
  const auto uniform = [&rng](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(rng);
  };
  const int n = shape.n;
  const int r_max = (1 << (n - 1)) - 1;
  Tile tile;
  tile.control.offset = shape.offset;
  tile.control.relu = shape.relu;
  tile.control.n = static_cast<std::uint32_t>(n);
  tile.control.inputs = shape.inputs;
  tile.control.valid_lanes = shape.lanes;
  tile.control.segment = shape.segment;
  tile.control.vectors = shape.vectors;

  TileReals reals;
  tile.base = static_cast<float>(std::pow(uniform(2.0, 8.0), 1.0 / r_max));
  reals.base = tile.base;
  const double lowest = std::pow(reals.base, -r_max);
  reals.alpha_a = uniform(0.1, 0.4);
  reals.beta_a = shape.offset ? uniform(-0.4, 0.4) * reals.alpha_a * lowest : 0.0;

  tile.boundaries = {0, half_from_double_up(uniform(0.0, 0.01))};
  tile.boundaries[1] = std::max<std::uint16_t>(tile.boundaries[1], kHalfSmallest);
  for (int j = 2; j < 1 << n; ++j) {
    const double between = 0.5 * (magnitude(reals, reals.alpha_a, reals.beta_a, n, j - 1) +
                                  magnitude(reals, reals.alpha_a, reals.beta_a, n, j));
    tile.boundaries.push_back(std::max(half_from_double_up(between), tile.boundaries[1]));
  }
  tile.lanes.resize(static_cast<std::size_t>(config.lanes));
  for (std::size_t lane = 0; lane < shape.lanes; ++lane) {
    const double alpha = uniform(0.02, 0.1);
    const double beta = shape.offset ? uniform(-0.4, 0.4) * alpha * lowest : 0.0;
    LaneCoefficients& c = tile.lanes[lane];
    c.c1 = static_cast<float>(reals.alpha_a * alpha * lowest * lowest);
    c.c2 = static_cast<float>(alpha * reals.beta_a * lowest);
    c.c3 = static_cast<float>(reals.alpha_a * beta * lowest);
    c.c4 = static_cast<float>(reals.beta_a * beta);
    c.bias = static_cast<float>(uniform(-1.0, 1.0));
    reals.alpha_w.push_back(alpha);
    reals.beta_w.push_back(beta);
    reals.bias.push_back(c.bias);
  }
  tile.weights = random_weights(tile.control, config, rng);
  if (reals_out != nullptr) *reals_out = reals;
  return tile;
}

/// Normal values, about a third of them zero, as binary16.
inline std::vector<std::uint16_t> random_activations(std::size_t count, std::mt19937& rng) {
  std::normal_distribution<double> normal(0.0, 0.6);
  std::vector<std::uint16_t> values(count);
  for (auto& v : values) v = rng() % 3 == 0 ? 0 : half_from_double(normal(rng));
  return values;
}

class RandomTiles {
 public:
  RandomTiles(const PeConfig& config, std::uint32_t seed) : config_(config), random_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::uint32_t from(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  /// Exponential.
  ControlWord control(std::uint32_t max_inputs = 60, std::uint32_t max_vectors = 5) {
    ControlWord control = shape(max_inputs, max_vectors);
    control.offset = below(2);
    control.n = from(2, static_cast<std::uint32_t>(config_.max_n));
    return control;
  }

  /// Uniform or reveal: any g, k, s and encoding. Long vectors with many slots are streamed.
  ControlWord digit_control(std::uint32_t max_inputs = 60, std::uint32_t max_vectors = 5) {
    ControlWord control = shape(max_inputs, max_vectors);
    control.number_system = one_in(3) ? kUniform : kReveal;
    control.n = 7;
    control.log2_group = below(4);
    control.segment =
        (control.segment + group_size(control) - 1) / group_size(control) * group_size(control);
    control.hese = below(2);
    draw_digits(control);
    return control;
  }

  /// A control word that reuses the slots of this one, which must leave some: fewer slots of each
  /// group, any terms, vectors, ReLU, segment and lanes.
  ControlWord reuse_control(const ControlWord& loaded, std::uint32_t max_vectors = 5) {
    ControlWord control = digit_control(loaded.inputs, max_vectors);
    control.reuse = 1;
    control.inputs = loaded.inputs;
    control.hese = loaded.hese;
    control.log2_group = loaded.log2_group;
    control.segment = group_size(control) * from(1, groups_of(control));
    draw_digits(control);
    if (control.budget > loaded.budget) {
      control.number_system = kReveal;
      control.select = 1;
      control.budget = from(1, loaded.budget);
    }
    return control;
  }

  /// The rest of a tile. A few in a hundred coefficients are extreme.
  Tile tile(const ControlWord& control) {
    Tile tile;
    tile.control = control;
    const bool exponential = control.number_system == kExponential;
    tile.base =
        1.0f + std::ldexp(static_cast<float>(from(1, 4096)), -12 + static_cast<int>(below(2)));
    if (!exponential) tile.base = 2.0f;
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
      if (!exponential || control.offset == 0) {
        tile.lanes[lane].c2 = tile.lanes[lane].c3 = tile.lanes[lane].c4 = 0;
      }
    }
    tile.weights = random_weights(control, config_, random_);
    return tile;
  }

  /// Adds the tile's packet and its activation vectors.
  void append(const Tile& tile, Streams& streams) {
    streams.weights.beat_bytes = config_.lanes;
    append_packet(tile, config_, streams.weights);
    for (std::uint32_t vector = 0; vector < tile.control.vectors; ++vector) {
      for (std::uint32_t k = 0; k < tile.control.inputs; ++k) {
        streams.activations.push_back({activation(), k + 1 == tile.control.inputs});
      }
    }
  }

  /// Exponential tiles.
  Streams sequence(int tiles, std::uint32_t max_inputs = 60) {
    Streams streams;
    for (int i = 0; i < tiles; ++i) append(tile(control(max_inputs)), streams);
    return streams;
  }

  /// Tiles of all number systems; every other tile that can reuse the slots before it does.
  Streams mixed_sequence(int tiles, std::uint32_t max_inputs = 60) {
    Streams streams;
    ResidentSlots resident;
    for (int i = 0; i < tiles; ++i) {
      ControlWord next = one_in(3) ? control(max_inputs) : digit_control(max_inputs);
      if (resident.usable && one_in(2)) {
        next.inputs = resident.inputs;
        next.log2_group = resident.log2_group;
        next.hese = resident.hese;
        next.budget = resident.budget;
        next = reuse_control(next);
      }
      resident = resident_after(next, config_, resident);
      append(tile(next), streams);
    }
    return streams;
  }

  std::uint16_t activation() {
    if (one_in(4)) return one_in(2) ? 0 : 0x8000;
    if (one_in(50)) return static_cast<std::uint16_t>(one_in(4) ? 0x7E01 : 0x7C00 | below(2) << 15);
    return static_cast<std::uint16_t>(from(0x1800, 0x4800) | below(2) << 15);
  }

 private:
  ControlWord shape(std::uint32_t max_inputs, std::uint32_t max_vectors) {
    ControlWord control;
    control.relu = below(2);
    control.inputs = one_in(8) ? 1 : from(1, max_inputs);
    control.valid_lanes = one_in(2) ? static_cast<std::uint32_t>(config_.lanes)
                                    : from(1, static_cast<std::uint32_t>(config_.lanes));
    control.segment = one_in(2) ? control.inputs : from(1, control.inputs + 3);
    control.vectors = from(1, max_vectors);
    return control;
  }

  // select, budget and terms for the number system, encoding and group already chosen.
  void draw_digits(ControlWord& control) {
    const auto most = static_cast<std::uint32_t>(max_digits(hardware_encoding(control.hese != 0)));
    const bool reveal = control.number_system == kReveal;
    control.select = reveal;
    control.terms = reveal ? from(1, most) : most;
    control.budget = most * group_size(control);
    if (reveal) control.budget = from(1, one_in(2) ? control.budget : 2 * group_size(control));
  }

  float coefficient(int exponent) {
    if (one_in(150)) exponent += 100;
    if (one_in(150)) exponent -= 120;
    return std::ldexp(static_cast<float>(from(1, 1 << 24)), exponent - 24) *
           (below(2) ? 1.f : -1.f);
  }

  const PeConfig& config_;
  std::mt19937 random_;
};

}  // namespace tally::testing
