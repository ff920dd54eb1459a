// SPDX-License-Identifier: Apache-2.0
// Model files as users have them: operations nobody knows, weights in a file of their own.
#include <catch2/catch.hpp>

#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {
const std::filesystem::path kModels = "golden/tests/data";
}

TEST_CASE("all unsupported operations are named with their nodes", "[model][bad-input]") {
  const auto message = error_of([] { ModelRunner::load(kModels / "unsupported.onnx"); });
  // OpenVINO calls the node in front of an output by the output's name.
  for (const char* text : {"unsupported.onnx", "2 operations are unsupported", "Warp", "warp_0",
                           "Weft", "node y", "export the network without"}) {
    CHECK_THAT(message, says(text));
  }
  CHECK(message.find("MatMul") == std::string::npos);
}

TEST_CASE("weights in an external file are read, and their absence is an error",
          "[model][bad-input]") {
  const auto runner = ModelRunner::load(kModels / "external.onnx");
  REQUIRE(runner.layers().size() == 1);
  // w[i][o] = (3 i + o) / 12 in the file, [outputs][k] here.
  const auto& layer = runner.layers()[0];
  for (std::size_t o = 0; o < 3; ++o) {
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(layer.weights[o * 4 + i] == static_cast<float>(3 * i + o) / 12.0F);
    }
  }
  const ScratchFolder folder;
  std::filesystem::copy_file(kModels / "external.onnx", folder / "external.onnx");
  CHECK_THAT(error_of([&] { ModelRunner::load(folder / "external.onnx"); }), says("external.onnx"));
}

TEST_CASE("a product written as Einsum is listed with what to do, and counts as not quantized",
          "[model]") {
  const ScratchFolder folder;
  const auto x = input({1, 5, 4});
  const auto y =
      std::make_shared<op::Einsum>(ov::OutputVector{x, random_constant({4, 3}, 1)}, "bti,io->bto");
  y->set_friendly_name("mix");
  const auto flat = std::make_shared<op::Reshape>(y, integers({1, 15}), false);
  const auto product = std::make_shared<op::MatMul>(flat, random_constant({2, 15}, 4), false, true);
  const auto runner = saved(folder / "m.xml", product, {x});
  CHECK(runner.layers().size() == 1);
  REQUIRE(runner.info().left_out.size() == 1);
  CHECK_THAT(runner.info().left_out[0], says("Einsum mix") && says("MatMul"));
  CHECK(runner.info().quantizable_share() == Approx(30.0 / (30 + 5 * 4 * 3)));
}

TEST_CASE("a recurrent operation is listed with what to do, and counts as not quantized",
          "[model]") {
  const ScratchFolder folder;
  const auto x = input({1, 5, 4});
  const auto zero = constant({1, 1, 3}, std::vector<float>(3, 0.0F));
  const auto lstm = std::make_shared<op::LSTMSequence>(
      x, zero, zero, op::Constant::create(ov::element::i32, {1}, {5}),
      random_constant({1, 12, 4}, 1), random_constant({1, 12, 3}, 2), random_constant({1, 12}, 3),
      3, ov::op::RecurrentSequenceDirection::FORWARD);
  lstm->set_friendly_name("memory");
  const auto flat = std::make_shared<op::Reshape>(lstm->output(0), integers({1, 15}), false);
  const auto product = std::make_shared<op::MatMul>(flat, random_constant({2, 15}, 4), false, true);
  const auto runner = saved(folder / "m.xml", product, {x});
  CHECK(runner.layers().size() == 1);
  REQUIRE(runner.info().left_out.size() == 1);
  CHECK_THAT(runner.info().left_out[0], says("LSTMSequence memory") && says("unrolled"));
  CHECK(runner.info().quantizable_share() == Approx(30.0 / (30 + 5 * 12 * 7)));
}
