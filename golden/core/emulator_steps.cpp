// SPDX-License-Identifier: Apache-2.0
#include "golden/core/emulator_steps.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "golden/core/float_ops.hpp"
#include "golden/core/half.hpp"

// The Horner loop is compiled twice, so that std::fma is one instruction where the CPU has it and a
// correctly rounded library call where not: the same bits either way.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define TALLY_FMA_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define TALLY_FMA_CLONES
#endif

namespace tally {

namespace {

// Adds -1, 0 or +1 in cnt_w bits of two's complement; true if that wrapped.
inline bool bump(std::int32_t& counter, std::int32_t v, std::int32_t half_range) {
  counter += v;
  if (counter >= -half_range && counter < half_range) return false;
  counter = counter < 0 ? half_range - 1 : -half_range;
  return true;
}

// p[lane] = Horner over entries top .. bottom of counts[entry][lane]. NaN payloads are not
// observable behind this point, so canonical_nan can wait.
TALLY_FMA_CLONES
void horner(const std::int32_t* counts, int lanes, int bottom, int top, float base, float* p) {
  const std::int32_t* entry = counts + static_cast<std::ptrdiff_t>(top) * lanes;
  for (int lane = 0; lane < lanes; ++lane) p[lane] = static_cast<float>(entry[lane]);
  for (int e = top - 1; e >= bottom; --e) {
    entry -= lanes;
    for (int lane = 0; lane < lanes; ++lane) {
      p[lane] = std::fma(p[lane], base, static_cast<float>(entry[lane]));
    }
  }
}

}  // namespace

CounterBank::CounterBank(int lanes_in, int n_in, int cnt_w_in)
    : lanes(lanes_in),
      n(n_in),
      cnt_w(cnt_w_in),
      ac1(static_cast<std::size_t>(lanes * ((2 << n) - 1))),
      ac2(static_cast<std::size_t>(lanes * (1 << n))),
      ac3(ac2.size()) {
  assert(cnt_w >= 2 && cnt_w <= 31);
}

bool CounterBank::bump1(int entry, int lane, std::int32_t v) {
  return bump(ac1[static_cast<std::size_t>(entry * lanes + lane)], v,
              std::int32_t{1} << (cnt_w - 1));
}

void CounterBank::clear() {
  std::ranges::fill(ac1, 0);
  std::ranges::fill(ac2, 0);
  std::ranges::fill(ac3, 0);
}

Code step_quantize(std::span<const std::uint16_t> boundaries, std::uint16_t x, Status& status) {
  if (half_is_nan(x)) {
    status |= kNanInput;
    return {0, false};
  }
  const std::uint16_t magnitude = half_magnitude(x);
  const auto first = boundaries.begin() + 1;  // entry 0 is a filler
  const auto above = std::upper_bound(first, boundaries.end(), magnitude);
  const auto index = static_cast<std::uint8_t>(above - first);
  return {index, index != 0 && half_is_negative(x)};
}

int step_count(CounterBank& bank, Code activation, std::span<const std::uint8_t> row, bool offset,
               Status& status) {
  if (activation.index == 0) return 0;
  const std::int32_t half_range = std::int32_t{1} << (bank.cnt_w - 1);
  const int lanes = bank.lanes;
  const std::int32_t sign = activation.negative ? -1 : 1;
  std::int32_t* ac3 = bank.ac3.data() + activation.index * lanes;
  int pairs = 0;
  bool wrapped = false;
  for (int lane = 0; lane < lanes; ++lane) {
    const std::uint8_t code = row[static_cast<std::size_t>(lane)];
    const int index = code & 0x7F;
    const std::int32_t present = index != 0 ? 1 : 0;
    const std::int32_t v = ((code & 0x80) != 0 ? -sign : sign) * present;
    wrapped |= bump(bank.ac1[static_cast<std::size_t>((activation.index + index) * lanes + lane)],
                    v, half_range);
    if (offset) {
      wrapped |= bump(bank.ac2[static_cast<std::size_t>(index * lanes + lane)], v, half_range);
      wrapped |= bump(ac3[lane], v, half_range);
    }
    pairs += present;
  }
  if (wrapped) status |= kCounterOverflow;
  return pairs;
}

void step_horner(const CounterBank& bank, float base, bool offset, Sums& sums) {
  const auto lanes = static_cast<std::size_t>(bank.lanes);
  for (auto* values : {&sums.p1, &sums.p2, &sums.p3, &sums.count}) values->assign(lanes, 0.0F);
  const int top = (1 << bank.n) - 1;
  horner(bank.ac1.data(), bank.lanes, 2, 2 * top, base, sums.p1.data());
  if (!offset) return;
  horner(bank.ac2.data(), bank.lanes, 1, top, base, sums.p2.data());
  horner(bank.ac3.data(), bank.lanes, 1, top, base, sums.p3.data());
  // Small integers, so exact in binary32 in any order.
  for (std::size_t at = lanes; at < bank.ac2.size(); ++at) {
    sums.count[at % lanes] += static_cast<float>(bank.ac2[at]);
  }
}

float step_scale(float acc, const LaneCoefficients& c, const Sums& sums, int lane, bool offset) {
  const auto l = static_cast<std::size_t>(lane);
  if (offset) {
    acc = fma32(c.c4, sums.count[l], acc);
    acc = fma32(c.c3, sums.p3[l], acc);
    acc = fma32(c.c2, sums.p2[l], acc);
  }
  return fma32(c.c1, sums.p1[l], acc);
}

std::uint16_t step_output(float acc, bool relu, Status& status) {
  if (std::isnan(acc)) {
    status |= kNanResult;
    return kHalfNan;
  }
  if (relu && std::signbit(acc)) return 0;
  const std::uint16_t result = half_from_float(acc);
  if (half_magnitude(result) == kHalfInfinity && std::isfinite(acc)) status |= kResultOverflow;
  return result;
}

}  // namespace tally
