// SPDX-License-Identifier: Apache-2.0
#include "golden/core/segments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"

namespace tally {

namespace {

// Running counts of positive and negative weights of one channel; entry k covers inputs 0..k-1.
struct SignCounts {
  std::vector<std::int64_t> positive, negative;
};

SignCounts count_signs(std::span<const std::uint8_t> codes) {
  SignCounts counts;
  counts.positive.reserve(codes.size() + 1);
  counts.negative.reserve(codes.size() + 1);
  counts.positive.push_back(0);
  counts.negative.push_back(0);
  for (const std::uint8_t code : codes) {
    const bool counts_up = code_index(code) != 0 && !code_is_negative(code);
    const bool counts_down = code_index(code) != 0 && code_is_negative(code);
    counts.positive.push_back(counts.positive.back() + (counts_up ? 1 : 0));
    counts.negative.push_back(counts.negative.back() + (counts_down ? 1 : 0));
  }
  return counts;
}

bool segments_fit(const SignCounts& counts, std::size_t length, int counter_bits,
                  bool non_negative) {
  const std::int64_t limit = std::int64_t{1} << (counter_bits - 1);
  const std::size_t inputs = counts.positive.size() - 1;
  for (std::size_t begin = 0; begin < inputs; begin += length) {
    const std::size_t end = std::min(inputs, begin + length);
    std::int64_t up = counts.positive[end] - counts.positive[begin];
    std::int64_t down = counts.negative[end] - counts.negative[begin];
    if (!non_negative) up = down = up + down;
    if (up > limit - 1 || down > limit) return false;
  }
  return true;
}

}  // namespace

CounterBounds counter_bounds(std::span<const std::uint8_t> weights, int n, bool non_negative) {
  const auto size = static_cast<std::size_t>(table_size(n));
  CounterBounds b;
  b.up2.assign(size, 0);
  b.down2.assign(size, 0);
  for (const std::uint8_t code : weights) {
    const auto index = static_cast<std::size_t>(code_index(code));
    assert(index < size);
    if (index == 0) continue;
    if (!non_negative || !code_is_negative(code)) ++b.up2[index];
    if (!non_negative || code_is_negative(code)) ++b.down2[index];
  }
  const auto spread = [size](const std::vector<std::int64_t>& by_index) {
    std::vector<std::int64_t> sums(2 * size, 0);
    for (std::size_t w = 1; w < size; ++w) {
      for (std::size_t a = 1; a < size; ++a) sums[a + w] += by_index[w];
    }
    return sums;
  };
  b.up1 = spread(b.up2);
  b.down1 = spread(b.down2);
  b.up3.assign(size, b.up1[size]);
  b.down3.assign(size, b.down1[size]);
  b.up3[0] = b.down3[0] = 0;
  return b;
}

std::size_t largest_segment(std::span<const std::uint8_t> codes, std::size_t out, int counter_bits,
                            bool non_negative) {
  assert(out > 0 && !codes.empty() && codes.size() % out == 0 && counter_bits >= 2);
  const std::size_t inputs = codes.size() / out;
  std::vector<SignCounts> channels;
  channels.reserve(out);
  for (std::size_t o = 0; o < out; ++o)
    channels.push_back(count_signs(codes.subspan(o * inputs, inputs)));
  // The channel that refused the last length is likely to refuse the next: ask it first.
  std::size_t suspect = 0;
  for (std::size_t length = inputs; length > 1; --length) {
    bool fits = segments_fit(channels[suspect], length, counter_bits, non_negative);
    for (std::size_t o = 0; fits && o < out; ++o) {
      fits = segments_fit(channels[o], length, counter_bits, non_negative);
      if (!fits) suspect = o;
    }
    if (fits) return length;
  }
  return 1;
}

std::size_t largest_segment(std::span<const std::int8_t> weights, std::size_t out,
                            const TermLimit& limit, int counter_bits) {
  assert(out > 0 && !weights.empty() && weights.size() % out == 0 && counter_bits >= 2);
  const std::size_t inputs = weights.size() / out, g = static_cast<std::size_t>(limit.group);
  const std::size_t groups = (inputs + g - 1) / g;
  const std::int64_t most = (std::int64_t{1} << (counter_bits - 1)) - 1;
  const LimitedValues limited = limit_terms(weights, inputs, limit);
  // kept[o][i]: terms of channel o in its first i groups.
  std::vector<std::vector<std::int64_t>> kept(out, std::vector<std::int64_t>(groups + 1, 0));
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) kept[o][i / g + 1] += limited.terms[o * inputs + i];
    std::partial_sum(kept[o].begin(), kept[o].end(), kept[o].begin());
  }
  const auto fits = [&](const std::vector<std::int64_t>& channel, std::size_t length) {
    for (std::size_t begin = 0; begin < groups; begin += length) {
      if (channel[std::min(groups, begin + length)] - channel[begin] > most) return false;
    }
    return true;
  };
  std::size_t suspect = 0;
  for (std::size_t length = groups; length > 0; --length) {
    bool good = fits(kept[suspect], length);
    for (std::size_t o = 0; good && o < out; ++o) {
      good = fits(kept[o], length);
      if (!good) suspect = o;
    }
    if (good) return length * g;
  }
  throw Error(
      fmt::format("a group of {} weights keeps more than {} terms, counters of {} bits can "
                  "overflow",
                  limit.group, most, counter_bits));
}

}  // namespace tally
