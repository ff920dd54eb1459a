// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/search_bridge.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "golden/cli/digit_layer.hpp"
#include "golden/core/half.hpp"
#include "golden/core/segments.hpp"
#include "golden/model/input_quantizer.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/plan/stored_codes.hpp"

namespace tally {
namespace {

constexpr int kHistogramBins = 160;
constexpr int kPlanCounterBits = 10;  // of the default configuration

}  // namespace

LayerData layer_data(const LayerInfo& info, const LayerActivations& activations) {
  LayerData data;
  data.name = info.name;
  data.inputs = info.k;
  data.outputs = info.outputs;
  data.groups = info.groups;
  data.weights = info.weights;
  data.bias = info.bias;
  data.non_negative = activations.non_negative();
  data.values = activations.values;
  data.rows = activations.rows;
  data.row_count = activations.row_count;
  data.low = info.clip_low;
  data.high = info.clip_high;
  return data;
}

std::vector<float> exact_outputs(const LayerInfo& info, const LayerActivations& activations) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = static_cast<Eigen::Index>(activations.row_count);
  const auto k = static_cast<Eigen::Index>(info.k);
  const auto per_group = static_cast<Eigen::Index>(info.outputs_per_group());
  std::vector<float> outputs(activations.row_count * info.outputs);
  Eigen::Map<Matrix> all(outputs.data(), rows, static_cast<Eigen::Index>(info.outputs));
  for (Eigen::Index g = 0; g < static_cast<Eigen::Index>(info.groups); ++g) {
    // Rows are [row][group][k]: those of one group lie groups * k apart.
    const Eigen::Map<const Matrix, 0, Eigen::OuterStride<>> inputs(
        activations.rows.data() + g * k, rows, k,
        Eigen::OuterStride<>(static_cast<Eigen::Index>(info.groups) * k));
    const Eigen::Map<const Matrix> weights(info.weights.data() + g * per_group * k, per_group, k);
    all.middleCols(g * per_group, per_group) = inputs * weights.transpose();
  }
  const Eigen::Map<const Eigen::RowVectorXf> bias(info.bias.data(),
                                                  static_cast<Eigen::Index>(info.outputs));
  all.rowwise() += bias;
  return outputs;
}

LayerSubstitution substitution_of(const FakeLayer& layer) {
  LayerSubstitution substitution;
  substitution.input_tap = InputQuantizer(layer.activations);
  substitution.weights = layer.weights;
  substitution.bias = layer.bias;
  return substitution;
}

namespace {

void set_exponential(LayerPlan& plan, const LayerParams& params, bool non_negative) {
  plan.rounding = params.rounding == Rounding::kLog ? "log" : "nearest";
  plan.base = params.base;
  plan.offset = params.offset;
  plan.alpha_a = params.alpha_a;
  plan.beta_a = params.beta_a;
  plan.alpha_w = params.alpha_w;
  plan.beta_w = params.beta_w;
  plan.magnitudes_a = params.activation_magnitudes();
  plan.levels_w = exponential_magnitudes({params.n, params.base, 1.0, 0.0});
  plan.codes_sha256 = sha256(params.weight_codes);
  plan.segment = static_cast<std::int64_t>(
      largest_segment(params.weight_codes, params.alpha_w.size(), kPlanCounterBits, non_negative));
}

// The last index that a finite value can have.
int largest_reached(const std::vector<std::uint16_t>& boundaries) {
  std::size_t last = boundaries.size() - 1;
  while (last > 1 && boundaries[last] == kHalfInfinity) --last;
  return static_cast<int>(last);
}

// The most digits of a value up to `largest`.
int digits_up_to(int largest, DigitEncoding encoding) {
  int most = 0;
  for (int v = 1; v <= largest; ++v) most = std::max(most, digit_count(encode_digits(v, encoding)));
  return most;
}

void set_digits(LayerPlan& plan, const LayerParams& params, DigitEncoding encoding, int group) {
  const DigitChoice digits = digit_choice(params, encoding, group);
  plan.hese = digits.limit.encoding == DigitEncoding::kHese;
  plan.group = digits.limit.group;
  plan.budget = digits.limit.budget;
  plan.terms = digits.terms;
  plan.scale_a = params.alpha_a;
  plan.scale_w = params.alpha_w;
  plan.magnitudes_a = digit_magnitudes(plan.scale_a, digits.limit.encoding, plan.terms);
  const std::vector<std::uint8_t> integers = int8_of_codes(params.weight_codes);
  plan.codes_sha256 = sha256(integers);
  plan.segment = static_cast<std::int64_t>(
      largest_segment(as_int8(integers), params.alpha_w.size(), digits.limit, kPlanCounterBits));
}

// Eq. 6: sum of the rounding errors over the sum of the values, both in magnitude.
double rmae(std::span<const float> exact, std::span<const float> rounded) {
  double error = 0;
  double size = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error += std::abs(static_cast<double>(exact[i]) - rounded[i]);
    size += std::abs(static_cast<double>(exact[i]));
  }
  return size > 0 ? error / size : 0;
}

