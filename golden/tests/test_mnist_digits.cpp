// SPDX-License-Identifier: Apache-2.0
// The committed MNIST network in uniform and reveal, from the trained model to the emulator's
// results. The 10,000 digits: build/golden/tests/test_mnist_digits '[regress]'
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "golden/core/half.hpp"
#include "golden/device/checker_device.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/rtl_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/model/calibration.hpp"
#include "golden/tests/fitted_layer.hpp"

namespace tally {
namespace {

using testing::fitted_device_layer;

struct Network {
  std::vector<DeviceLayer> layers;
  TermPairs pairs;  // mean over the multiplies
};

// Fits every layer of the model on its calibration activations in float.
Network fit_network(const ModelRunner& runner, const DigitOptions& options, std::size_t samples) {
  const Dataset train = load_dataset("data/mnist/train-images-idx3-ubyte");
  CalibrationOptions calibration;
  calibration.samples = samples;
  const auto activations = calibrate(runner, train, calibration);
  Network network;
  double multiplies = 0;
  TermPairs sum{0, 0, 49};
  for (std::size_t i = 0; i < runner.layers().size(); ++i) {
    const LayerInfo& info = runner.layers()[i];
    LayerData data;
    data.name = info.name;
    data.inputs = info.k;
    data.outputs = info.outputs;
    data.weights = info.weights;
    data.bias = info.bias;
    data.non_negative = activations[i].non_negative();
    data.values = activations[i].values;
    data.rows = activations[i].rows;
    data.row_count = activations[i].row_count;
    const DigitParams p = fit_digits(data, options).params;
    network.layers.push_back(fitted_device_layer(p, info.name, info.relu));
    const auto macs = static_cast<double>(info.macs);
    multiplies += macs;
    sum.bound += macs * p.pairs.bound;
    sum.present += macs * p.pairs.present;
  }
  network.pairs = {sum.bound / multiplies, sum.present / multiplies, 49};
  return network;
}

struct Score {
  double accuracy;  // 0..1
  std::uint64_t steps, term_pairs;
};

// Runs the test digits through a device, layer by layer.
Score run(const Network& network, Device& device, std::size_t samples) {
  const Dataset test = load_dataset("data/mnist/t10k-images-idx3-ubyte");
  const std::size_t inputs = network.layers.front().inputs;
  std::vector<float> pixels(samples * inputs);
  test.fill(0, samples, {inputs}, pixels.data());
  std::vector<std::uint16_t> x;
  for (const float pixel : pixels) x.push_back(half_from_float(pixel));
  Score score{0, 0, 0};
  for (const DeviceLayer& layer : network.layers) {
    LayerResult result = run_layer(device, make_program(layer, device.config()), x);
    CHECK(status_text(result.status) == "ok");
    score.steps += result.steps;
    score.term_pairs += result.term_pairs;
    x = std::move(result.outputs);
  }
  const auto& labels = test.labels(10);
  std::size_t right = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const auto first = x.begin() + static_cast<std::ptrdiff_t>(10 * i);
    const auto best = std::max_element(first, first + 10, [](std::uint16_t a, std::uint16_t b) {
      return half_to_float(a) < half_to_float(b);
    });
    right += best - first == labels[i];
  }
  score.accuracy = static_cast<double>(right) / static_cast<double>(samples);
  return score;
}

TEST_CASE("the MNIST network in uniform and reveal keeps its accuracy on the emulator") {
  const ModelRunner runner = ModelRunner::load("golden/models/mnist_mlp.onnx");
  EmulatorDevice device(find_pe_config("fast"));
  const Score uniform = run(fit_network(runner, uniform_options(), 64), device, 300);
  const Score reveal = run(fit_network(runner, reveal_options(8, 12, 3), 64), device, 300);
  CHECK(uniform.accuracy > 0.97);
  CHECK(reveal.accuracy > 0.97);
  CHECK(reveal.term_pairs < uniform.term_pairs);
  // Far too few terms must show: the accuracy above is not given.
  DigitOptions starved = reveal_options(8, 1, 1);
  starved.weight_rule = ScaleRule::kMax;
  CHECK(run(fit_network(runner, starved, 64), device, 300).accuracy < 0.9);
}

TEST_CASE("two digits through the whole MNIST network in uniform are equal on RTL and emulator",
          "[rtl]") {
  const ModelRunner runner = ModelRunner::load("golden/models/mnist_mlp.onnx");
  const PeConfig& config = find_pe_config("fast");
  EmulatorDevice emulator(config);
  RtlDevice rtl(config);
  CheckerDevice checker(emulator, rtl);
  const Score score = run(fit_network(runner, uniform_options(), 64), checker, 2);
  CHECK(score.accuracy == 1.0);
  CHECK(checker.compared() == 2 * (512 + 512 + 10));
  CHECK(checker.mismatches() == 0);
}

TEST_CASE("10,000 digits in reveal take the emulator less than five minutes", "[.regress]") {
  const ModelRunner runner = ModelRunner::load("golden/models/mnist_mlp.onnx");
  for (const auto& [g, k, s] :
       {std::tuple{1, 0, 0}, {8, 16, 3}, {8, 12, 3}, {8, 12, 2}, {8, 10, 2}, {8, 8, 2}}) {
    const DigitOptions options = reveal_options(g, k, s);
    const auto start = std::chrono::steady_clock::now();
    const Network network = fit_network(runner, options, 512);
    const auto fitted = std::chrono::steady_clock::now();
    EmulatorDevice device(find_pe_config("default"));
    const Score score = run(network, device, 10'000);
    const auto end = std::chrono::steady_clock::now();
    const std::chrono::duration<double> fit = fitted - start, emulate = end - fitted;
    std::cout << "g " << g << " k " << options.full_budget() << " s " << options.full_terms()
              << ": accuracy " << 100 * score.accuracy << " %, pairs a multiply: bound "
              << network.pairs.bound << ", present " << network.pairs.present << "; steps a digit "
              << score.steps / 10'000 << "; fit " << fit.count() << " s, emulator "
              << emulate.count() << " s\n";
    CHECK(score.accuracy > 0.97);
    CHECK(emulate.count() < 300);
  }
}

}  // namespace
}  // namespace tally
