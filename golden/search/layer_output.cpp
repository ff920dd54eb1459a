// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_output.hpp"

#include <algorithm>

#include "golden/core/product.hpp"
#include "golden/search/parallel.hpp"

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

std::vector<float> channel_outputs(const LayerData& shape, std::span<const float> rows,
                                   std::span<const float> weights, int threads) {
  const std::size_t width = shape.inputs * shape.groups;
  const std::size_t count = rows.size() / width;
  const std::size_t each = shape.outputs / shape.groups;
  // Few rows at a time: of many groups each takes a little of every row, which must still be in
  // the cache when the next group comes. A dense layer's weights are packed once a block.
  const std::size_t block = shape.groups > 1 ? 48 : 240;
  std::vector<float> y(count * shape.outputs);
  parallel_for((count + block - 1) / block, threads, [&](std::size_t b) {
    const std::size_t first = b * block;
    const std::size_t some = std::min(block, count - first);
    for (std::size_t g = 0; g < shape.groups; ++g) {
      multiply_rows_by_output({rows.data() + first * width + g * shape.inputs, some, width},
                              {weights.data() + g * each * shape.inputs, each, shape.inputs},
                              shape.inputs, y.data() + g * each * count + first, count);
    }
  });
  return y;
}

namespace {

std::vector<float> quantized_rows(const LayerData& layer, const LevelTable& activations,
                                  int threads) {
  const auto halves = dequantized_halves(activations);
  std::vector<float> rows(layer.rows.size());
  const std::size_t block = layer.groups * layer.inputs * 64;
  parallel_for((rows.size() + block - 1) / block, threads, [&](std::size_t b) {
    const std::size_t size = std::min(block, rows.size() - b * block);
    fake_quantize(layer.rows.subspan(b * block, size), halves,
                  std::span(rows).subspan(b * block, size));
  });
  return rows;
}

// [rows][channels] as [channels][rows]: work on one channel then reads memory in order.
std::vector<float> by_channel(std::span<const float> y, std::size_t channels) {
  constexpr std::size_t kTile = 16;  // a tile's lines of both sides stay in the first cache
  const std::size_t rows = y.size() / channels;
  std::vector<float> turned(y.size());
  for (std::size_t r = 0; r < rows; r += kTile) {
    for (std::size_t o = 0; o < channels; o += kTile) {
      const std::size_t last = std::min(o + kTile, channels);
      for (std::size_t i = r; i < std::min(r + kTile, rows); ++i) {
        for (std::size_t c = o; c < last; ++c) turned[c * rows + i] = y[i * channels + c];
      }
    }
  }
  return turned;
}

}  // namespace

OutputFit output_fit(const LayerData& layer, const LevelTable& activations, int threads) {
  OutputFit fit;
  fit.rows = quantized_rows(layer, activations, threads);
  fit.target = by_channel(
      layer.target.empty() ? std::span<const float>(target_outputs(layer)) : layer.target,
      layer.outputs);
  return fit;
}

namespace {

// Of one channel: mean of clipped target - clipped output, and the share of rows whose output a
// shift of the bias moves.
struct Offset {
  double difference = 0;
  double moving = 0;
};

Offset offset_of(const LayerData& layer, std::span<const float> target,
                 std::span<const float> outputs) {
  Offset offset;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    offset.difference += static_cast<double>(layer.clipped(target[i])) -
                         static_cast<double>(layer.clipped(outputs[i]));
    if (outputs[i] > layer.low && outputs[i] < layer.high) offset.moving += 1;
  }
  offset.difference /= static_cast<double>(outputs.size());
  offset.moving /= static_cast<double>(outputs.size());
  return offset;
}

void correct_channel(const LayerData& layer, std::span<const float> target,
                     std::span<float> outputs, float& bias) {
  const auto shift = [&](double by) {
    bias += static_cast<float>(by);
    for (float& y : outputs) y += static_cast<float>(by);
  };
  const LayerData open;  // nothing clipped
  shift(offset_of(open, target, outputs).difference);
  if (!layer.clips()) return;
  constexpr int kSteps = 4;
  constexpr double kLeast = 0.1;  // of the rows: a step from few of them would go far astray
  for (int step = 0; step < kSteps; ++step) {
    const Offset offset = offset_of(layer, target, outputs);
    if (offset.difference == 0) break;
    shift(offset.difference / std::max(offset.moving, kLeast));
  }
}

}  // namespace

void correct_bias(const LayerData& layer, std::span<const float> target, std::span<float> outputs,
                  std::span<float> bias) {
  const std::size_t channels = bias.size();
  const std::size_t rows = outputs.size() / channels;
  for (std::size_t o = 0; o < channels; ++o) {
    correct_channel(layer, target.subspan(o * rows, rows), outputs.subspan(o * rows, rows),
                    bias[o]);
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

void measure_output(const LayerData& layer, const OutputFit& fit, FakeLayer& fake, bool correct,
                    int threads) {
  auto outputs = channel_outputs(layer, fit.rows, fake.weights, threads);
  const std::size_t rows = outputs.size() / layer.outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] += fake.bias[i / rows];
  if (correct) correct_bias(layer, fit.target, outputs, fake.bias);
  fake.output_error = relative_error(layer, fit.target, outputs);
}

}  // namespace tally
