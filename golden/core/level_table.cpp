// SPDX-License-Identifier: Apache-2.0
#include "golden/core/level_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/half_array.hpp"

namespace tally {

double code_value(std::uint8_t code, std::span<const double> magnitudes) {
  const double magnitude = magnitudes[static_cast<std::size_t>(code_index(code))];
  return code_is_negative(code) ? -magnitude : magnitude;
}

void check_level_table(const LevelTable& table, const std::string& what) {
  const auto& m = table.magnitudes;
  const auto& t = table.boundaries;
  if (m.size() < 2 || m.size() > 256 || m.size() != t.size()) {
    throw Error(fmt::format("{}: {} magnitudes and {} boundaries, expected as many of both, 2..256",
                            what, m.size(), t.size()));
  }
  if (m[0] != 0 || t[0] != 0) throw Error(fmt::format("{}: level 0 must be zero", what));
  for (std::size_t j = 1; j < m.size(); ++j) {
    if (!std::isfinite(m[j]) || m[j] <= m[j - 1]) {
      throw Error(fmt::format("{}: level {} is {}, levels must be positive and strictly increasing",
                              what, j, m[j]));
    }
    if (t[j] < kHalfSmallest || t[j] > kHalfInfinity || t[j] < t[j - 1]) {
      throw Error(fmt::format(
          "{}: boundary {} is 0x{:04x}, boundaries must be 0x0001..0x7c00 and not descend", what, j,
          t[j]));
    }
  }
}

std::vector<std::uint16_t> half_boundaries(std::span<const double> points, double zero_threshold) {
  assert(points.size() >= 2 && zero_threshold >= 0);
  std::vector<std::uint16_t> boundaries(points.size(), 0);
  boundaries[1] = std::max(kHalfSmallest, half_from_double_up(zero_threshold));
  for (std::size_t j = 2; j < points.size(); ++j) {
    boundaries[j] = std::max(boundaries[1], half_from_double_up(points[j]));
  }
  return boundaries;
}

int quantize_index(std::uint16_t x, std::span<const std::uint16_t> boundaries) {
  if (half_is_nan(x)) return 0;
  const auto first = boundaries.begin() + 1;
  return static_cast<int>(std::upper_bound(first, boundaries.end(), half_magnitude(x)) - first);
}

std::uint8_t quantize_code(std::uint16_t x, std::span<const std::uint16_t> boundaries,
                           bool& nan_input) {
  assert(boundaries.size() <= 128);
  if (half_is_nan(x)) nan_input = true;
  return make_code(half_is_negative(x), quantize_index(x, boundaries));
}

int quantize_real(double x, std::span<const double> points) {
  const double magnitude = std::fabs(x);
  if (!(magnitude > 0)) return 0;  // zero and NaN
  const auto first = points.begin() + 1;
  return static_cast<int>(std::upper_bound(first, points.end(), magnitude) - first);
}

std::vector<float> dequantized_halves(const LevelTable& table) {
  std::vector<float> halves(0x8000, 0.0F);
  for (std::size_t j = 1; j < table.boundaries.size(); ++j) {
    const std::size_t end = j + 1 < table.boundaries.size() ? table.boundaries[j + 1] : 0x7C01;
    // Equal neighbours make an empty range: the code is unreachable.
    std::fill(halves.begin() + table.boundaries[j], halves.begin() + static_cast<long>(end),
              static_cast<float>(table.magnitudes[j]));
  }
  return halves;
}

void fake_quantize(std::span<const float> x, std::span<const float> halves, std::span<float> out) {
  look_up_halves(x, halves, out);
}

}  // namespace tally
