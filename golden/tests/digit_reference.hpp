// SPDX-License-Identifier: Apache-2.0
// References for uniform and reveal tiles, written from docs/number-systems.md without the
// emulator's code: the terms of verif/digit_reference.hpp, plain integers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "golden/tests/emulator_reference.hpp"
#include "verif/digit_reference.hpp"

namespace tally::testing {

using verif::largest_terms;
using verif::Term;

/// What a term is worth.
inline int worth(const Term& term) { return (term.negative ? -1 : 1) * (1 << term.exponent); }

/// What the s largest digits of v sum to.
inline int truncated(int v, bool hese, int s) {
  int sum = 0;
  for (const Term& digit : largest_terms({v}, hese, s)) sum += worth(digit);
  return sum;
}

/// Signed integer of an activation by the tile's boundaries.
inline int reference_integer(const Tile& tile, std::uint16_t x) {
  const int index = reference_index(tile, x);
  return half_to_float(x) < 0 ? -index : index;
}

struct DigitOutcome {
  std::int32_t total = 0;
  bool overflow = false;    // some counter left its range at some step
  std::uint64_t pairs = 0;  // counted
};

/// One vector in one lane. `weights` [rows][lanes] INT8 as the packet that loaded them carried it.
inline DigitOutcome reference_counting(const Tile& tile, const std::vector<std::uint8_t>& weights,
                                       std::span<const std::uint16_t> activations, int lane,
                                       int lanes, int cnt_w) {
  const ControlWord& c = tile.control;
  const std::size_t g = std::size_t{1} << c.log2_group;
  const long low = -(1L << (cnt_w - 1)), high = (1L << (cnt_w - 1)) - 1, range = 1L << cnt_w;
  DigitOutcome outcome;
  std::int64_t total = 0;
  for (std::size_t start = 0; start < c.inputs; start += c.segment) {
    std::vector<long> counters(15, 0);
    const std::size_t end = std::min<std::size_t>(c.inputs, start + c.segment);
    for (std::size_t first = start; first < end; first += g) {
      std::vector<int> group;
      for (std::size_t i = 0; i < g; ++i) {
        const std::size_t at =
            (first + i) * static_cast<std::size_t>(lanes) + static_cast<std::size_t>(lane);
        group.push_back(std::max<int>(static_cast<std::int8_t>(weights[at]), -127));
      }
      for (const Term& w : largest_terms(group, c.hese != 0, static_cast<int>(c.budget))) {
        const std::size_t at = first + static_cast<std::size_t>(w.position);
        if (at >= end) continue;  // padding
        const int integer = reference_integer(tile, activations[at]);
        for (const Term& d : largest_terms({integer}, c.hese != 0, static_cast<int>(c.terms))) {
          long& counter = counters[static_cast<std::size_t>(d.exponent + w.exponent)];
          counter += d.negative == w.negative ? 1 : -1;
          if (counter > high || counter < low) {
            counter += counter > high ? -range : range;
            outcome.overflow = true;
          }
          ++outcome.pairs;
        }
      }
    }
    for (std::size_t e = 0; e < counters.size(); ++e) total += counters[e] * (std::int64_t{1} << e);
  }
  outcome.total = static_cast<std::int32_t>(static_cast<std::uint32_t>(total));
  return outcome;
}

/// The result of an exact total, as binary16.
inline std::uint16_t reference_output(const Tile& tile, std::int32_t total, int lane) {
  const LaneCoefficients& c = tile.lanes[static_cast<std::size_t>(lane)];
  const float y = std::fma(c.c1, static_cast<float>(total), c.bias);
  if (std::isnan(y)) return kHalfNan;
  return tile.control.relu != 0 && std::signbit(y) ? 0 : half_from_float(y);
}

}  // namespace tally::testing
