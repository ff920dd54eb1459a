// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>

#include "golden/model/evaluate.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

TEST_CASE("the committed MNIST network has three layers and runs in f32", "[model]") {
  const auto runner = ModelRunner::load("golden/models/mnist_mlp.onnx");
  REQUIRE(runner.layers().size() == 3);
  const size_t sizes[] = {784, 512, 512, 10};
  for (size_t i = 0; i < 3; ++i) {
    const auto& layer = runner.layers()[i];
    INFO(layer.name);
    CHECK(layer.kind == LayerKind::kMatMul);
    CHECK(layer.k == sizes[i]);
    CHECK(layer.outputs == sizes[i + 1]);
    CHECK(layer.relu == (i < 2));
    CHECK(layer.has_bias);
    CHECK(layer.macs == layer.k * layer.outputs);
    CHECK(runner.layer_index(layer.name) == i);
  }
  CHECK(runner.info().quantizable_share() == 1.0);
  CHECK(runner.info().checksum.size() == 64);
  Session folded = runner.session({}, 7);
  Session plain = runner.unfolded_session(7);
  CHECK(folded.precision() == "f32");
  const auto x = random_floats(20 * 784, 1);
  CHECK(largest_difference(folded.run(x.data(), 20), plain.run(x.data(), 20)) <
        1e-4);  // of values up to 50
  CHECK_THAT(error_of([&] { runner.layer_index("nowhere"); }), says("nowhere"));
}

// Not bit-identical on every CPU: a tap keeps OpenVINO from fusing across it, and the order of a
// sum may change with that.
TEST_CASE("a tap that changes nothing leaves the outputs equal but for rounding", "[model]") {
  const auto runner = ModelRunner::load("golden/models/mnist_mlp.onnx");
  Substitution taps;
  size_t calls = 0;
  for (size_t i = 0; i < 3; ++i) {
    taps.layers[i].input_tap = [&](const LayerCall&) { ++calls; };
    taps.layers[i].output_tap = [&](const LayerCall&) { ++calls; };
  }
  Session plain = runner.session({}, 8);
  Session tapped = runner.session(taps, 8);
  const auto x = random_floats(20 * 784, 2);
  CHECK(largest_difference(plain.run(x.data(), 20), tapped.run(x.data(), 20)) <
        1e-4);  // of values up to 50
  CHECK(calls == 3 * 6);
}
