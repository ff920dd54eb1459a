// SPDX-License-Identifier: Apache-2.0
// References for uniform and reveal, written from docs/number-systems.md without the emulator's
// code: textbook digits, selection by sorting, plain integers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include "golden/tests/emulator_reference.hpp"

namespace tally::testing {

struct ReferenceTerm {
  int exponent, position, sign;
};

/// Digits of v, largest first: binary, or non-adjacent by the remainder modulo 4.
inline std::vector<ReferenceTerm> reference_digits(int v, bool hese, int position) {
  std::vector<ReferenceTerm> terms;
  const int sign = v < 0 ? -1 : 1;
  int rest = std::abs(v);
  for (int e = 0; rest != 0; ++e, rest /= 2) {
    if (rest % 2 == 0) continue;
    const int digit = hese ? 2 - rest % 4 : 1;
    terms.insert(terms.begin(), {e, position, sign * digit});
    rest -= digit;
  }
  return terms;
}

/// The k largest of all terms of a group.
inline std::vector<ReferenceTerm> reference_selection(const std::vector<int>& group, bool hese,
                                                      std::size_t k) {
  std::vector<ReferenceTerm> terms;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto digits = reference_digits(group[i], hese, static_cast<int>(i));
    terms.insert(terms.end(), digits.begin(), digits.end());
  }
  std::ranges::sort(terms, {}, [](const auto& t) { return std::tuple(-t.exponent, t.position); });
  if (terms.size() > k) terms.resize(k);
  return terms;
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
      for (const ReferenceTerm& w : reference_selection(group, c.hese != 0, c.budget)) {
        const std::size_t at = first + static_cast<std::size_t>(w.position);
        if (at >= end) continue;  // padding
        auto digits = reference_digits(reference_integer(tile, activations[at]), c.hese != 0, 0);
        if (digits.size() > c.terms) digits.resize(c.terms);
        for (const ReferenceTerm& d : digits) {
          long& counter = counters[static_cast<std::size_t>(d.exponent + w.exponent)];
          counter += d.sign * w.sign;
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
