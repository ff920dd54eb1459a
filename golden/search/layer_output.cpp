// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_output.hpp"

#include "golden/core/product.hpp"

namespace tally {

std::vector<float> layer_outputs(const LayerData& shape, std::span<const float> rows,
                                 std::span<const float> weights, std::span<const float> bias) {
  const std::size_t width = shape.inputs * shape.groups;
  const std::size_t count = rows.size() / width;
  const std::size_t each = shape.outputs / shape.groups;
  std::vector<float> y(count * shape.outputs);
  for (std::size_t g = 0; g < shape.groups; ++g) {
    multiply_rows({rows.data() + g * shape.inputs, count, width},
                  {weights.data() + g * each * shape.inputs, each, shape.inputs}, shape.inputs,
                  y.data() + g * each, shape.outputs);
  }
  if (!bias.empty()) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += bias[i % shape.outputs];
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
