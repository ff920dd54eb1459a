// SPDX-License-Identifier: Apache-2.0
// The steps of the processing element that uniform and reveal add, one function a hardware stage,
// bit for bit (docs/number-systems.md, "Uniform and reveal codes"). All lanes go through a stage
// together. Counting uses AC1 of CounterBank(lanes, kDigitSumBits, cnt_w): entries 0..14.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/control_word.hpp"
#include "golden/core/emulator_steps.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {

/// n for which the counters of exponential mode are 15, as many as sums of two exponents 0..7.
inline constexpr int kDigitSumBits = 3;

/// The load path: g rows of INT8 [g][lanes] become `budget` rows of slots [budget][lanes], appended
/// to `slots`. -128 is taken as -127.
void step_load_group(const ControlWord& control, int lanes, std::span<const std::uint8_t> rows,
                     std::vector<std::uint8_t>& slots);

/// The digits of a data value: encoded, the `terms` largest kept.
SignedDigits step_data_digits(Code value, const ControlWord& control);

/// One row of slots (one a lane) against the data values of its group: each digit of the value at
/// the slot's position counts +-1 at the sum of the exponents. Positions from data.size() on are
/// padding and count nothing. Returns the pairs counted. A counter that leaves its range wraps and
/// sets kCounterOverflow.
int step_count_slots(CounterBank& bank, std::span<const SignedDigits> data,
                     std::span<const std::uint8_t> slots, Status& status);

/// End of a segment: totals[lane] += sum_e AC1[e] * 2^e, in 32 bits of two's complement.
void step_integer(const CounterBank& bank, std::span<std::uint32_t> totals);

/// After the last segment: the total to binary32 (nearest even), scale c1, bias.
float step_scale_integer(std::uint32_t total, const LaneCoefficients& c);

}  // namespace tally
