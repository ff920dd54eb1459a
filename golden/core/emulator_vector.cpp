// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator_vector.hpp"

#include <algorithm>

#include "golden/core/emulator_digits.hpp"
#include "golden/core/half.hpp"

namespace tally {

namespace {

// totals[lane] += value * weights[lane], modulo 2^32. The common numbers of lanes are constants,
// so that the compiler uses vector instructions.
template <std::size_t Lanes>
void add_row(std::int32_t value, const std::int16_t* weights, std::uint32_t* totals) {
  for (std::size_t lane = 0; lane < Lanes; ++lane) {
    totals[lane] += static_cast<std::uint32_t>(value * weights[lane]);
  }
}

void add_products(std::int32_t value, const std::int16_t* weights, std::size_t lanes,
                  std::uint32_t* totals) {
  if (lanes == 16) return add_row<16>(value, weights, totals);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    totals[lane] += static_cast<std::uint32_t>(value * weights[lane]);
  }
}

}  // namespace

VectorEmulator::VectorEmulator(const Tile& tile, const PeConfig& config)
    : control_(tile.control),
      base_(tile.base),
      steps_a_group_(steps_a_group(tile.control, config)),
      boundaries_(tile.boundaries),
      lanes_(tile.lanes.begin(), tile.lanes.begin() + tile.control.valid_lanes),
      bank_(config.lanes, exponential() ? static_cast<int>(tile.control.n) : kDigitSumBits,
            config.cnt_w),
      accumulators_(lanes_.size()),
      totals_(static_cast<std::size_t>(config.lanes)) {
  if (!exponential()) {
    for (std::uint8_t index = 0; index < 128; ++index) {
      const SignedDigits digits = step_data_digits({index, false}, control_);
      kept_.push_back({digits_value(digits), static_cast<std::uint32_t>(digit_count(digits))});
    }
  }
  start_vector();
}

void VectorEmulator::start_vector() {
  in_segment_ = 0;
  bank_.clear();
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    accumulators_[lane] = lanes_[lane].bias;
  }
  std::ranges::fill(totals_, 0);
}

void VectorEmulator::group(std::span<const std::uint16_t> activations,
                           std::span<const std::uint8_t> rows) {
  counters_.steps += steps_a_group_;
  if (exponential()) {
    const Code code = step_quantize(boundaries_, activations[0], status_);
    const int pairs = step_count(bank_, code, rows, control_.offset != 0, status_);
    counters_.term_pairs += static_cast<std::uint64_t>(pairs);
  } else {
    count_digits(activations, rows);
  }
  in_segment_ += static_cast<std::uint32_t>(activations.size());
  if (in_segment_ == control_.segment) end_segment();
}

void VectorEmulator::count_digits(std::span<const std::uint16_t> activations,
                                  std::span<const std::uint8_t> slots) {
  digits_.clear();
  for (const std::uint16_t x : activations) {
    digits_.push_back(step_data_digits(step_quantize(boundaries_, x, status_), control_));
  }
  // Slots loaded for a larger budget: only the first k of the group.
  const auto lanes = static_cast<std::size_t>(bank_.lanes);
  for (std::size_t slot = 0; slot < control_.budget; ++slot) {
    const auto row = slots.subspan(slot * lanes, lanes);
    counters_.term_pairs +=
        static_cast<std::uint64_t>(step_count_slots(bank_, digits_, row, status_));
  }
}

// The whole segment at once: inputs first .. first + activations.size() - 1.
void VectorEmulator::sum_segment(std::span<const std::uint16_t> activations, std::size_t first,
                                 const SlotSums& sums) {
  const std::size_t g = group_size(control_), width = static_cast<std::size_t>(bank_.lanes);
  counters_.steps += (activations.size() + g - 1) / g * steps_a_group_;
  std::uint64_t pairs = 0;
  for (std::size_t i = 0; i < activations.size(); ++i) {
    const std::uint16_t x = activations[i];
    const std::uint8_t index = sums.indexes[half_magnitude(x)];
    if (index == 0) {
      if (half_is_nan(x)) status_ |= kNanInput;
      continue;
    }
    const KeptLevel kept = kept_[index];
    pairs += std::uint64_t{kept.terms} * sums.row_terms[first + i];
    add_products(half_is_negative(x) ? -kept.value : kept.value, &sums.values[(first + i) * width],
                 width, totals_.data());
  }
  counters_.term_pairs += pairs;
}

void VectorEmulator::vector(std::span<const std::uint16_t> activations, const BufferedRows& rows,
                            const SlotSums& sums, std::span<std::uint16_t> results) {
  const std::size_t g = group_size(control_);
  for (std::size_t first = 0, segment = 0; first < activations.size(); ++segment) {
    const std::size_t end = std::min<std::size_t>(activations.size(), first + control_.segment);
    if (sums.is_safe(segment)) sum_segment(activations.subspan(first, end - first), first, sums);
    for (std::size_t at = sums.is_safe(segment) ? end : first; at < end; at += g) {
      group(activations.subspan(at, std::min(g, end - at)), rows.group(at / g, bank_.lanes));
    }
    first = end;
  }
  finish(results);
}

void VectorEmulator::end_segment() {
  in_segment_ = 0;
  if (exponential()) {
    const bool offset = control_.offset != 0;
    step_horner(bank_, base_, offset, sums_);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      accumulators_[lane] =
          step_scale(accumulators_[lane], lanes_[lane], sums_, static_cast<int>(lane), offset);
    }
  } else {
    step_integer(bank_, totals_);
  }
  bank_.clear();
}

void VectorEmulator::finish(std::span<std::uint16_t> results) {
  if (in_segment_ != 0) end_segment();
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    const float acc =
        exponential() ? accumulators_[lane] : step_scale_integer(totals_[lane], lanes_[lane]);
    results[lane] = step_output(acc, control_.relu != 0, status_);
  }
  counters_.vectors += 1;
  start_vector();
}

}  // namespace tally
