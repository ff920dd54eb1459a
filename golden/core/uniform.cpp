// SPDX-License-Identifier: Apache-2.0
#include "golden/core/uniform.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "golden/core/error.hpp"

namespace tally {

namespace {

std::vector<double> uniform_points(int limit, double scale) {
  std::vector<double> points(static_cast<std::size_t>(limit) + 1, 0.0);
  for (std::size_t j = 1; j < points.size(); ++j) {
    points[j] = (static_cast<double>(j) - 0.5) * scale;
  }
  return points;
}

std::vector<double> uniform_magnitudes(int limit, double scale) {
  std::vector<double> magnitudes(static_cast<std::size_t>(limit) + 1);
  for (std::size_t j = 0; j < magnitudes.size(); ++j) {
    magnitudes[j] = static_cast<double>(j) * scale;
  }
  return magnitudes;
}

}  // namespace

LevelTable uniform_table(int limit, double scale, const std::string& what) {
  if (limit < 1 || limit > 255 || !std::isfinite(scale) || scale <= 0) {
    throw Error(
        fmt::format("{}: uniform levels with limit {} and scale {}, expected 1..255 and > 0", what,
                    limit, scale));
  }
  const auto points = uniform_points(limit, scale);
  LevelTable table{uniform_magnitudes(limit, scale), half_boundaries(points, points[1])};
  check_level_table(table, what);
  return table;
}

int quantize_uniform(double x, double scale, int limit) {
  if (std::isnan(x)) return 0;
  return static_cast<int>(std::clamp(std::round(x / scale), -double(limit), double(limit)));
}

double tune_uniform_scale(const SortedMagnitudes& values, int limit) {
  std::vector<int> levels(static_cast<std::size_t>(limit) + 1);
  std::iota(levels.begin(), levels.end(), 0);
  return tune_uniform_scale(values, levels);
}

double tune_uniform_scale(const SortedMagnitudes& values, std::span<const int> levels) {
  if (values.count() == 0) return 1.0;
  const int limit = static_cast<int>(levels.size()) - 1;
  double best_scale = values.max() / limit;
  double best_error = -1;
  std::vector<double> magnitudes(levels.size());
  for (int step = 0; step < kClipCandidates; ++step) {
    const double scale = values.max() * clip_ratio(step) / limit;
    for (std::size_t j = 0; j < levels.size(); ++j) magnitudes[j] = levels[j] * scale;
    const double error = values.squared_error(magnitudes, uniform_points(limit, scale));
    if (best_error < 0 || error < best_error) {
      best_error = error;
      best_scale = scale;
    }
  }
  return best_scale;
}

std::vector<std::int8_t> quantize_int8(std::span<const float> weights,
                                       std::span<const double> scales, int limit) {
  assert(limit <= 127 && !scales.empty() && weights.size() % scales.size() == 0);
  const std::size_t inputs = weights.size() / scales.size();
  std::vector<std::int8_t> integers(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    integers[i] = static_cast<std::int8_t>(quantize_uniform(weights[i], scales[i / inputs], limit));
  }
  return integers;
}

std::vector<std::uint8_t> int8_of_codes(std::span<const std::uint8_t> codes) {
  std::vector<std::uint8_t> integers;
  integers.reserve(codes.size());
  for (const std::uint8_t code : codes) {
    const int q = code_is_negative(code) ? -code_index(code) : code_index(code);
    integers.push_back(static_cast<std::uint8_t>(q));
  }
  return integers;
}

}  // namespace tally
