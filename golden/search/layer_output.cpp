// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_output.hpp"

#include <algorithm>

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

namespace {

// Of one channel: mean of clipped target - clipped output, and the share of rows whose output a
// shift of the bias moves.
struct Offset {
  double difference = 0;
  double moving = 0;
};

Offset offset_of(const LayerData& layer, std::span<const float> target,
                 std::span<const float> outputs, std::size_t channels, std::size_t o) {
  Offset offset;
  const double rows = static_cast<double>(outputs.size() / channels);
  for (std::size_t i = o; i < outputs.size(); i += channels) {
    offset.difference += static_cast<double>(layer.clipped(target[i])) -
                         static_cast<double>(layer.clipped(outputs[i]));
    if (outputs[i] > layer.low && outputs[i] < layer.high) offset.moving += 1;
  }
  offset.difference /= rows;
  offset.moving /= rows;
  return offset;
}

}  // namespace

void correct_bias(const LayerData& layer, std::span<const float> target, std::span<float> outputs,
                  std::span<float> bias) {
  const auto shift = [&](std::size_t o, double by) {
    bias[o] += static_cast<float>(by);
    for (std::size_t i = o; i < outputs.size(); i += bias.size()) {
      outputs[i] += static_cast<float>(by);
    }
  };
  LayerData open;  // nothing clipped
  for (std::size_t o = 0; o < bias.size(); ++o) {
    shift(o, offset_of(open, target, outputs, bias.size(), o).difference);
  }
  if (!layer.clips()) return;
  constexpr int kSteps = 4;
  constexpr double kLeast = 0.1;  // of the rows: a step from few of them would go far astray
  for (std::size_t o = 0; o < bias.size(); ++o) {
    for (int step = 0; step < kSteps; ++step) {
      const Offset offset = offset_of(layer, target, outputs, bias.size(), o);
      if (offset.difference == 0) break;
      shift(o, offset.difference / std::max(offset.moving, kLeast));
    }
  }
}

double relative_error(const LayerData& layer, std::span<const float> target,
                      std::span<const float> outputs) {
  double error = 0;
  double power = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const double wanted = static_cast<double>(layer.clipped(target[i]));
    const double difference = static_cast<double>(layer.clipped(outputs[i])) - wanted;
    error += difference * difference;
    power += wanted * wanted;
  }
  return error == 0 ? 0 : error / std::max(power, 1e-300);
}

void measure_output(const LayerData& layer, FakeLayer& fake, bool correct) {
  std::vector<float> rows(layer.rows.size());
  fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
  const auto target = target_outputs(layer);
  auto outputs = layer_outputs(layer, rows, fake.weights, fake.bias);
  if (correct) correct_bias(layer, target, outputs, fake.bias);
  fake.output_error = relative_error(layer, target, outputs);
}

}  // namespace tally
