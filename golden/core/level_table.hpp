// SPDX-License-Identifier: Apache-2.0
// A number system as a table: magnitudes and the boundaries between them. Exponential and uniform
// levels are two ways to fill it; everything that quantizes or dequantizes sees only the table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tally {

/// Where a value moves from one level to the next (docs/number-systems.md, "Quantizing").
enum class Rounding { kLog, kNearest };

/// Index j means the value magnitudes[j]; index 0 is zero. Both tables have the same size, at most
/// 256. magnitudes[0] = 0, then strictly increasing. boundaries[0] = 0 (unused), then binary16
/// patterns 0x0001..0x7C00, non-descending.
struct LevelTable {
  std::vector<double> magnitudes;
  std::vector<std::uint16_t> boundaries;

  bool operator==(const LevelTable&) const = default;
};

/// A value as one byte, the weight byte of the tile packet: sign in bit 7, index in bits 6..0.
constexpr std::uint8_t make_code(bool negative, int index) {
  return index == 0 ? 0 : static_cast<std::uint8_t>((negative ? 0x80 : 0) | index);
}
constexpr int code_index(std::uint8_t code) { return code & 0x7F; }
constexpr bool code_is_negative(std::uint8_t code) { return (code & 0x80) != 0; }

/// Signed value of a code.
double code_value(std::uint8_t code, std::span<const double> magnitudes);

/// Throws Error unless the tables obey the rules above; `what` (file, layer, tensor) starts the
/// message.
void check_level_table(const LevelTable& table, const std::string& what);

/// Boundaries in binary16 from real rounding points. points[j], j >= 2, lies between index j-1 and
/// j (entries 0 and 1 are not read); the result is rounded up, so that codes equal those of the
/// real rule for every binary16 input. Entry 1 is the zero threshold: the smallest binary16 at or
/// above `zero_threshold`, at least 0x0001. Points at or below it become it.
std::vector<std::uint16_t> half_boundaries(std::span<const double> points, double zero_threshold);

/// Number of boundaries <= |x|: the index of a binary16 activation. NaN gives 0. The hardware's
/// quantizer does exactly this.
int quantize_index(std::uint16_t x, std::span<const std::uint16_t> boundaries);

/// Sign and index of a binary16 activation. `nan_input` is set (never cleared) when x is NaN.
/// Tables of at most 128 entries.
std::uint8_t quantize_code(std::uint16_t x, std::span<const std::uint16_t> boundaries,
                           bool& nan_input);

/// The same rule for real numbers: how many of points[1..] are <= |x|. NaN gives 0.
int quantize_real(double x, std::span<const double> points);

/// What each of the 32768 binary16 magnitudes becomes, for fake-quantized networks: entry m is the
/// magnitude of index quantize_index(m) as float (0 for NaN). The caller keeps the sign.
std::vector<float> dequantized_halves(const LevelTable& table);

/// Fake quantization of activations: each x is rounded to binary16, quantized by the table and
/// replaced by its level. `halves` is dequantized_halves(table).
void fake_quantize(std::span<const float> x, std::span<const float> halves, std::span<float> out);

}  // namespace tally
