// SPDX-License-Identifier: Apache-2.0
// Taps, exchanged weights and replaced layers.
#include <catch2/catch.hpp>
#include <numeric>

#include "golden/model/evaluate.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// Residual network: padded, strided, depthwise and grouped convolutions, pooling, a product.
NodePtr residual_network(const std::shared_ptr<op::Parameter>& x) {
  const auto conv = [](const NodePtr& in, const ov::Shape& weights, size_t stride, long pad,
                       unsigned seed) -> NodePtr {
    const auto s = static_cast<size_t>(stride);
    return std::make_shared<op::Convolution>(in, random_constant(weights, seed), ov::Strides{s, s},
                                             ov::CoordinateDiff{pad, pad},
                                             ov::CoordinateDiff{pad, pad}, ov::Strides{1, 1});
  };
  const auto grouped = [](const NodePtr& in, const ov::Shape& weights, unsigned seed) -> NodePtr {
    return std::make_shared<op::GroupConvolution>(in, random_constant(weights, seed),
                                                  ov::Strides{1, 1}, ov::CoordinateDiff{1, 1},
                                                  ov::CoordinateDiff{1, 1}, ov::Strides{1, 1});
  };
  NodePtr y = relu(add(conv(x, {16, 3, 3, 3}, 2, 1, 1), random_constant({1, 16, 1, 1}, 2)));
  const NodePtr skip = y;
  y = relu(add(grouped(y, {16, 1, 1, 3, 3}, 3), random_constant({1, 16, 1, 1}, 4)));
  y = add(conv(y, {16, 16, 1, 1}, 1, 0, 5), random_constant({1, 16, 1, 1}, 6));
  y = relu(add(y, skip));
  y = add(grouped(y, {4, 8, 4, 3, 3}, 7), random_constant({1, 32, 1, 1}, 8));
  y = std::make_shared<op::ReduceMean>(y, integers({2, 3}), false);
  return std::make_shared<op::MatMul>(y, random_constant({32, 10}, 9), false, false);
}

ModelRunner residual_runner(const ScratchFolder& folder) {
  const auto x = input({-1, 3, 16, 16});
  return saved(folder / "m.xml", residual_network(x), {x});
}

constexpr size_t kElements = 3 * 16 * 16;

void plain_replacement(const LayerCall& call) {
  const auto y = plain_layer(call.layer, {call.input_shape.begin(), call.input_shape.end()},
                             {call.output_shape.begin(), call.output_shape.end()}, call.input);
  std::copy(y.begin(), y.end(), call.output);
}

}  // namespace

TEST_CASE("OpenVINO runs in f32, as read back from the compiled network", "[model]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  CHECK(runner.session().precision() == "f32");
  CHECK(runner.unfolded_session().precision() == "f32");
  // The property could lie: bfloat16 would be off by 1e-3 of the largest value.
  const auto in = input({-1, 512});
  const auto product =
      saved(folder / "p.xml",
            std::make_shared<op::MatMul>(in, random_constant({512, 64}, 1), false, false), {in});
  Session session = product.session();
  const auto x = random_floats(4 * 512, 3);
  const auto y = plain_layer(product.layers().at(0), {4, 512}, {4, 64}, x.data());
  CHECK(largest_difference(session.run(x.data(), 4), {y.begin(), y.end()}) < 2e-5);
}

TEST_CASE("taps that change nothing leave a residual network bit-identical", "[model][tap]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  REQUIRE(runner.layers().size() == 5);
  const auto x = random_floats(10 * kElements, 12);
  const auto plain = runner.session({}, 4).run(x.data(), 10);
  for (size_t first = 0; first < 5; ++first) {
    for (const bool all : {false, true}) {
      CAPTURE(first, all);
      Substitution taps;
      size_t calls = 0;
      for (size_t i = first; i < (all ? 5 : first + 1); ++i) {
        taps.layers[i].input_tap = [&](const LayerCall&) { ++calls; };
      }
      CHECK(runner.session(taps, 4).run(x.data(), 10) == plain);
      CHECK(calls == 3 * taps.layers.size());
    }
  }
  Substitution outputs;
  for (size_t i = 0; i < 5; ++i) outputs.layers[i].output_tap = [](const LayerCall&) {};
  CHECK(largest_difference(runner.session(outputs, 4).run(x.data(), 10), plain) < 1e-5);
}

TEST_CASE("two runs of the same batches give the same bits", "[model]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  const auto x = random_floats(32 * kElements, 13);
  Session once = runner.session({}, 32);
  Session again = runner.session({}, 32);
  const auto y = once.run(x.data(), 32);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(once.run(x.data(), 32) == y);
    REQUIRE(again.run(x.data(), 32) == y);
  }
}

