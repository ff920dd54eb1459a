// SPDX-License-Identifier: Apache-2.0
// Going through a network layer by layer: own arithmetic against plain loops, the same rows as
// calibration, and a prefix quantized exactly as OpenVINO runs it.
#include <sched.h>

#include <catch2/catch.hpp>
#include <thread>

#include "golden/core/uniform.hpp"
#include "golden/model/layer_compute.hpp"
#include "golden/model/layer_pass.hpp"
#include "golden/tests/data_files.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// Grouped convolution with ReLU and stride, plain convolution, product.
ModelRunner three_layers(const ScratchFolder& folder, const ov::PartialShape& shape) {
  const auto x = input(shape);
  const auto grouped =
      named(std::make_shared<op::GroupConvolution>(x, random_constant({2, 3, 2, 3, 3}, 1),
                                                   ov::Strides{2, 2}, ov::CoordinateDiff{1, 1},
                                                   ov::CoordinateDiff{1, 1}, ov::Strides{1, 1}),
            "grouped");
  const auto conv =
      named(std::make_shared<op::Convolution>(relu(grouped), random_constant({5, 6, 2, 2}, 2),
                                              ov::Strides{1, 1}, ov::CoordinateDiff{0, 0},
                                              ov::CoordinateDiff{0, 0}, ov::Strides{1, 1}),
            "conv");
  const auto biased = add(conv, random_constant({1, 5, 1, 1}, 3));
  const auto flat = std::make_shared<op::Reshape>(relu(biased), integers({0, 20}), true);
  const auto product = named(
      std::make_shared<op::MatMul>(flat, random_constant({4, 20}, 4), false, true), "product");
  return saved(folder / "m.xml", product, {x});
}

// Depthwise convolutions (two outputs a channel and stride 2; dilated, padded unevenly) around one
// without a kernel.
ModelRunner depthwise_layers(const ScratchFolder& folder) {
  const auto x = input({-1, 7, 9, 11});
  const auto first =
      named(std::make_shared<op::GroupConvolution>(x, random_constant({7, 2, 1, 5, 3}, 8),
                                                   ov::Strides{2, 2}, ov::CoordinateDiff{2, 1},
                                                   ov::CoordinateDiff{2, 0}, ov::Strides{1, 1}),
            "strided");
  const auto point =
      named(std::make_shared<op::Convolution>(relu(first), random_constant({20, 14, 1, 1}, 9),
                                              ov::Strides{1, 1}, ov::CoordinateDiff{0, 0},
                                              ov::CoordinateDiff{0, 0}, ov::Strides{1, 1}),
            "point");
  const auto last = named(
      std::make_shared<op::GroupConvolution>(
          add(point, random_constant({1, 20, 1, 1}, 10)), random_constant({20, 1, 1, 3, 2}, 11),
          ov::Strides{1, 1}, ov::CoordinateDiff{0, 3}, ov::CoordinateDiff{1, 0}, ov::Strides{1, 2}),
      "dilated");
  return saved(folder / "d.xml", last, {x});
}

QuantizedCall coarse(const LayerInfo& layer) {
  QuantizedCall call;
  call.halves = std::make_shared<const std::vector<float>>(
      dequantized_halves(uniform_table(7, 0.2, layer.name)));
  call.weights = layer.weights;
  for (float& w : call.weights) w = std::round(4 * w) / 4;
  call.bias = layer.bias;
  call.bias[0] += 0.5F;
  return call;
}

}  // namespace

TEST_CASE("a layer computed here equals plain loops, for any number of threads", "[pass]") {
  const ScratchFolder folder;
  const auto runner = three_layers(folder, {-1, 4, 6, 6});
  const auto depthwise = depthwise_layers(folder);
  std::vector<LayerInfo> layers = runner.layers();
  layers.insert(layers.end(), depthwise.layers().begin(), depthwise.layers().end());
  REQUIRE(layers.size() == 6);
  int checks = 0;
  for (const LayerInfo& layer : layers) {
    CAPTURE(layer.name);
    std::vector<size_t> in = layer.input_shape;
    std::vector<size_t> out = layer.output_shape;
    in[0] = out[0] = 37;  // positions that do not fill the blocks
    const auto x = random_floats(ov::shape_size(ov::Shape(in)), 5);
    std::vector<float> y(ov::shape_size(ov::Shape(out)));
    compute_layer(layer, in, x.data(), layer.weights, layer.bias, y.data(), 1);
    const auto expected = plain_layer(layer, in, out, x.data());
    REQUIRE(expected.size() == y.size());
    for (size_t i = 0; i < y.size(); ++i) {
      REQUIRE(y[i] == Approx(expected[i]).margin(1e-5));
      ++checks;
    }
    std::vector<float> parallel(y.size());
    compute_layer(layer, in, x.data(), layer.weights, layer.bias, parallel.data(), 3);
    REQUIRE(parallel == y);
  }
  REQUIRE(checks == 37 * (6 * 9 + 5 * 4 + 4 + 14 * 25 + 20 * 25 + 20 * 4 * 6));
}

