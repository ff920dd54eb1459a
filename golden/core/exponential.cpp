// SPDX-License-Identifier: Apache-2.0
#include "golden/core/exponential.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "golden/core/error.hpp"

namespace tally {

namespace {

double level(const ExponentialParams& p, double exponent) {
  return p.alpha * std::pow(static_cast<double>(p.base), exponent) + p.beta;
}

bool scalars_valid(const ExponentialParams& p) {
  return p.n >= kMinBits && p.n <= kMaxBits && std::isfinite(p.base) && p.base > 1.0F &&
         std::isfinite(p.alpha) && p.alpha > 0 && std::isfinite(p.beta);
}

// Index of the first magnitude that is not above the one before, or 0 when all are.
std::size_t first_bad_level(const std::vector<double>& magnitudes) {
  for (std::size_t j = 1; j < magnitudes.size(); ++j) {
    if (!std::isfinite(magnitudes[j]) || magnitudes[j] <= magnitudes[j - 1]) return j;
  }
  return 0;
}

}  // namespace

bool valid_params(const ExponentialParams& params) {
  return scalars_valid(params) && first_bad_level(exponential_magnitudes(params)) == 0;
}

void check_params(const ExponentialParams& params, const std::string& what) {
  if (params.n < kMinBits || params.n > kMaxBits) {
    throw Error(
        fmt::format("{}: n = {} bits, expected {}..{}", what, params.n, kMinBits, kMaxBits));
  }
  if (!scalars_valid(params)) {
    throw Error(fmt::format("{}: base {}, alpha {}, beta {}: expected base > 1, alpha > 0, finite",
                            what, params.base, params.alpha, params.beta));
  }
  const auto magnitudes = exponential_magnitudes(params);
  if (const std::size_t j = first_bad_level(magnitudes); j != 0) {
    throw Error(fmt::format(
        "{}: level {} is {} after {} (base {}, alpha {}, beta {}): levels must be positive and "
        "strictly increasing",
        what, j, magnitudes[j], magnitudes[j - 1], params.base, params.alpha, params.beta));
  }
}

std::vector<double> exponential_magnitudes(const ExponentialParams& params) {
  std::vector<double> magnitudes(static_cast<std::size_t>(table_size(params.n)), 0.0);
  for (std::size_t j = 1; j < magnitudes.size(); ++j) {
    magnitudes[j] = level(params, static_cast<int>(j) - (1 << (params.n - 1)));
  }
  return magnitudes;
}

int log_exp_quant(double x, const ExponentialParams& params) {
  const int limit = max_exponent(params.n);
  const double ratio = (std::fabs(x) - params.beta) / params.alpha;
  if (ratio <= 0) return -limit;
  const double exponent = std::log(ratio) / std::log(static_cast<double>(params.base));
  return static_cast<int>(std::clamp(std::floor(exponent + 0.5), -double(limit), double(limit)));
}

std::vector<double> rounding_points(const ExponentialParams& params, Rounding rounding,
                                    double zero_threshold) {
  const auto magnitudes = exponential_magnitudes(params);
  std::vector<double> points(magnitudes.size(), 0.0);
  points[1] = std::max(zero_threshold, std::numeric_limits<double>::denorm_min());
  for (std::size_t j = 2; j < points.size(); ++j) {
    const double point = rounding == Rounding::kNearest
                             ? (magnitudes[j - 1] + magnitudes[j]) / 2
                             : level(params, static_cast<int>(j) - (1 << (params.n - 1)) - 0.5);
    points[j] = std::max(points[1], point);
  }
  return points;
}

LevelTable exponential_table(const ExponentialParams& params, Rounding rounding,
                             double zero_threshold) {
  const auto points = rounding_points(params, rounding, zero_threshold);
  return {exponential_magnitudes(params), half_boundaries(points, zero_threshold)};
}

std::vector<std::uint8_t> quantize_weights(std::span<const float> weights,
                                           const ExponentialParams& params, Rounding rounding,
                                           double zero_threshold) {
  const auto points = rounding_points(params, rounding, zero_threshold);
  std::vector<std::uint8_t> codes(weights.size());
  std::transform(weights.begin(), weights.end(), codes.begin(),
                 [&](float w) { return make_code(std::signbit(w), quantize_real(w, points)); });
  return codes;
}

std::vector<std::uint8_t> quantize_weights_per_channel(std::span<const float> weights,
                                                       std::span<const ExponentialParams> params,
                                                       Rounding rounding,
                                                       std::span<const double> zero_thresholds) {
  assert(!params.empty() && weights.size() % params.size() == 0);
  assert(zero_thresholds.size() == params.size());
  const std::size_t inputs = weights.size() / params.size();
  std::vector<std::uint8_t> codes;
  codes.reserve(weights.size());
  for (std::size_t o = 0; o < params.size(); ++o) {
    assert(params[o].n == params[0].n && params[o].base == params[0].base);
    const auto row = quantize_weights(weights.subspan(o * inputs, inputs), params[o], rounding,
                                      zero_thresholds[o]);
    codes.insert(codes.end(), row.begin(), row.end());
  }
  return codes;
}

}  // namespace tally