void set_rmae(LayerPlan& plan, const FakeLayer& fake, const LayerInfo& info,
              const LayerActivations& activations) {
  plan.rmae_w = rmae(info.weights, fake.weights);
  std::vector<float> levels(activations.values.size());
  fake_quantize(activations.values, dequantized_halves(fake.activations), levels);
  plan.rmae_a = rmae(activations.values, levels);
}

}  // namespace

DigitChoice digit_choice(const LayerParams& params, DigitEncoding encoding, int group) {
  if (params.system == kReveal) {
    return {{hardware_encoding(params.hese), params.group, params.budget}, params.terms};
  }
  return {{encoding, group, group * digits_up_to(uniform_weight_limit(params.n), encoding)},
          digits_up_to(largest_reached(params.boundaries), encoding)};
}

LayerPlan layer_plan(const LayerParams& params, const LayerInfo& info,
                     const LayerActivations& activations, DigitEncoding encoding, int group) {
  LayerPlan plan;
  plan.name = info.name;
  plan.kind = to_string(info.kind);
  plan.number_system = to_string(params.system);
  plan.method = params.method;
  plan.n = params.n;
  plan.relu = info.relu;
  plan.has_bias = info.has_bias;
  plan.inputs = static_cast<std::int64_t>(info.k);
  plan.outputs = static_cast<std::int64_t>(info.outputs);
  plan.vectors = static_cast<std::int64_t>(info.macs / (info.k * info.outputs));
  plan.places = static_cast<std::int64_t>(info.places);
  if (plan.counts_digits()) {
    set_digits(plan, params, encoding, group);
  } else {
    set_exponential(plan, params, activations.non_negative());
  }
  if (params.weight_codes != encode_weights(info.weights, params)) {
    plan.codes = store_codes(params.weight_codes, params.n);
  }
  plan.boundaries_a = params.boundaries;
  plan.bias = params.bias;
  plan.rmae_a = params.rmae_a;
  plan.rmae_w = params.rmae_w;
  if (plan.counts_digits()) set_rmae(plan, fake_layer(params), info, activations);
  plan.output_error = params.output_error;
  plan.stored_bits = params.n + 1;
  plan.activations = histogram_of(activations.values, kHistogramBins);
  std::vector<float> relative(info.weights.size());
  for (std::size_t o = 0; o < info.outputs; ++o) {
    const double top = params.weight_magnitudes(o).back();
    for (std::size_t i = 0; i < info.k; ++i) {
      relative[o * info.k + i] = static_cast<float>(info.weights[o * info.k + i] / top);
    }
  }
  plan.weights = histogram_of(relative, kHistogramBins);
  return plan;
}

}  // namespace tally