TEST_CASE(
    "a pass shows every layer what calibration of the quantized prefix would, in one run or "
    "layer by layer",
    "[pass]") {
  const ScratchFolder folder;
  const auto values = random_floats(12 * 144, 6);
  write_npz(folder / "d.npz", {{"x", npy("<f4", {12, 4, 6, 6}, values)}});
  const auto data = load_dataset(folder / "d.npz");
  CalibrationOptions options;
  options.samples = 10;
  options.max_rows = 25;
  for (const bool fixed_batch : {false, true}) {
    const auto runner = three_layers(folder, {fixed_batch ? 4 : -1, 4, 6, 6});
    Substitution prefix;
    size_t visited = 0;
    visit_layers(runner, data, options, 2,
                 [&](size_t index, const LayerActivations& seen) -> std::optional<QuantizedCall> {
                   REQUIRE(index == visited++);
                   const auto expected = calibrate(runner, data, options, prefix)[index];
                   CAPTURE(fixed_batch, index);
                   REQUIRE(seen.count == expected.count);
                   REQUIRE(seen.row_count == (index == 2 ? 10 : 25));  // one position a sample
                   REQUIRE(largest_difference(seen.rows, expected.rows) < 1e-5);
                   REQUIRE(largest_difference(seen.values, expected.values) < 1e-5);
                   if (index == 1) return std::nullopt;  // stays in float
                   const LayerInfo& layer = runner.layers()[index];
                   const QuantizedCall call = coarse(layer);
                   LayerSubstitution& s = prefix.layers[index];
                   s.input_tap = [halves = call.halves](const LayerCall& c) {
                     const size_t size =
                         ov::shape_size(ov::Shape(c.input_shape.begin(), c.input_shape.end()));
                     fake_quantize({c.input, size}, *halves, {c.output, size});
                   };
                   s.weights = call.weights;
                   s.bias = call.bias;
                   return call;
                 });
    REQUIRE(visited == 3);
  }
}

TEST_CASE("what a visitor throws ends the pass unchanged", "[pass]") {
  const ScratchFolder folder;
  const auto runner = three_layers(folder, {-1, 4, 6, 6});
  write_npz(folder / "d.npz", {{"x", npy("<f4", {4, 4, 6, 6}, random_floats(4 * 144, 7))}});
  const auto data = load_dataset(folder / "d.npz");
  REQUIRE_THROWS_WITH(
      visit_layers(runner, data, {}, 1,
                   [](size_t index, const LayerActivations&) -> std::optional<QuantizedCall> {
                     if (index == 1) throw Error("layer conv: refused");
                     return std::nullopt;
                   }),
      "layer conv: refused");
}

TEST_CASE("threads started while a layer is visited may use every CPU that the program may",
          "[pass]") {
  const auto cpus = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
    return CPU_COUNT(&set);
  };
  const int allowed = cpus();
  if (allowed < 2) {
    WARN("one CPU only: nothing to lose");
    return;
  }
  const ScratchFolder folder;
  const auto runner = three_layers(folder, {-1, 4, 6, 6});
  write_npz(folder / "d.npz", {{"x", npy("<f4", {12, 4, 6, 6}, random_floats(12 * 144, 6))}});
  const auto data = load_dataset(folder / "d.npz");
  size_t visited = 0;
  visit_layers(runner, data, CalibrationOptions{}, 2,
               [&](size_t, const LayerActivations&) -> std::optional<QuantizedCall> {
                 int inherited = 0;
                 std::thread([&] { inherited = cpus(); }).join();
                 CHECK(inherited == allowed);
                 ++visited;
                 return std::nullopt;
               });
  REQUIRE(visited == 3);
}
