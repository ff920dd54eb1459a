// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator_digits.hpp"

#include <algorithm>
#include <bit>

#include "golden/core/float_ops.hpp"
#include "golden/core/group_selection.hpp"

namespace tally {

void step_load_group(const ControlWord& control, int lanes, std::span<const std::uint8_t> rows,
                     std::vector<std::uint8_t>& slots) {
  const auto width = static_cast<std::size_t>(lanes);
  const DigitEncoding encoding = hardware_encoding(control.hese != 0);
  const std::size_t first = slots.size();
  slots.resize(first + control.budget * width, 0);
  std::vector<SignedDigits> group(group_size(control));
  for (std::size_t lane = 0; lane < width; ++lane) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto weight = static_cast<std::int8_t>(rows[i * width + lane]);
      group[i] = encode_digits(std::max<int>(weight, -127), encoding);
    }
    std::size_t at = first + lane;
    for (const WeightTerm& term : select_terms(group, static_cast<int>(control.budget))) {
      slots[at] = make_slot(term);
      at += width;
    }
  }
}

SignedDigits step_data_digits(Code value, const ControlWord& control) {
  const int integer = value.negative ? -int{value.index} : int{value.index};
  return keep_largest(encode_digits(integer, hardware_encoding(control.hese != 0)),
                      static_cast<int>(control.terms));
}

int step_count_slots(CounterBank& bank, std::span<const SignedDigits> data,
                     std::span<const std::uint8_t> slots, Status& status) {
  int pairs = 0;
  bool wrapped = false;
  for (std::size_t lane = 0; lane < slots.size(); ++lane) {
    const std::uint8_t slot = slots[lane];
    const auto position = static_cast<std::size_t>(slot_position(slot));
    if (!slot_is_valid(slot) || position >= data.size()) continue;
    const SignedDigits digits = data[position];
    const unsigned plus = slot_is_negative(slot) ? digits.neg : digits.pos;
    // Distinct exponents hit distinct counters, so their order does not matter.
    for (unsigned left = digits.pos | digits.neg; left != 0; left &= left - 1) {
      const int exponent = std::countr_zero(left);
      const int entry = exponent + slot_exponent(slot);
      wrapped |= bank.bump1(entry, static_cast<int>(lane), (plus >> exponent & 1) != 0 ? 1 : -1);
      ++pairs;
    }
  }
  if (wrapped) status |= kCounterOverflow;
  return pairs;
}

void step_integer(const CounterBank& bank, std::span<std::uint32_t> totals) {
  const auto lanes = static_cast<std::size_t>(bank.lanes);
  for (std::size_t lane = 0; lane < totals.size(); ++lane) {
    std::uint32_t v = 0;
    for (std::size_t at = bank.ac1.size() - lanes + lane; at < bank.ac1.size(); at -= lanes) {
      v = 2 * v + static_cast<std::uint32_t>(bank.ac1[at]);
    }
    totals[lane] += v;
  }
}

float step_scale_integer(std::uint32_t total, const LaneCoefficients& c) {
  return fma32(c.c1, static_cast<float>(static_cast<std::int32_t>(total)), c.bias);
}

}  // namespace tally
