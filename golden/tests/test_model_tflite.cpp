// SPDX-License-Identifier: Apache-2.0
// TensorFlow Lite networks like those of MLPerf Tiny, in floating point and in 8 bits
// (golden/models/make_test_models.py).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

ModelRunner loaded(const std::string& name) {
  return ModelRunner::load(std::filesystem::path("golden/tests/data") / name);
}

}  // namespace

TEST_CASE("a TFLite network of floats loads with all layers, biases and ReLUs", "[model][tflite]") {
  const auto runner = loaded("ds_cnn_f32.tflite");
  const auto& layers = runner.layers();
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].kind == LayerKind::kConvolution);
  CHECK(layers[1].kind == LayerKind::kGroupConvolution);
  CHECK(layers[1].groups == 8);
  CHECK(layers[2].k == 8);
  CHECK(layers[3].kind == LayerKind::kMatMul);
  for (const auto& layer : layers) CHECK(layer.has_bias);
  for (std::size_t i = 0; i < 3; ++i) CHECK(layers[i].relu);
  CHECK_FALSE(layers[3].relu);
  CHECK(runner.info().quantizable_share() == 1);
  CHECK(runner.info().left_out.empty());
}

TEST_CASE("an 8-bit TFLite network gives the dequantized weights of its layers",
          "[model][tflite]") {
  const auto exact = loaded("ds_cnn_f32.tflite");
  const auto narrow = loaded("ds_cnn_i8.tflite");
  REQUIRE(narrow.layers().size() == 4);
  CHECK(narrow.info().quantizable_share() == 1);
  std::size_t checks = 0;
  for (std::size_t l = 0; l < 4; ++l) {
    const auto& a = exact.layers()[l];
    const auto& b = narrow.layers()[l];
    CHECK(a.kind == b.kind);
    CHECK(a.relu == b.relu);
    REQUIRE(a.weights.size() == b.weights.size());
    for (std::size_t o = 0; o < a.outputs; ++o) {
      double top = 0;
      for (std::size_t i = 0; i < a.k; ++i) {
        top = std::max(top, std::abs(static_cast<double>(a.weights[o * a.k + i])));
      }
      // Half a step of the channel's 8-bit scale, and some rounding.
      for (std::size_t i = 0; i < a.k; ++i, ++checks) {
        CHECK(std::abs(static_cast<double>(a.weights[o * a.k + i]) -
                       static_cast<double>(b.weights[o * a.k + i])) <= top / 127 * 0.501);
      }
    }
  }
  CHECK(checks == 8 * 9 + 8 * 9 + 8 * 8 + 4 * 8);
}

TEST_CASE("an 8-bit TFLite network answers like its float twin within its steps",
          "[model][tflite]") {
  Session exact = loaded("ds_cnn_f32.tflite").session();
  Session narrow = loaded("ds_cnn_i8.tflite").session();
  // The 8-bit network takes and gives codes: x = 0.05 * (code + 20), scores = 0.1 * code.
  std::vector<float> x = random_floats(80, 5);
  std::vector<float> codes(80);
  for (std::size_t i = 0; i < 80; ++i) {
    codes[i] = std::round(x[i] / 0.05F) - 20;
    x[i] = 0.05F * (codes[i] + 20);
  }
  const auto y = exact.run(x.data(), 1);
  auto z = narrow.run(codes.data(), 1);
  for (float& value : z) value *= 0.1F;
  CHECK(largest_difference(y, z) < 0.25);
  CHECK(*std::max_element(y.begin(), y.end()) - *std::min_element(y.begin(), y.end()) > 0.25F);
}
