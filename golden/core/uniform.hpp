// SPDX-License-Identifier: Apache-2.0
// Uniform levels: integers times a scale. The INT8 number system of the hardware, and the fair
// baseline every exponential result is shown against.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/core/level_table.hpp"
#include "golden/core/sorted_magnitudes.hpp"

namespace tally {

/// Largest magnitude of a symmetric uniform code of `bits` stored bits: 2^(bits-1) - 1 signed, or
/// 2^bits - 1 when the data are never negative and the sign bit codes magnitude instead.
constexpr int uniform_limit(int bits, bool is_signed) {
  return is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
}

/// Levels j * scale, j = 0..limit, and boundaries (j - 1/2) * scale rounded up to binary16.
/// limit 1..255, scale > 0, else Error; `what` starts the message. limit = 127 is the INT8 table.
LevelTable uniform_table(int limit, double scale, const std::string& what);

/// Nearest multiple of scale, as an integer in [-limit, limit]; ties away from zero. NaN gives 0.
int quantize_uniform(double x, double scale, int limit);

/// Clips tried when a scale is tuned: this part of the largest magnitude, from 1 down to 0.205.
inline constexpr int kClipCandidates = 160;
constexpr double clip_ratio(int candidate) { return 1.0 - 0.005 * candidate; }

/// The scale with the least squared error for these values: clips outliers when that pays. Searched
/// over clip = max * clip_ratio(); the largest of equally good ones; 1.0 when all values are zero.
double tune_uniform_scale(const SortedMagnitudes& values, int limit);

/// The same when code j is read as levels[j] * scale instead of j * scale: levels[0] = 0, one for
/// each code up to the limit. So the error is measured behind a limit on terms.
double tune_uniform_scale(const SortedMagnitudes& values, std::span<const int> levels);

/// Codes {sign, index[6:0]} as INT8 in two's complement, the weight bytes of the tile packet.
std::vector<std::uint8_t> int8_of_codes(std::span<const std::uint8_t> codes);

/// Symmetric integer weights [out][inputs] with scales[o] per output channel, |w| <= limit <= 127.
std::vector<std::int8_t> quantize_int8(std::span<const float> weights,
                                       std::span<const double> scales, int limit = 127);

}  // namespace tally
