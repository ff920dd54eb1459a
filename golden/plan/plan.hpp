// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "golden/plan/product_plan.hpp"

namespace tally {

/// Changes whenever a field of the file changes its meaning, name or presence.
inline constexpr int kPlanSchemaVersion = 5;

/// How often values fall into equal bins of [low, high]; exact zeros are counted apart, because
/// they would tower over every picture. For pictures only: nothing is computed from it.
struct Histogram {
  double low = 0;
  double high = 0;
  std::int64_t zeros = 0;
  std::vector<std::int64_t> counts;

  /// Counts `value` (finite, within [low, high]).
  void add(double value);
};

/// A histogram of `values` with `bins` equal bins over [-m, m], m the largest magnitude, or over
/// [0, m] if no value is negative.
Histogram histogram_of(const std::vector<float>& values, int bins);

/// Parameters of one quantized layer. An activation is the magnitude magnitudes_a[i], i = number of
/// boundaries_a <= |x|; entry 0 is zero itself and holds 0 in every table.
///
/// Exponential: a weight of output channel c is alpha_w[c] * levels_w[i] + beta_w[c], quantized by
/// `rounding` (encode_weights()); levels_w[i] = base^(i - 2^(n-1)) and magnitudes_a[i] = alpha_a *
/// levels_w[i] + beta_a.
///
/// Uniform and reveal: a weight is scale_w[c] * q, |q| <= 2^n - 1, of which the `budget` largest
/// digits of each `group` inputs are kept; magnitudes_a[i] = scale_a * (the `terms` largest digits
/// of i), i = 0..127. Digits are signed (`hese`) or binary. Uniform drops nothing: budget and terms
/// are as large as the values of n bits need.
///
/// Weight codes are stored only where the search corrected the weights. Elsewhere quantizing the
/// model's weights again is exact and faster than reading them, and a plan stays small enough to
/// read. Their checksum is always stored, so that a different result (another compiler's pow) is
/// refused and never silently used.
struct LayerPlan {
  std::string name;           // of the operation in the model
  std::string kind;           // MatMul, Convolution, ...
  std::string number_system;  // exponential, uniform or reveal
  std::string method;         // how the parameters were found: paper, output, ...
  int n = 0;                  // bits of a code without the sign, 2..7
  bool relu = false;          // fused into the device operation
  bool has_bias = false;
  std::int64_t inputs = 0;   // K: weights of one output channel
  std::int64_t outputs = 0;  // output channels
  std::int64_t vectors =
      1;                    // activation vectors of one sample, all places: pixels of a convolution
  std::int64_t places = 1;  // where the network computes it: steps of an unrolled recurrence
  std::int64_t segment = 0;  // SegLen for counters of 10 bits: inputs between two evaluations

  // Exponential
  std::string rounding;  // of the boundaries: log or nearest
  float base = 0;        // above 1, exact binary32
  bool offset = true;    // lower polynomials counted: some beta is not zero
  double alpha_a = 0;
  double beta_a = 0;
  std::vector<double> alpha_w;   // outputs
  std::vector<double> beta_w;    // outputs
  std::vector<double> levels_w;  // 2^n

  // Uniform and reveal
  bool hese = false;            // signed digits (NAF), else binary
  int group = 0;                // g: 1, 2, 4 or 8 consecutive inputs
  int budget = 0;               // k, digits kept of a group of weights
  int terms = 0;                // s, digits kept of a data value
  double scale_a = 0;           // of the data
  std::vector<double> scale_w;  // outputs

  std::vector<double> magnitudes_a;         // 2^n; 128 in uniform and reveal
  std::vector<std::uint16_t> boundaries_a;  // as many binary16 patterns; [1] is the zero threshold
  std::vector<float> bias;                  // outputs; corrected if the method corrects it
  /// Of the weight codes, a byte each: {sign, index}; uniform and reveal: q in two's complement.
  std::string codes_sha256;
  /// stored_codes.hpp; empty: the codes of the model's weights.
  std::string codes;