TEST_CASE("every layer replaced by a plain double loop agrees with float", "[model][replace]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  const auto x = random_floats(7 * kElements, 14);
  const auto plain = runner.session({}, 3).run(x.data(), 7);
  double scale = 0;
  for (const float v : plain) scale = std::max(scale, std::abs(static_cast<double>(v)));
  for (size_t i = 0; i <= runner.layers().size(); ++i) {
    CAPTURE(i);
    Substitution change;
    for (size_t j = 0; j < runner.layers().size(); ++j) {
      if (i == j || i == runner.layers().size()) change.layers[j].replace = plain_replacement;
    }
    const auto y = runner.session(change, 3).run(x.data(), 7);
    CHECK(largest_difference(y, plain) < 1e-5 * std::max(scale, 1.0));
  }
}

TEST_CASE("a tap sees its layer's input, and what it writes reaches only this layer",
          "[model][tap]") {
  const ScratchFolder folder;
  const auto in = input({-1, 4});
  const auto first =
      named(std::make_shared<op::MatMul>(in, random_constant({4, 4}, 1), false, true), "first");
  const auto second =
      named(std::make_shared<op::MatMul>(in, random_constant({4, 4}, 2), false, true), "second");
  const auto runner = saved(folder / "m.xml", add(first, second), {in});
  const size_t layer = runner.layer_index("second");
  const auto x = random_floats(5 * 4, 3);
  std::vector<float> seen;
  Substitution taps;
  taps.layers[layer].input_tap = [&](const LayerCall& call) {
    REQUIRE(call.input_shape.size() == 2);
    CHECK(call.first_sample == 100 + seen.size() / 4);
    CHECK(call.samples == call.input_shape[0]);
    CHECK(call.batch == call.samples);
    seen.insert(seen.end(), call.input, call.input + call.samples * 4);
    for (size_t i = 0; i < call.samples * 4; ++i) call.output[i] = 0;
  };
  const auto y = runner.session(taps, 2).run(x.data(), 5, 100);
  CHECK(seen == x);
  const auto expected =
      plain_layer(runner.layers()[runner.layer_index("first")], {5, 4}, {5, 4}, x.data());
  CHECK(largest_difference(y, {expected.begin(), expected.end()}) < 1e-6);
}

TEST_CASE("two layers that read one tensor have a callback each", "[model][tap][replace]") {
  const ScratchFolder folder;
  const auto in = input({-1, 4});
  const auto branch = [&](unsigned seed) {
    return std::make_shared<op::MatMul>(relu(in), random_constant({4, 4}, seed), false, true);
  };
  const auto runner = saved(folder / "m.xml", add(branch(1), branch(2)), {in});
  REQUIRE(runner.layers().size() == 2);
  const auto x = random_floats(3 * 4, 3);
  const auto plain = runner.session().run(x.data(), 3);
  Substitution taps;
  Substitution replaced;
  std::vector<int> calls(4);
  for (size_t i = 0; i < 2; ++i) {
    taps.layers[i].input_tap = [&calls, i](const LayerCall&) { ++calls[i]; };
    replaced.layers[i].replace = [&calls, i](const LayerCall& call) {
      ++calls[2 + i];
      plain_replacement(call);
    };
  }
  CHECK(runner.session(taps).run(x.data(), 3) == plain);
  CHECK(largest_difference(runner.session(replaced).run(x.data(), 3), plain) < 1e-6);
  CHECK(calls == std::vector<int>{1, 1, 1, 1});
}

TEST_CASE("exchanged weights and bias act as if the network had them", "[model][weights]") {
  const ScratchFolder folder;
  for (const bool with_bias : {false, true}) {
    CAPTURE(with_bias);
    const auto in = input({-1, 4, 5, 5});
    NodePtr y = std::make_shared<op::GroupConvolution>(in, random_constant({2, 3, 2, 3, 3}, 1),
                                                       ov::Strides{1, 1}, ov::CoordinateDiff{1, 1},
                                                       ov::CoordinateDiff{1, 1}, ov::Strides{1, 1});
    if (with_bias) y = add(y, random_constant({6, 1, 1}, 2));
    const auto runner = saved(folder / "m.xml", relu(y), {in});
    LayerInfo changed = runner.layers().at(0);
    changed.weights = random_floats(changed.weights.size(), 5);
    changed.bias = random_floats(6, 6);
    Substitution change;
    change.layers[0].weights = changed.weights;
    change.layers[0].bias = changed.bias;
    std::vector<float> before_relu;
    change.layers[0].output_tap = [&](const LayerCall& call) {
      const auto count = std::accumulate(call.output_shape.begin(), call.output_shape.end(),
                                         size_t{1}, std::multiplies<>());
      before_relu.assign(call.output, call.output + count);
    };
    const auto x = random_floats(2 * 100, 7);
    const auto result = runner.session(change, 2).run(x.data(), 2);
    const auto expected = plain_layer(changed, {2, 4, 5, 5}, {2, 6, 5, 5}, x.data());
    CHECK(largest_difference(result, {expected.begin(), expected.end()}) < 1e-5);
    changed.relu = false;
    const auto linear = plain_layer(changed, {2, 4, 5, 5}, {2, 6, 5, 5}, x.data());
    CHECK(largest_difference(before_relu, {linear.begin(), linear.end()}) < 1e-5);
  }
}

