// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/search_bridge.hpp"

#include <Eigen/Core>
#include <memory>

#include "golden/core/segments.hpp"
#include "golden/plan/output_file.hpp"

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
  const auto halves =
      std::make_shared<const std::vector<float>>(dequantized_halves(layer.activations));
  substitution.input_tap = [halves](const LayerCall& call) {
    std::size_t size = 1;
    for (const std::size_t dimension : call.input_shape) size *= dimension;
    fake_quantize({call.input, size}, *halves, {call.output, size});
  };
  substitution.weights = layer.weights;
  substitution.bias = layer.bias;
  return substitution;
}

LayerPlan layer_plan(const LayerParams& params, const LayerInfo& info,
                     const LayerActivations& activations) {
  LayerPlan plan;
  plan.name = info.name;
  plan.kind = to_string(info.kind);
  plan.number_system = to_string(params.system);
  plan.method = params.method;
  plan.rounding = params.rounding == Rounding::kLog ? "log" : "nearest";
  plan.n = params.n;
  plan.base = params.base;
  plan.offset = params.offset;
  plan.relu = info.relu;
  plan.has_bias = info.has_bias;
  plan.inputs = static_cast<std::int64_t>(info.k);
  plan.outputs = static_cast<std::int64_t>(info.outputs);
  plan.vectors = static_cast<std::int64_t>(info.macs / (info.k * info.outputs));
  plan.segment = static_cast<std::int64_t>(largest_segment(
      params.weight_codes, info.outputs, kPlanCounterBits, activations.non_negative()));
  plan.alpha_a = params.alpha_a;
  plan.beta_a = params.beta_a;
  plan.magnitudes_a = params.activation_magnitudes();
  plan.boundaries_a = params.boundaries;
  plan.alpha_w = params.alpha_w;
  plan.beta_w = params.beta_w;
  LayerParams unit = params;  // levels of alpha = 1, beta = 0
  unit.alpha_w.assign(1, 1.0);
  unit.beta_w.assign(1, 0.0);
  plan.levels_w = unit.weight_magnitudes(0);
  plan.bias = params.bias;
  plan.codes_sha256 = sha256(params.weight_codes);
  plan.rmae_a = params.rmae_a;
  plan.rmae_w = params.rmae_w;
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