  double rmae_a = 0;        // Eq. 6 on the calibration data
  double rmae_w = 0;        // Eq. 6
  double output_error = 0;  // squared error of the layer's output over its power, calibration data
  int stored_bits = 0;      // of a weight or an activation, sign included: n + 1
  Histogram activations;    // of calibration data
  Histogram weights;        // each over the top magnitude of its output channel

  /// Uniform or reveal: a value is a sum of powers of two.
  bool counts_digits() const { return number_system != "exponential"; }
  /// Multiplications for one sample.
  double macs() const {
    return static_cast<double>(inputs) * static_cast<double>(outputs) *
           static_cast<double>(vectors);
  }
};

/// What the search measured of the whole network. top-1: metrics are accuracies, 0..1; perplexity:
/// from 1 on, less is better; embedding: mean cosine to the float network's. Those on validation
/// data are 1 less the share that was lost against float, unless the metric is top-1.
struct Evaluation {
  std::string metric = "top-1";  // or perplexity, embedding
  std::string data;              // file of the final measurement
  std::int64_t samples = 0;
  double float_metric = 0;
  double plan_metric = 0;
  double uniform_n_metric = 0;   // uniform with n bits, sign included, in every layer
  double uniform_n1_metric = 0;  // uniform with n + 1 bits, sign included: equal storage
  std::int64_t calibration_samples = 0;
  std::int64_t validation_samples = 0;  // held-back part of the calibration data
  bool same_samples = false;            // nothing was held back: what tuned also chose
  double validation_float_metric = 0;
  double validation_metric = 0;
  double max_loss_points = 0;  // asked for, in percentage points
  double average_bits = 0;     // plain mean of n over the layers; products are not in it
  double stored_bits = 0;      // average_bits + 1
  std::string stop_reason;     // why the search stopped
  std::string limiting_layer;  // the layer that would break the bound next; empty if none does

  /// What `value` of the metric lost against the float network, 0.01 = 1 point of accuracy or
  /// similarity, or 1 % more perplexity; negative when better.
  double loss(double value) const {
    return metric == "perplexity" ? value / float_metric - 1 : float_metric - value;
  }
};

/// A network's quantization: what `tally search` writes and everything after reads.
struct Plan {
  int schema_version = kPlanSchemaVersion;
  std::vector<std::string> tools;         // name and version of each program: "tally 0.1.0"
  std::vector<std::string> command;       // that made it
  std::string model;                      // file name without folder
  std::string model_sha256;               // model_checksum() of golden/model
  std::vector<std::int64_t> input_shape;  // with batch first, 0 for "any batch"
  // Model input = (raw - mean) / scale, as golden/model's DatasetOptions; empty means its default.
  std::vector<float> mean;
  std::vector<float> scale;
  double crop = 1;
  double macs = 0;  // multiplications for one sample, those left in float too
  std::vector<std::string> left_in_float;  // what cannot be quantized: node and reason
  std::vector<LayerPlan> layers;
  std::vector<ProductPlan> products;  // of two activations; one that is not here stays in float
  Evaluation evaluation;
};

/// Reads and checks a plan. Error, naming file, layer, field and value: unreadable, no JSON,
/// another schema version, a missing, unknown or mistyped field, n outside 2..7, a number that is
/// not finite, a table of the wrong length, descending boundaries or levels, two layers of one
/// name.
Plan read_plan(const std::string& path);

/// Writes a plan, whole or not at all (write_file). Error as read_plan for a plan it would refuse.
void write_plan(const std::string& path, const Plan& plan);

/// Error unless the plan was made for the model with this checksum (model_checksum()).
void check_plan_is_for(const Plan& plan, const std::string& plan_path,
                       const std::string& model_path, const std::string& model_checksum);

/// Share of the multiplications that layers and products of the plan do, 0..1.
double quantized_share(const Plan& plan);

/// The layer called `name`; Error naming `plan_path` if there is none.
const LayerPlan& find_layer(const Plan& plan, const std::string& plan_path,
                            const std::string& name);

}  // namespace tally
