// SPDX-License-Identifier: Apache-2.0
// Two references for the emulator, written from docs/number-systems.md without its code:
// level 1, real numbers; and the counting formulas, one lane at a time, with std::fma.
#pragma once

#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "golden/core/emulator.hpp"
#include "golden/tests/random_tile.hpp"

namespace tally::testing {

/// Index of |x| by comparing numbers, not bit patterns.
inline int reference_index(const Tile& tile, std::uint16_t x) {
  const float value = std::fabs(half_to_float(x));
  int index = 0;
  for (std::size_t j = 1; j < tile.boundaries.size(); ++j) {
    if (half_to_float(tile.boundaries[j]) <= value) ++index;
  }
  return index;  // NaN compares false everywhere: zero
}

struct RealResult {
  double value;
  double absolute_terms;  // sum of the absolute values of the four terms of Eq. 8, and the bias
};

/// Level 1: the dot product of the dequantized values, in double.
inline RealResult real_result(const Tile& tile, const TileReals& r,
                              std::span<const std::uint16_t> activations, int lane, int lanes) {
  const int n = static_cast<int>(tile.control.n);
  const auto l = static_cast<std::size_t>(lane);
  RealResult y{r.bias[l], std::fabs(r.bias[l])};
  for (std::size_t k = 0; k < activations.size(); ++k) {
    const int ia = reference_index(tile, activations[k]);
    const std::uint8_t code = tile.weights[k * static_cast<std::size_t>(lanes) + l];
    const int iw = code & 0x7F;
    if (ia == 0 || iw == 0) continue;
    const bool negative = (half_to_float(activations[k]) < 0) != (code >= 0x80);
    const double a = magnitude(r, r.alpha_a, r.beta_a, n, ia);
    const double w = magnitude(r, r.alpha_w[l], r.beta_w[l], n, iw);
    y.value += negative ? -a * w : a * w;
    y.absolute_terms += (std::fabs(a - r.beta_a) + std::fabs(r.beta_a)) *
                        (std::fabs(w - r.beta_w[l]) + std::fabs(r.beta_w[l]));
  }
  if (tile.control.relu != 0 && y.value < 0) y.value = 0;
  return y;
}

/// docs/number-systems.md, "Counting" and "Result, exponential", before ReLU and rounding. Counts
/// wrap to cnt_w bits at the end only: modular arithmetic does not mind.
inline float counted_result(const Tile& tile, std::span<const std::uint16_t> activations, int lane,
                            int lanes, int cnt_w) {
  const int top = (1 << tile.control.n) - 1;
  const auto l = static_cast<std::size_t>(lane);
  const LaneCoefficients& c = tile.lanes[l];
  float acc = c.bias;
  for (std::size_t start = 0; start < activations.size(); start += tile.control.segment) {
    std::map<int, long> c1, c2, c3;
    const std::size_t end = std::min(activations.size(), start + std::size_t{tile.control.segment});
    for (std::size_t k = start; k < end; ++k) {
      const int ia = reference_index(tile, activations[k]);
      const std::uint8_t code = tile.weights[k * static_cast<std::size_t>(lanes) + l];
      const int iw = code & 0x7F;
      if (ia == 0 || iw == 0) continue;
      const long v = (activations[k] >= 0x8000) == (code >= 0x80) ? 1 : -1;
      c1[ia + iw] += v;
      c2[iw] += v;
      c3[ia] += v;
    }
    const auto wrapped = [cnt_w](long count) {
      const long range = 1L << cnt_w;
      const long low = ((count % range) + range) % range;
      return static_cast<float>(low >= range / 2 ? low - range : low);
    };
    const auto polynomial = [&](std::map<int, long>& counts, int bottom, int highest) {
      float p = wrapped(counts[highest]);
      for (int e = highest - 1; e >= bottom; --e) p = std::fma(p, tile.base, wrapped(counts[e]));
      return p;
    };
    if (tile.control.offset != 0) {
      float plain = 0;
      for (int e = 1; e <= top; ++e) plain += wrapped(c2[e]);
      acc = std::fma(c.c4, plain, acc);
      acc = std::fma(c.c3, polynomial(c3, 1, top), acc);
      acc = std::fma(c.c2, polynomial(c2, 1, top), acc);
    }
    acc = std::fma(c.c1, polynomial(c1, 2, 2 * top), acc);
  }
  return acc;
}

/// Vectors as beats, TLAST at the end of each.
inline std::vector<HalfBeat> activation_beats(std::span<const std::uint16_t> values,
                                              std::size_t inputs) {
  std::vector<HalfBeat> beats;
  for (std::size_t i = 0; i < values.size(); ++i) {
    beats.push_back({values[i], (i + 1) % inputs == 0});
  }
  return beats;
}

inline BeatStream packet_beats(const Tile& tile, const PeConfig& config) {
  BeatStream stream;
  append_packet(tile, config, stream);
  return stream;
}

}  // namespace tally::testing
