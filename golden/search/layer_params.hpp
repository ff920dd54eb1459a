// SPDX-License-Identifier: Apache-2.0
// What a layer search takes and gives: plain data, no network and no files.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "golden/core/exponential.hpp"
#include "golden/search/candidate.hpp"

namespace tally {

/// One linear layer y[o] = sum_k w[o][k] * x[k] + bias[o] and what calibration saw of its input.
/// The caller owns the memory. Group g makes the outputs g*outputs/groups .. (g+1)*outputs/groups
/// - 1.
struct LayerData {
  std::string name;  // for messages
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t groups = 1;
  std::span<const float> weights;  // [outputs][inputs]
  std::span<const float> bias;     // [outputs]
  bool non_negative = false;       // no activation is below zero
  std::span<const float> values;   // sample of the activations; empty: the rows serve
  std::span<const float> rows;     // [row_count][groups][inputs], inputs of sampled outputs
  std::size_t row_count = 0;
  /// [row_count][outputs], what the layer should give on the rows, bias included; empty: what it
  /// gives in float. Differs when the rows come from an already quantized prefix.
  std::span<const float> target;
  /// One gain for all channels, not one each: in the last layer, whose outputs are compared with
  /// each other.
  bool shared_gain = false;
  /// The network clips each output to this range before it uses it (ReLU: 0 and infinity): what
  /// happens outside is no error.
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  float clipped(float y) const { return std::clamp(y, low, high); }
  bool clips() const { return std::isfinite(low) || std::isfinite(high); }
};

/// Everything found for one layer: enough to quantize, plan and run it.
///
/// Exponential: magnitudes alpha * base^i + beta. Uniform: alpha_a and alpha_w are the scales, all
/// beta are 0, base is 0, and `boundaries` is the INT8 table of 128 entries, those above the
/// data's limit at +infinity (reached by an infinite input only). Reveal: the same with the codes
/// before the selection of terms.
struct LayerParams {
  std::string method;                  // paper; output; or "output, weights corrected"
  Rounding rounding = Rounding::kLog;  // of activations and weights
  NumberSystem system = kExponential;
  int n = 0;                             // stored bits - 1 (candidate.hpp)
  int group = 0, budget = 0, terms = 0;  // reveal
  bool hese = true;                      // reveal: signed digits, else binary
  float base = 0;
  bool offset = false;  // some beta is not zero
  double alpha_a = 0;
  double beta_a = 0;
  std::vector<std::uint16_t> boundaries;   // 2^n, or 128; entry 1 is the zero threshold
  std::vector<double> alpha_w, beta_w;     // [outputs]
  std::vector<std::uint8_t> weight_codes;  // [outputs][inputs], {sign, index[6:0]}
  std::vector<float> bias;                 // [outputs], corrected if the method corrects it
  double rmae_a = 0;                       // Eq. 6 on the calibration values
  double rmae_w = 0;                       // Eq. 6
  double output_error = 0;                 // squared error of the output over its power, rows

  Candidate candidate() const { return {system, n, group, budget, terms}; }
  /// Exponential only.
  ExponentialParams activation() const { return {n, base, alpha_a, beta_a}; }
  ExponentialParams weight(std::size_t channel) const {
    return {n, base, alpha_w[channel], beta_w[channel]};
  }
  LevelTable activation_table() const { return {activation_magnitudes(), boundaries}; }
  /// Magnitudes by index: of the activations (as many as boundaries), of a channel's weights.
  std::vector<double> activation_magnitudes() const;
  std::vector<double> weight_magnitudes(std::size_t channel) const;
};

/// A layer as a fake-quantized network computes it (level 2): activations through the table, then
/// these weights and this bias in float. Any number system.
struct FakeLayer {
  LevelTable activations;
  std::vector<float> weights;  // [outputs][inputs]
  std::vector<float> bias;     // [outputs]
  double output_error = 0;
};

/// Codes of a layer's weights [outputs][inputs], a function of plan and weights alone: with `log`
/// only zero is zero; with `nearest` a weight below half the smallest level of its channel is zero
/// too.
std::vector<std::uint8_t> encode_weights(std::span<const float> weights, int n, float base,
                                         std::span<const double> alpha_w,
                                         std::span<const double> beta_w, Rounding rounding);

/// The same of uniform weights: round(w / scale) within +-uniform_weight_limit(n), ties away from
/// zero; scales [outputs].
std::vector<std::uint8_t> encode_uniform_weights(std::span<const float> weights, int n,
                                                 std::span<const double> scales);

/// The INT8 table of 128 boundaries for integers up to `limit`: entry 1 the zero threshold, then
/// (j - 1/2) * scale, all rounded up to binary16, +infinity beyond the limit.
std::vector<std::uint16_t> uniform_boundaries(double scale, int limit, double zero_threshold);

/// encode_weights or encode_uniform_weights, as the parameters' number system asks.
std::vector<std::uint8_t> encode_weights(std::span<const float> weights, const LayerParams& params);

/// A channel whose largest |weight| is next to nothing beside the tensor's, or has no normal levels
/// of its own (denormal weights, say), counts as zero: its scale is 1 and all its codes are zero.
bool counts_as_zero(double channel_largest, double tensor_largest);

/// Reveal: the integers that the kept digits of each weight sum to, [outputs][inputs].
std::vector<std::int16_t> revealed_weights(const LayerParams& params);

/// Level 2 of a layer.
FakeLayer fake_layer(const LayerParams& params);

/// Throws Error, naming the layer, unless sizes agree, weights, bias and rows are finite, and
/// neither the weights nor the activations are all zero.
void check_layer_data(const LayerData& layer);

/// Throws Error, naming the layer, unless the hardware can run it: levels, boundaries, range of the
/// polynomials, normal coefficients.
void check_layer_params(const LayerParams& params, std::size_t inputs, const std::string& name);

}  // namespace tally
