// SPDX-License-Identifier: Apache-2.0
// The processing element step by step, one function a hardware stage, bit for bit
// (docs/number-systems.md). All lanes of a tile go through a stage together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/status.hpp"
#include "golden/core/tile_packet.hpp"

namespace tally {

/// An activation code; index 0 is zero and never negative.
struct Code {
  std::uint8_t index;
  bool negative;
};

/// The counter arrays of all lanes, [entry][lane]: one entry of every lane side by side.
struct CounterBank {
  CounterBank(int lanes, int n, int cnt_w);
  void clear();

  /// Adds v (-1, 0 or +1) to AC1[entry] of a lane; true if that wrapped.
  bool bump1(int entry, int lane, std::int32_t v);

  int lanes;
  int n;
  int cnt_w;
  std::vector<std::int32_t> ac1;  // entries 0 .. 2^(n+1)-2, the first two never count
  std::vector<std::int32_t> ac2;  // entries 0 .. 2^n-1, the first never counts
  std::vector<std::int32_t> ac3;
};

/// Polynomial values of one segment, [lane] (docs: P1, P2, P3, N).
struct Sums {
  std::vector<float> p1, p2, p3, count;
};

/// tally_quantizer: index = number of boundaries <= |x|. NaN gives zero and kNanInput.
Code step_quantize(std::span<const std::uint16_t> boundaries, std::uint16_t x, Status& status);

/// tally_counter_set: counts one activation against one weight row (Lanes codes, all legal) and
/// returns how many pairs counted. AC2 and AC3 only with `offset`. A counter that leaves its range
/// wraps and sets kCounterOverflow.
int step_count(CounterBank& bank, Code activation, std::span<const std::uint8_t> row, bool offset,
               Status& status);

/// tally_dequantizer, first half: the polynomials in `base` by Horner from the top entry, lowest
/// entry shifted to exponent 0; P2, P3 and N only with `offset`.
void step_horner(const CounterBank& bank, float base, bool offset, Sums& sums);

/// tally_dequantizer, second half: adds the segment to the lane's accumulator, smallest term first.
float step_scale(float acc, const LaneCoefficients& c, const Sums& sums, int lane, bool offset);

/// Output stage: ReLU, binary16 to nearest even. Sets kResultOverflow, kNanResult.
std::uint16_t step_output(float acc, bool relu, Status& status);

}  // namespace tally
