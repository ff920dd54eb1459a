// SPDX-License-Identifier: Apache-2.0
// Random legal tiles for tests: parameters as a search would choose them, kept small enough that
// FP16 results stay finite.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "golden/core/half.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally::testing {

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
  tile.weights.resize(std::size_t{shape.inputs} * static_cast<std::size_t>(config.lanes));
  for (std::size_t at = 0; at < tile.weights.size(); ++at) {
    if (at % static_cast<std::size_t>(config.lanes) >= shape.lanes) continue;
    const auto index = static_cast<std::uint8_t>(rng() % (1u << n));
    tile.weights[at] = static_cast<std::uint8_t>(index | (index != 0 && rng() % 2 ? 0x80 : 0));
  }
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

}  // namespace tally::testing
