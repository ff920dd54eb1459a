// SPDX-License-Identifier: Apache-2.0
// Weights that come again in a network are one layer with several places.
#include <catch2/catch.hpp>

#include "golden/core/uniform.hpp"
#include "golden/model/calibration.hpp"
#include "golden/model/layer_pass.hpp"
#include "golden/tests/data_files.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

constexpr size_t kWidth = 5;

// x [N, 5]; h = tanh(h W + b) for `steps` steps from h = x, then an output layer.
ModelRunner recurrence(const ScratchFolder& folder, int steps, long batch = -1) {
  const auto x = input({batch, static_cast<long>(kWidth)});
  NodePtr h = x;
  for (int step = 0; step < steps; ++step) {
    h = named(std::make_shared<op::MatMul>(h, random_constant({kWidth, kWidth}, 1), false, true),
              "step" + std::to_string(step));
    h = std::make_shared<op::Tanh>(add(h, random_constant({kWidth}, 2)));
  }
  h = std::make_shared<op::MatMul>(h, random_constant({3, kWidth}, 3), false, true);
  return saved(folder / "m.xml", named(h, "out"), {x});
}

// The same in double, with the layer's weights and bias given.
std::vector<float> plain_recurrence(const std::vector<float>& x, int steps,
                                    const std::vector<float>& w, const std::vector<float>& b,
                                    const std::vector<float>& out) {
  std::vector<float> y;
  for (size_t n = 0; n < x.size() / kWidth; ++n) {
    std::vector<double> h(x.begin() + static_cast<long>(n * kWidth),
                          x.begin() + static_cast<long>((n + 1) * kWidth));
    for (int step = 0; step < steps; ++step) {
      std::vector<double> next(b.begin(), b.end());
      for (size_t o = 0; o < kWidth; ++o) {
        for (size_t i = 0; i < kWidth; ++i)
          next[o] += static_cast<double>(w[o * kWidth + i]) * h[i];
        next[o] = std::tanh(next[o]);
      }
      h = next;
    }
    for (size_t o = 0; o < 3; ++o) {
      double sum = 0;
      for (size_t i = 0; i < kWidth; ++i) sum += static_cast<double>(out[o * kWidth + i]) * h[i];
      y.push_back(static_cast<float>(sum));
    }
  }
  return y;
}

}  // namespace

TEST_CASE("steps with the same weights are one layer, whose weights change at every place",
          "[model][tied]") {
  const ScratchFolder folder;
  const auto runner = recurrence(folder, 4);
  REQUIRE(runner.layers().size() == 2);
  const LayerInfo& step = runner.layers()[0];
  CHECK(step.name == "step0");
  CHECK(step.places == 4);
  CHECK(step.macs == 4 * kWidth * kWidth);
  CHECK(runner.layers()[1].places == 1);
  CHECK(runner.info().quantizable_share() == 1.0);

  Substitution change;
  size_t calls = 0;
  std::vector<float> w = step.weights;
  std::vector<float> b = step.bias;
  for (float& v : w) v *= 0.75F;
  for (float& v : b) v += 0.125F;
  change.layers[0].weights = w;
  change.layers[0].bias = b;
  change.layers[0].input_tap = [&](const LayerCall&) { ++calls; };
  const auto x = random_floats(6 * kWidth, 7);
  Session session = runner.session(change, 3);
  const auto y = session.run(x.data(), 6);
  CHECK(calls == 2 * 4);  // two batches
  CHECK(largest_difference(y, plain_recurrence(x, 4, w, b, random_floats(15, 3))) < 1e-5);
  Session plain = runner.session({}, 6);
  CHECK(largest_difference(plain.run(x.data(), 6), plain_recurrence(x, 4, step.weights, step.bias,
                                                                    random_floats(15, 3))) < 1e-5);
}

TEST_CASE("layers that share weights only, not shape or bias, stay apart", "[model][tied]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4, 4});
  const auto product = [](const NodePtr& in) {
    return std::make_shared<op::MatMul>(in, random_constant({4, 4}, 1), false, true);
  };
  const NodePtr a = add(product(x), random_constant({4}, 2));
  const NodePtr b = add(product(a), random_constant({4}, 3));
  const NodePtr c = product(std::make_shared<op::ReduceMean>(b, integers({1}), false));
  const auto runner = saved(folder / "m.xml", c, {x});
  REQUIRE(runner.layers().size() == 3);
  for (const LayerInfo& layer : runner.layers()) CHECK(layer.places == 1);
}

TEST_CASE("calibration of a tied layer sees every step of every sample", "[model][tied]") {
  const ScratchFolder folder;
  const auto runner = recurrence(folder, 3);
  const auto values = random_floats(20 * kWidth, 9);
  write_npz(folder / "d.npz", {{"x", npy("<f4", {20, kWidth}, values)}});
  const auto data = load_dataset(folder / "d.npz");
  CalibrationOptions options;
  options.samples = 20;
  options.max_rows = 60;
  const auto seen = calibrate(runner, data, options)[0];
  REQUIRE(seen.count == 3 * 20 * kWidth);
  REQUIRE(seen.row_count == 60);
  // Step 0 reads the samples themselves: each of them must be among the rows.
  size_t found = 0;
  for (size_t n = 0; n < 20; ++n) {
    for (size_t r = 0; r < 60; ++r) {
      if (std::equal(values.begin() + static_cast<long>(n * kWidth),
                     values.begin() + static_cast<long>((n + 1) * kWidth),
                     seen.rows.begin() + static_cast<long>(r * kWidth))) {
        ++found;
        break;
      }
    }
  }
  CHECK(found == 20);
}

TEST_CASE("a pass visits a tied layer once, on all its steps, then computes it as it was told",
          "[model][tied][pass]") {
  const ScratchFolder folder;
  for (const long batch : {-1L, 4L}) {
    const auto runner = recurrence(folder, 3, batch);
    write_npz(folder / "d.npz", {{"x", npy("<f4", {12, kWidth}, random_floats(12 * kWidth, 9))}});
    const auto data = load_dataset(folder / "d.npz");
    CalibrationOptions options;
    options.samples = 12;
    options.max_rows = 24;
    Substitution prefix;
    size_t visited = 0;
    visit_layers(runner, data, options, 1,
                 [&](size_t index, const LayerActivations& seen) -> std::optional<QuantizedCall> {
                   REQUIRE(index == visited++);
                   const auto expected = calibrate(runner, data, options, prefix)[index];
                   CAPTURE(batch, index);
                   REQUIRE(seen.count == expected.count);
                   REQUIRE(seen.rows == expected.rows);
                   QuantizedCall call;
                   call.halves = std::make_shared<const std::vector<float>>(
                       dequantized_halves(uniform_table(7, 0.2, "test")));
                   call.weights = runner.layers()[index].weights;
                   for (float& w : call.weights) w = std::round(4 * w) / 4;
                   call.bias = runner.layers()[index].bias;
                   LayerSubstitution& s = prefix.layers[index];
                   s.input_tap = [halves = call.halves](const LayerCall& c) {
                     const size_t size = c.input_shape[0] * c.input_shape[1];
                     fake_quantize({c.input, size}, *halves, {c.output, size});
                   };
                   s.weights = call.weights;
                   s.bias = call.bias;
                   return call;
                 });
    REQUIRE(visited == 2);
  }
}
