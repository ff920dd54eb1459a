// SPDX-License-Identifier: Apache-2.0
// Proof from the weights that no counter overflows, and the longest segments for which it holds.
//
// Within a segment a counter only ever holds a sum over some of the segment's inputs, so it is
// enough to bound, for each entry, how many inputs can push it up and how many down, whatever the
// activations are:
//   AC2[j]  the non-zero weights of index j;
//   AC3[i]  every non-zero weight (all activations may have index i);
//   AC1[e]  the non-zero weights of index e-(2^n-1) .. e-1, for e = 2^n all of them.
// With activations >= 0 a positive weight only counts up and a negative one only down; else either
// can do both. Each bound is reached by some vector of activations, so none can be tightened
// without knowing the activations. AC1[2^n] is never below the others: it alone decides.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/group_selection.hpp"

namespace tally {

/// Worst case of every counter over one segment of one output channel: it stays in [-down, up].
struct CounterBounds {
  std::vector<std::int64_t> up1, down1;  // AC1, 2^(n+1) entries
  std::vector<std::int64_t> up2, down2;  // AC2, 2^n entries
  std::vector<std::int64_t> up3, down3;  // AC3, 2^n entries
};

/// Bounds for these weight codes of n bits, any activations (of one sign when `non_negative`).
CounterBounds counter_bounds(std::span<const std::uint8_t> weights, int n, bool non_negative);

/// The largest SegLen (1..inputs) such that in no segment [i*SegLen, (i+1)*SegLen) of no channel of
/// codes [out][inputs] a counter of `counter_bits` bits (>= 2) can overflow.
std::size_t largest_segment(std::span<const std::uint8_t> codes, std::size_t out, int counter_bits,
                            bool non_negative);

/// The same for uniform and reveal, weights [out][inputs] INT8 in [-127, 127]: the largest multiple
/// of the group, at most the padded inputs, such that no channel keeps more than
/// 2^(counter_bits-1)-1 terms in a segment. A kept term counts at most once in each counter for a
/// data value, whatever the data are. Error when a single group can keep more.
std::size_t largest_segment(std::span<const std::int8_t> weights, std::size_t out,
                            const TermLimit& limit, int counter_bits);

}  // namespace tally
