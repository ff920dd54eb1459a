// SPDX-License-Identifier: Apache-2.0
// The exponential number system of DNA-TEQ: x = sign * (alpha * b^i + beta). Clear, not fast.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/core/level_table.hpp"

namespace tally {

inline constexpr int kMinBits = 2;
inline constexpr int kMaxBits = 7;

/// Largest exponent of n bits; the smallest is its negative. Index = exponent + 2^(n-1).
constexpr int max_exponent(int n) { return (1 << (n - 1)) - 1; }
/// Entries of a level table, zero included.
constexpr int table_size(int n) { return 1 << n; }

/// One tensor's (or one output channel's) parameters. n in 2..7, base > 1 and shared by activations
/// and weights of a layer, alpha > 0.
struct ExponentialParams {
  int n = 3;
  float base = 2.0F;
  double alpha = 1.0;
  double beta = 0.0;
};

/// Throws Error unless n is 2..7, base finite and > 1, alpha finite and > 0, beta finite, and all
/// magnitudes positive, finite and strictly increasing. `what` (layer, tensor) starts the message.
void check_params(const ExponentialParams& params, const std::string& what);

/// True when check_params would accept; for searches, which must not pay for exceptions.
bool valid_params(const ExponentialParams& params);

/// magnitudes[index], 2^n entries: 0, then alpha * b^i + beta for i = -Rmax..Rmax. Not checked.
std::vector<double> exponential_magnitudes(const ExponentialParams& params);

/// Eq. 2 and 3 as printed, with a logarithm: the exponent i of |x|, x not zero. Ties round up;
/// |x| <= beta gives -Rmax. The reference for the tables below.
int log_exp_quant(double x, const ExponentialParams& params);

/// Real rounding points, 2^n entries; points[j], j >= 2, lies between index j-1 and j; points[0] =
/// 0. kLog: alpha * b^(i - 1/2) + beta (Eq. 2); kNearest: the midpoint of the neighbouring
/// magnitudes. points[1] is `zero_threshold`, or the smallest positive double when that is 0 (only
/// zero is zero); points at or below it become it.
std::vector<double> rounding_points(const ExponentialParams& params, Rounding rounding,
                                    double zero_threshold);

/// Level table of an activation tensor: magnitudes and binary16 boundaries.
LevelTable exponential_table(const ExponentialParams& params, Rounding rounding,
                             double zero_threshold);

/// Codes of weights in double precision, one parameter set for all of `weights`. NaN must have been
/// refused before.
std::vector<std::uint8_t> quantize_weights(std::span<const float> weights,
                                           const ExponentialParams& params, Rounding rounding,
                                           double zero_threshold);

/// Codes of weights [out][inputs], params[o] (and zero_thresholds[o]) for output channel o; all
/// params share n and base.
std::vector<std::uint8_t> quantize_weights_per_channel(std::span<const float> weights,
                                                       std::span<const ExponentialParams> params,
                                                       Rounding rounding,
                                                       std::span<const double> zero_thresholds);

}  // namespace tally
