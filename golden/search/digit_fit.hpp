// SPDX-License-Identifier: Apache-2.0
// Symmetric integer quantization of one layer for uniform and reveal (docs/number-systems.md,
// "Uniform and reveal codes"): scales, weights, boundaries and corrected bias from calibration
// data. Pure: the same data and options give the same result on any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "golden/core/coefficient_vector.hpp"
#include "golden/core/group_selection.hpp"
#include "golden/search/layer_params.hpp"

namespace tally {

/// How a scale is found from values: the largest magnitude becomes the largest integer, or the
/// least squared error over clips (clip_ratio()), measured behind the limit on terms: s for data,
/// k of g for weights.
enum class ScaleRule { kMax, kSquaredError };

/// "max" or "squared error".
const char* to_string(ScaleRule rule);

/// Which terms are kept. The hardware runs kBinary and kHese with g = 1, 2, 4, 8; the study also
/// Booth and any g.
struct DigitOptions {
  DigitEncoding encoding = DigitEncoding::kHese;
  int bits = 8;    // stored bits, 2..8: integers up to 2^(bits-1) - 1
  int group = 1;   // g
  int budget = 0;  // k terms a group of weights; 0 keeps all (uniform)
  int terms = 0;   // s terms a data value; 0 keeps all (uniform)
  ScaleRule data_rule = ScaleRule::kSquaredError;
  ScaleRule weight_rule = ScaleRule::kSquaredError;
  bool correct_bias = true;  // per output channel, by the mean error over the calibration rows

  /// k and s with 0 replaced: D*g and D.
  int full_budget() const { return budget != 0 ? budget : max_digits(encoding) * group; }
  int full_terms() const { return terms != 0 ? terms : max_digits(encoding); }
  /// Nothing is dropped: number system uniform, else reveal.
  bool keeps_all() const {
    return full_budget() == max_digits(encoding) * group && full_terms() == max_digits(encoding);
  }
  TermLimit weight_limit() const { return {encoding, group, full_budget()}; }
};

/// Uniform with as many stored bits; reveal with g, k, s.
DigitOptions uniform_options(int bits = 8);
DigitOptions reveal_options(int group, int budget, int terms);

/// Everything found for one layer.
struct DigitParams {
  DigitOptions options;                   // as asked
  double scale_a = 0;                     // data = integer * scale_a
  std::vector<double> scale_w;            // [outputs]
  std::vector<std::int8_t> weights;       // [outputs][inputs] before selection, as packets carry it
  std::vector<std::uint16_t> boundaries;  // 128; above the largest integer +infinity
  std::vector<float> bias;                // [outputs], corrected if asked
  double output_error = 0;                // squared error over power on the calibration rows
  TermPairs pairs;                        // a multiply, on the calibration rows

  /// The same as a layer of a network search, system uniform or reveal.
  LayerParams layer_params() const;
};

struct DigitFit {
  DigitParams params;
  FakeLayer fake;  // level 2: what the kept terms sum to
};

/// Fits one layer. Error naming the layer: calibration data that cannot be quantized
/// (check_layer_data), options out of range, 2^17 inputs or more, or a scale that is not normal.
DigitFit fit_digits(const LayerData& layer, const DigitOptions& options);

/// Scale of a channel's weights. `largest` is 2^(bits-1) - 1; 1.0 when all are zero.
double fit_weight_scale(std::span<const float> channel, const TermLimit& limit, int largest,
                        ScaleRule rule);

/// Level 2 of digits: activations through the table of truncated levels, weights of kept terms.
FakeLayer fake_layer(const DigitParams& params);

}  // namespace tally
