// SPDX-License-Identifier: Apache-2.0
// What ModelRunner finds in a network: geometry, folded weights and bias, names, shares.
#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

struct ConvCase {
  const char* what;
  size_t channels, outputs, groups;
  size_t height, width;
  ov::Shape kernel;
  ov::Strides stride, dilation;
  ov::CoordinateDiff pad_begin, pad_end;
};

const ConvCase kConvCases[] = {
    {"1x1", 3, 5, 1, 6, 6, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
    {"3x3 padded", 3, 4, 1, 7, 5, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {"strided, uneven padding", 2, 6, 1, 9, 8, {3, 2}, {2, 3}, {1, 1}, {0, 1}, {2, 1}},
    {"dilated", 4, 3, 1, 11, 12, {3, 3}, {1, 2}, {2, 3}, {2, 0}, {2, 3}},
    {"grouped", 6, 9, 3, 6, 7, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {"depthwise", 8, 8, 8, 10, 10, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}},
    {"depthwise, two outputs a channel", 3, 6, 3, 5, 5, {2, 2}, {1, 1}, {2, 2}, {0, 0}, {1, 0}},
};

NodePtr convolution(const NodePtr& x, const ConvCase& c, unsigned seed) {
  if (c.groups == 1) {
    return std::make_shared<op::Convolution>(
        x, random_constant({c.outputs, c.channels, c.kernel[0], c.kernel[1]}, seed), c.stride,
        c.pad_begin, c.pad_end, c.dilation);
  }
  return std::make_shared<op::GroupConvolution>(
      x,
      random_constant(
          {c.groups, c.outputs / c.groups, c.channels / c.groups, c.kernel[0], c.kernel[1]}, seed),
      c.stride, c.pad_begin, c.pad_end, c.dilation);
}

// Folded network against the network as saved, and the described layer against a plain loop.
void check_against_plain_loop(const ModelRunner& runner, size_t samples, unsigned seed) {
  REQUIRE(runner.layers().size() == 1);
  const LayerInfo& layer = runner.layers()[0];
  Session folded = runner.session({}, samples);
  Session unfolded = runner.unfolded_session(samples);
  auto in_shape = folded.sample_shape();
  in_shape.insert(in_shape.begin(), samples);
  auto out_shape = layer.output_shape;
  out_shape[0] = samples;
  const auto x = random_floats(ov::shape_size(ov::Shape(in_shape)), seed);
  const auto y = folded.run(x.data(), samples);
  CHECK(largest_difference(y, unfolded.run(x.data(), samples)) < 1e-5);
  const auto expected = plain_layer(layer, in_shape, out_shape, x.data());
  CHECK(largest_difference(y, {expected.begin(), expected.end()}) < 1e-5);
}

}  // namespace

TEST_CASE("convolutions of every geometry: description equals a plain loop", "[model][layers]") {
  const ScratchFolder folder;
  size_t checks = 0;
  for (const auto& c : kConvCases) {
    CAPTURE(c.what);
    const auto x = input({-1, static_cast<long>(c.channels), static_cast<long>(c.height),
                          static_cast<long>(c.width)});
    const auto y =
        relu(add(named(convolution(x, c, 3), "conv"), random_constant({1, c.outputs, 1, 1}, 4)));
    const auto runner = saved(folder / "m.xml", y, {x});
    const LayerInfo& layer = runner.layers().at(0);
    CHECK(layer.name == "conv");
    CHECK(layer.k == c.channels / c.groups * c.kernel[0] * c.kernel[1]);
    CHECK(layer.outputs == c.outputs);
    CHECK(layer.groups == c.groups);
    CHECK(layer.kernel == std::vector<size_t>(c.kernel.begin(), c.kernel.end()));
    CHECK(layer.stride == std::vector<size_t>(c.stride.begin(), c.stride.end()));
    CHECK(layer.dilation == std::vector<size_t>(c.dilation.begin(), c.dilation.end()));
    CHECK(layer.relu);
    CHECK(layer.has_bias);
    CHECK(layer.input_shape == std::vector<size_t>{1, c.channels, c.height, c.width});
    CHECK(layer.macs == ov::shape_size(ov::Shape(layer.output_shape)) * layer.k);
    CHECK(runner.info().macs == static_cast<double>(layer.macs));
    CHECK(runner.info().host_operations.empty());
    check_against_plain_loop(runner, 3, 5);
    ++checks;
  }
  CHECK(checks == std::size(kConvCases));
}

TEST_CASE("im2col gathers what a convolution multiplies, padding included", "[model][layers]") {
  const ScratchFolder folder;
  size_t checks = 0;
  for (const auto& c : kConvCases) {
    CAPTURE(c.what);
    const auto in = input({2, static_cast<long>(c.channels), static_cast<long>(c.height),
                           static_cast<long>(c.width)});
    const auto runner = saved(folder / "m.xml", convolution(in, c, 6), {in});
    const LayerInfo& layer = runner.layers().at(0);
    const Im2col view(layer, layer.input_shape);
    const auto x = random_floats(view.input_elements(), 7);
    const auto expected = plain_layer(layer, layer.input_shape, layer.output_shape, x.data());
    REQUIRE(view.output_elements() == expected.size());
    REQUIRE(view.samples() == 2);
    std::vector<float> row(view.k());
    std::vector<bool> written(expected.size());
    for (size_t s = 0; s < view.samples(); ++s) {
      for (size_t p = 0; p < view.positions(); ++p) {
        for (size_t o = 0; o < layer.outputs; ++o) {
          view.gather(x.data(), s, p, o / layer.outputs_per_group(), 0.0f, row.data());
          double sum = 0;
          for (size_t i = 0; i < view.k(); ++i) {
            sum +=
                static_cast<double>(row[i]) * static_cast<double>(layer.weights[o * layer.k + i]);
          }
          const size_t at = view.output_index(s, p, o);
          REQUIRE_FALSE(written.at(at));
          written[at] = true;
          REQUIRE(sum == Approx(expected[at]).margin(1e-9));
          ++checks;
        }
      }
    }
  }
  CHECK(checks > 1000);
}

TEST_CASE("im2col over codes puts the given code into the padding, one and three axes",
          "[model][layers]") {
  LayerInfo layer;
  layer.name = "c";
  layer.kind = LayerKind::kConvolution;
  layer.k = 3;
  layer.outputs = 1;
  layer.kernel = {3};
  layer.stride = {2};
  layer.dilation = {1};
  layer.pad_begin = {1};
  layer.pad_end = {1};
  const std::vector<size_t> shape{1, 1, 5};
  const Im2col line(layer, shape);
  REQUIRE(line.positions() == 3);
  const std::uint8_t codes[] = {10, 11, 12, 13, 14};
  std::uint8_t row[8];
  line.gather<std::uint8_t>(codes, 0, 0, 0, 99, row);
  CHECK(std::vector<int>(row, row + 3) == std::vector<int>{99, 10, 11});
  line.gather<std::uint8_t>(codes, 0, 2, 0, 99, row);
  CHECK(std::vector<int>(row, row + 3) == std::vector<int>{13, 14, 99});

  layer.k = 8;
  layer.kernel = {2, 2, 2};
  layer.stride = layer.dilation = {1, 1, 1};
  layer.pad_begin = layer.pad_end = {0, 0, 0};
  const std::vector<size_t> cube{1, 1, 2, 2, 3};
  const Im2col volume(layer, cube);
  REQUIRE(volume.positions() == 2);
  const std::uint8_t block[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  volume.gather<std::uint8_t>(block, 0, 1, 0, 99, row);
  CHECK(std::vector<int>(row, row + 8) == std::vector<int>{1, 2, 4, 5, 7, 8, 10, 11});
  CHECK_THAT(error_of([&] { Im2col(layer, std::vector<size_t>{1, 2, 2, 2, 3}); }), says("layer c"));
  CHECK_THAT(error_of([&] {
               Im2col(layer, std::vector<size_t>{1, 1, 1, 2, 3});
             }),
             says("[1, 1, 1"));
}

TEST_CASE("products: both weight orders, more than two axes, bias before or behind",
          "[model][layers]") {
  const ScratchFolder folder;
  for (const bool transposed : {false, true}) {
    for (const bool deep : {false, true}) {
      CAPTURE(transposed, deep);
      const auto x = deep ? input({-1, 4, 6}) : input({-1, 6});
      const ov::Shape shape = transposed ? ov::Shape{5, 6} : ov::Shape{6, 5};
      const auto product =
          std::make_shared<op::MatMul>(x, random_constant(shape, 1), false, transposed);
      const auto runner =
          saved(folder / "m.xml", relu(add(random_constant({5}, 2), named(product, "fc"))), {x});
      const LayerInfo& layer = runner.layers().at(0);
      CHECK(layer.name == "fc");
      CHECK(layer.k == 6);
      CHECK(layer.outputs == 5);
      CHECK(layer.macs == (deep ? 120u : 30u));
      const auto stored = random_floats(30, 1);
      for (size_t o = 0; o < 5; ++o) {
        for (size_t i = 0; i < 6; ++i) {
          REQUIRE(layer.weights[o * 6 + i] == stored[transposed ? o * 6 + i : i * 5 + o]);
        }
      }
      CHECK(layer.bias == random_floats(5, 2));
      check_against_plain_loop(runner, 3, 5);
    }
  }
}

TEST_CASE("constant factors and terms behind a product fold, the result does not change",
          "[model][layers]") {
  const ScratchFolder folder;
  const auto x = input({-1, 3, 6, 6});
  const auto& c = kConvCases[1];
  const auto conv = named(convolution(x, c, 3), "block/conv");
  NodePtr y = add(conv, random_constant({1, 4, 1, 1}, 4));
  y = std::make_shared<op::Multiply>(random_constant({4, 1, 1}, 5), y);
  y = std::make_shared<op::Subtract>(constant({}, {0.25f}), y);
  const std::vector<float> variance{0.5f, 1.5f, 0.1f, 2.0f};
  y = std::make_shared<op::BatchNormInference>(y, random_constant({4}, 6), random_constant({4}, 7),
                                               random_constant({4}, 8), constant({4}, variance),
                                               1e-3);
  y = std::make_shared<op::Divide>(y, constant({1, 1, 1, 1}, {0.5f}));
  const auto runner = saved(folder / "m.xml", relu(y), {x});
  CHECK(runner.layers().at(0).name == "block/conv");
  CHECK(runner.layers()[0].relu);
  CHECK(runner.info().host_operations.empty());
  check_against_plain_loop(runner, 2, 9);
}

TEST_CASE("the range that outputs are clipped to is known, by ReLU or on the host",
          "[model][layers]") {
  const ScratchFolder folder;
  constexpr float kOpen = std::numeric_limits<float>::infinity();
  const auto range_behind = [&](const std::function<NodePtr(const NodePtr&)>& tail) {
    const auto x = input({-1, 3, 6, 6});
    const auto conv = named(convolution(x, kConvCases[0], 3), "conv");
    const auto runner = saved(folder / "m.xml", tail(conv), {x});
    const LayerInfo& layer = runner.layers().at(0);
    return std::pair(layer.clip_low, layer.clip_high);
  };
  const auto limit = [](float value) { return constant({}, {value}); };
  const auto maximum = [&](const NodePtr& y, float value) -> NodePtr {
    return std::make_shared<op::Maximum>(limit(value), y);
  };
  const auto minimum = [&](const NodePtr& y, float value) -> NodePtr {
    return std::make_shared<op::Minimum>(y, limit(value));
  };
  using Range = std::pair<float, float>;
  CHECK(range_behind([](const NodePtr& y) { return y; }) == Range(-kOpen, kOpen));
  CHECK(range_behind([](const NodePtr& y) { return relu(y); }) == Range(0.0F, kOpen));
  CHECK(range_behind([](const NodePtr& y) -> NodePtr {
          return std::make_shared<op::Clamp>(y, 0.0, 6.0);
        }) == Range(0.0F, 6.0F));
  CHECK(range_behind([&](const NodePtr& y) { return minimum(maximum(y, -1), 6); }) ==
        Range(-1.0F, 6.0F));
  CHECK(range_behind([&](const NodePtr& y) { return minimum(relu(y), 6); }) == Range(0.0F, 6.0F));
  // Used unclipped somewhere else, or clipped to no one number.
  CHECK(range_behind([](const NodePtr& y) { return add(relu(y), y); }) == Range(-kOpen, kOpen));
  CHECK(range_behind([](const NodePtr& y) -> NodePtr {
          return std::make_shared<op::Maximum>(y, std::make_shared<op::Negative>(y));
        }) == Range(-kOpen, kOpen));
}

TEST_CASE("what must stay on the host stays there", "[model][layers]") {
  const ScratchFolder folder;
  const auto fc = [](const NodePtr& x, unsigned seed) {
    return named(std::make_shared<op::MatMul>(x, random_constant({4, 4}, seed), false, true), "fc");
  };
  const auto load = [&](const NodePtr& y, const std::shared_ptr<op::Parameter>& x) {
    auto runner = saved(folder / "m.xml", y, {x});
    check_against_plain_loop(runner, 3, 11);
    return runner;
  };
  SECTION("a term with values along another axis") {
    const auto x = input({-1, 4, 4});
    const auto runner = saved(folder / "m.xml", add(fc(x, 1), random_constant({4, 1}, 2)), {x});
    CHECK_FALSE(runner.layers().at(0).has_bias);
    CHECK(runner.info().host_operations.at("Add") == 1);
  }
  SECTION("ReLU6 is a clamp, not a ReLU") {
    const auto x = input({-1, 4});
    const auto runner =
        saved(folder / "m.xml", std::make_shared<op::Clamp>(fc(x, 1), 0.0, 6.0), {x});
    CHECK_FALSE(runner.layers().at(0).relu);
    CHECK(runner.info().host_operations == std::map<std::string, size_t>{{"Clamp", 1}});
  }
  SECTION("a clamp without upper end is a ReLU") {
    const auto x = input({-1, 4});
    const auto runner = load(
        std::make_shared<op::Clamp>(fc(x, 1), 0.0, std::numeric_limits<double>::infinity()), x);
    CHECK(runner.layers().at(0).relu);
  }
  SECTION("a result with two consumers keeps its ReLU outside") {
    const auto x = input({-1, 4});
    const auto y = fc(x, 1);
    const auto runner = saved(folder / "m.xml", add(relu(y), y), {x});
    CHECK_FALSE(runner.layers().at(0).relu);
    Session folded = runner.session();
    Session plain = runner.unfolded_session();
    const auto values = random_floats(12, 3);
    CHECK(largest_difference(folded.run(values.data(), 3), plain.run(values.data(), 3)) < 1e-6);
  }
  SECTION("a product of activations of two samples counts, but is left out with its reason") {
    const auto x = input({-1, 4, 4});
    const auto row = std::make_shared<op::ReduceMean>(x, integers({0}), true);
    const auto y = std::make_shared<op::MatMul>(fc(x, 1), row, false, true);
    const auto runner = saved(folder / "m.xml", named(y, "scores"), {x});
    REQUIRE(runner.layers().size() == 1);
    REQUIRE(runner.info().left_out.size() == 1);
    CHECK_THAT(runner.info().left_out[0], says("scores") && says("first dimension"));
    CHECK(runner.info().macs == 128);
    CHECK(runner.info().quantizable_macs == 64);
    CHECK(runner.info().quantizable_share() == 0.5);
  }
}

TEST_CASE("channels last: transposes in between are passed", "[model][layers]") {
  // As an import from TensorFlow Lite may look: the bias comes behind the transpose back.
  const ScratchFolder folder;
  const auto x = input({-1, 6, 6, 3});
  const auto transpose = [](const NodePtr& node, const std::vector<std::int64_t>& order) {
    return std::make_shared<op::Transpose>(node, integers(order));
  };
  NodePtr y = transpose(x, {0, 3, 1, 2});
  y = transpose(named(convolution(y, kConvCases[1], 3), "conv"), {0, 2, 3, 1});
  y = relu(add(y, random_constant({4}, 4)));
  y = std::make_shared<op::MaxPool>(transpose(y, {0, 3, 1, 2}), ov::Strides{2, 2},
                                    ov::Strides{1, 1}, ov::Shape{0, 0}, ov::Shape{0, 0},
                                    ov::Shape{2, 2});
  y = transpose(y, {0, 2, 3, 1});
  y = std::make_shared<op::MatMul>(y, random_constant({7, 4}, 5), false, true);
  const auto runner = saved(folder / "m.xml", add(y, random_constant({7}, 6)), {x});
  REQUIRE(runner.layers().size() == 2);
  CHECK(runner.layers()[0].relu);
  CHECK(runner.layers()[0].bias == random_floats(4, 4));
  CHECK(runner.layers()[0].input_shape == std::vector<size_t>{1, 3, 6, 6});
  CHECK(runner.layers()[1].outputs == 7);
  CHECK(runner.layers()[1].bias == random_floats(7, 6));
  Session folded = runner.session({}, 4);
  Session plain = runner.unfolded_session(4);
  const auto values = random_floats(9 * 108, 8);
  CHECK(largest_difference(folded.run(values.data(), 9), plain.run(values.data(), 9)) < 1e-5);
}

TEST_CASE("compressed, transposed and fake-quantized constants are seen through",
          "[model][layers]") {
  const ScratchFolder folder;
  const auto x = input({-1, 6});
  SECTION("f16 weights behind a conversion, transposed") {
    const auto half = op::Constant::create(ov::element::f16, {6, 5}, random_floats(30, 1));
    const auto wide = std::make_shared<op::Convert>(half, ov::element::f32);
    const auto turned = std::make_shared<op::Transpose>(wide, integers({1, 0}));
    const auto runner =
        saved(folder / "m.xml", std::make_shared<op::MatMul>(x, turned, false, true), {x});
    const auto exact = half->cast_vector<float>();
    CHECK(runner.layers().at(0).weights.at(6 + 2) == exact[2 * 5 + 1]);
    check_against_plain_loop(runner, 2, 3);
  }
  SECTION("weights through FakeQuantize") {
    const auto fake = std::make_shared<op::FakeQuantize>(
        random_constant({5, 6}, 1), constant({1, 1}, {-1}), constant({1, 1}, {1}),
        constant({1, 1}, {-1}), constant({1, 1}, {1}), 9);
    const auto runner =
        saved(folder / "m.xml", std::make_shared<op::MatMul>(x, fake, false, true), {x});
    for (const float w : runner.layers().at(0).weights) REQUIRE(w == std::round(w * 4) / 4);
    check_against_plain_loop(runner, 2, 3);
  }
  SECTION("a whole network in f16") {
    const auto narrow = input({-1, 6}, ov::element::f16);
    const auto w = op::Constant::create(ov::element::f16, {5, 6}, random_floats(30, 1));
    const auto b = op::Constant::create(ov::element::f16, {5}, random_floats(5, 2));
    const auto runner =
        saved(folder / "m.xml", relu(add(std::make_shared<op::MatMul>(narrow, w, false, true), b)),
              {narrow});
    CHECK(runner.info().inputs.at(0).type == "f16");
    CHECK(runner.layers().at(0).relu);
    check_against_plain_loop(runner, 2, 3);
  }
}

TEST_CASE("names are stable between loads and unique", "[model][layers]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4});
  NodePtr y = x;
  for (unsigned i = 0; i < 3; ++i) {
    y = std::make_shared<op::MatMul>(y, random_constant({4, 4}, i + 1), false, true);
    if (i < 2) y = named(y, "same");
  }
  const auto first = saved(folder / "m.xml", y, {x});
  const auto second = ModelRunner::load(folder / "m.xml");
  REQUIRE(first.layers().size() == 3);
  CHECK(first.layers()[0].name == "same");
  CHECK(first.layers()[1].name == "same#2");
  for (size_t i = 0; i < 3; ++i) CHECK(first.layers()[i].name == second.layers()[i].name);
}
