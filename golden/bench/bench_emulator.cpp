// SPDX-License-Identifier: Apache-2.0
// Vectors a second on the emulator device, all cores: an MLP of 784-512-512-10 in each number
// system. Data as in a digit image: four fifths of the first layer's inputs are zero, half of the
// others'. 10,000 digits take 10,000 / items_per_second seconds.
#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "golden/core/half.hpp"
#include "golden/core/segments.hpp"
#include "golden/core/uniform.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"

namespace {

using namespace tally;

constexpr std::size_t kVectors = 2000;
constexpr std::array<std::size_t, 4> kSizes{784, 512, 512, 10};

struct Work {
  std::vector<Program> programs;
  std::vector<std::vector<std::uint16_t>> inputs;
};

DeviceLayer random_layer(std::size_t inputs, std::size_t outputs, NumberSystem system,
                         std::mt19937& random) {
  DeviceLayer layer;
  layer.name = std::to_string(inputs) + "x" + std::to_string(outputs);
  layer.number_system = system;
  layer.inputs = inputs;
  layer.channels.assign(outputs, {.c1 = 0x1p-16F});
  const TermLimit limit{DigitEncoding::kHese, 8, system == kReveal ? 12 : 32};
  std::normal_distribution<double> normal(0, 30);
  std::vector<std::int8_t> integers(inputs * outputs);
  for (auto& w : integers) w = static_cast<std::int8_t>(quantize_uniform(normal(random), 1, 127));
  if (system == kExponential) {
    layer.n = 3;
    layer.base = 1.5F;
    layer.boundaries = uniform_table(7, 0.2, layer.name).boundaries;
    for (const int w : integers) {
      layer.weights.push_back(make_code(w < 0, std::min(std::abs(w) / 8, 7)));
    }
    layer.segment = largest_segment(layer.weights, outputs, 10, true);
    return layer;
  }
  layer.n = 7;
  layer.hese = true;
  layer.group = limit.group;
  layer.budget = limit.budget;
  layer.terms = system == kReveal ? 3 : 4;
  layer.boundaries = uniform_table(127, 0.01, layer.name).boundaries;
  layer.weights.assign(integers.begin(), integers.end());
  layer.segment = largest_segment(integers, outputs, limit, 10);
  return layer;
}

Work make_work(NumberSystem system) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> value(0, 1);
  Work work;
  for (std::size_t i = 0; i + 1 < kSizes.size(); ++i) {
    work.programs.push_back(make_program(random_layer(kSizes[i], kSizes[i + 1], system, random),
                                         find_pe_config("default")));
    std::vector<std::uint16_t> x(kVectors * kSizes[i]);
    for (auto& v : x)
      v = value(random) < (i == 0 ? 0.8 : 0.5) ? 0 : half_from_double(value(random));
    work.inputs.push_back(std::move(x));
  }
  return work;
}

void network(benchmark::State& state, NumberSystem system) {
  const Work work = make_work(system);
  EmulatorDevice device(find_pe_config("default"));
  std::uint64_t pairs = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < work.programs.size(); ++i) {
      pairs += run_layer(device, work.programs[i], work.inputs[i]).term_pairs;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kVectors) * state.iterations());
  state.counters["term_pairs"] =
      benchmark::Counter(static_cast<double>(pairs), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(network, reveal, kReveal)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(network, uniform, kUniform)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(network, exponential, kExponential)->Unit(benchmark::kSecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
