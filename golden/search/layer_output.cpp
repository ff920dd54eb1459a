// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_output.hpp"

#include <Eigen/Core>

namespace tally {

namespace {
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
}  // namespace

std::vector<float> layer_outputs(const LayerData& shape, std::span<const float> rows,
                                 std::span<const float> weights, std::span<const float> bias) {
  const auto inputs = static_cast<Eigen::Index>(shape.inputs);
  const auto width = inputs * static_cast<Eigen::Index>(shape.groups);
  const auto count = static_cast<Eigen::Index>(rows.size()) / width;
  const auto outputs = static_cast<Eigen::Index>(shape.outputs);
  const auto each = outputs / static_cast<Eigen::Index>(shape.groups);
  std::vector<float> y(static_cast<std::size_t>(count * outputs));
  Eigen::Map<Matrix> result(y.data(), count, outputs);
  for (Eigen::Index g = 0; g < static_cast<Eigen::Index>(shape.groups); ++g) {
    const Strided x(rows.data() + g * inputs, count, inputs, Eigen::OuterStride<>(width));
    const Eigen::Map<const Matrix> w(weights.data() + g * each * inputs, each, inputs);
    result.middleCols(g * each, each).noalias() = x * w.transpose();
  }
  if (!bias.empty()) {
    result.rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias.data(), outputs);
  }
  return y;
}

std::vector<float> target_outputs(const LayerData& layer) {
  if (!layer.target.empty()) return {layer.target.begin(), layer.target.end()};
  return layer_outputs(layer, layer.rows, layer.weights, layer.bias);
}

void correct_bias(std::span<const float> target, std::span<float> outputs, std::span<float> bias) {
  const std::size_t rows = outputs.size() / bias.size();
  for (std::size_t o = 0; o < bias.size(); ++o) {
    double difference = 0;
    for (std::size_t i = o; i < outputs.size(); i += bias.size()) {
      difference += static_cast<double>(target[i]) - static_cast<double>(outputs[i]);
    }
    const auto shift = static_cast<float>(difference / static_cast<double>(rows));
    bias[o] += shift;
    for (std::size_t i = o; i < outputs.size(); i += bias.size()) outputs[i] += shift;
  }
}

double relative_error(std::span<const float> target, std::span<const float> outputs) {
  double error = 0;
  double power = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const double difference = static_cast<double>(outputs[i]) - static_cast<double>(target[i]);
    error += difference * difference;
    power += static_cast<double>(target[i]) * static_cast<double>(target[i]);
  }
  return error == 0 ? 0 : error / power;
}

void measure_output(const LayerData& layer, FakeLayer& fake, bool correct) {
  std::vector<float> rows(layer.rows.size());
  fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
  const auto target = target_outputs(layer);
  auto outputs = layer_outputs(layer, rows, fake.weights, fake.bias);
  if (correct) correct_bias(target, outputs, fake.bias);
  fake.output_error = relative_error(target, outputs);
}

}  // namespace tally