TEST_CASE("a network of fixed batch takes any number of samples", "[model]") {
  const ScratchFolder folder;
  const auto in = input({4, 6});
  const auto product = std::make_shared<op::MatMul>(in, random_constant({6, 3}, 1), false, false);
  const auto runner = saved(folder / "m.xml", product, {in});
  REQUIRE(runner.info().fixed_batch == size_t{4});
  CHECK(runner.layers().at(0).macs == 18);
  CHECK(runner.info().macs == 18);
  std::vector<size_t> counts;
  Substitution taps;
  taps.layers[0].input_tap = [&](const LayerCall& call) {
    CHECK(call.batch == 4);
    counts.push_back(call.samples);
  };
  Session session = runner.session(taps, 32);
  CHECK(session.batch() == 4);
  const auto x = random_floats(6 * 6, 2);
  const auto expected = plain_layer(runner.layers()[0], {6, 6}, {6, 3}, x.data());
  CHECK(largest_difference(session.run(x.data(), 6), {expected.begin(), expected.end()}) < 1e-6);
  CHECK(counts == std::vector<size_t>{4, 2});
}

TEST_CASE("an error in a callback comes out unchanged, and the session lives on", "[model][tap]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  bool fail = true;
  Substitution change;
  change.layers[1].replace = [&](const LayerCall& call) {
    if (fail) throw Error("the device is on fire in " + call.layer.name);
    plain_replacement(call);
  };
  Session session = runner.session(change, 2);
  const auto x = random_floats(2 * kElements, 1);
  CHECK(error_of([&] { session.run(x.data(), 2); }) ==
        "the device is on fire in " + runner.layers()[1].name);
  fail = false;
  CHECK(session.run(x.data(), 2).size() == 20);
}

TEST_CASE("NaN at a layer's input is refused with layer, sample and element",
          "[model][bad-input]") {
  const ScratchFolder folder;
  const auto in = input({-1, 4});
  const auto root = std::make_shared<op::Sqrt>(in);
  const auto fc =
      named(std::make_shared<op::MatMul>(root, random_constant({4, 4}, 1), false, true), "fc");
  const auto runner = saved(folder / "m.xml", fc, {in});
  const std::vector<float> x{1, 1, 1, 1, 1, 1, -1, 1, 1, 1, 1, 1};
  CHECK_THAT(error_of([&] { runner.session({}, 3).run(x.data(), 3, 40); }),
             says("m.xml: output 0 of sample 41 is nan"));
  Substitution taps;
  taps.layers[0].input_tap = [](const LayerCall&) {};
  CHECK_THAT(error_of([&] { runner.session(taps, 3).run(x.data(), 3, 40); }),
             says("layer fc") && says("sample 41, element 2") && says("nan"));
  taps.check_finite = false;
  taps.layers[0].input_tap = [](const LayerCall& call) {
    for (size_t i = 0; i < 12; ++i) call.output[i] = 0;
  };
  CHECK(runner.session(taps, 3).run(x.data(), 3) == std::vector<float>(12, 0.0f));
}

TEST_CASE("substitutions that do not fit are refused", "[model][bad-input]") {
  const ScratchFolder folder;
  const auto runner = residual_runner(folder);
  const auto message = [&](size_t layer, const LayerSubstitution& change) {
    Substitution all;
    all.layers[layer] = change;
    return error_of([&] { runner.session(all); });
  };
  LayerSubstitution weights;
  weights.weights = std::vector<float>(7, 1.0f);
  CHECK_THAT(message(0, weights), says("7 weights given, it has 432"));
  weights.weights = std::vector<float>(432, std::numeric_limits<float>::infinity());
  CHECK_THAT(message(0, weights), says("weights [0] is inf"));
  LayerSubstitution bias;
  bias.bias = std::vector<float>(3);
  CHECK_THAT(message(0, bias), says("3 biases given, it has 16"));
  CHECK_THAT(message(5, bias), says("there is no layer 5; there are 5"));
  bias.replace = plain_replacement;
  bias.bias = std::vector<float>(16);
  CHECK_THAT(message(0, bias), says("replaced"));
}
