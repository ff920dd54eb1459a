// SPDX-License-Identifier: Apache-2.0
// Uniform and reveal layers on the Verilated processing element, against the emulator.
#include <catch2/catch.hpp>

#include "golden/device/run_layer.hpp"
#include "golden/tests/device_pair.hpp"
#include "golden/tests/random_layer.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 1618;

TEST_CASE("uniform and reveal layers on the RTL equal the emulator: results, steps, term pairs") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  std::uint64_t compared = 0;
  for (const PeConfig& config : pe_configs()) {
    DevicePair devices(config);
    for (const int group : {1, 2, 4, 8}) {
      for (const bool uniform : {false, true}) {
        const std::size_t inputs = 20 + rng() % 30,
                          outputs = static_cast<std::size_t>(config.lanes) + 3;
        const int budget = 1 + static_cast<int>(rng() % (2u * static_cast<unsigned>(group)));
        const int terms = 1 + static_cast<int>(rng() % 3);
        CAPTURE(config.name, group, uniform, inputs, budget, terms);
        const DeviceLayer layer =
            random_digit_layer(inputs, outputs, group, budget, terms, rng, uniform);
        const Program program = make_program(layer, config);
        const auto x = random_activations(inputs * 3, rng);
        const LayerResult run = run_layer(devices.checker, program, x);
        devices.check_equal();
        CHECK(run.steps == counting_steps(program, 3));
        CHECK(run.term_pairs == run_layer(devices.emulator, program, x).term_pairs);
        CHECK(run.cycles >= run.steps);
      }
    }
    compared += devices.checker.compared();
  }
  REQUIRE(compared == 8 * 3 * (3 * 19 + 7));
}

TEST_CASE("on the RTL a smaller budget on loaded slots equals a program made for that budget") {
  std::mt19937 rng(kSeed + 1);
  for (const char* name : {"fast", "small"}) {
    const PeConfig& config = find_pe_config(name);
    DeviceLayer layer =
        random_digit_layer(48, static_cast<std::size_t>(config.lanes) + 1, 8, 14, 3, rng);
    const Program loaded = make_program(layer, config);
    const std::vector<Program> programs{loaded, reuse_program(loaded, 14, 1),
                                        reuse_program(loaded, 6, 3), reuse_program(loaded, 9, 2)};
    const auto x = random_activations(48 * 3, rng);
    DevicePair devices(config);
    const auto ordered =
        order_results(programs, 3, devices.checker.run(make_streams(programs, x)).results);
    devices.check_equal();
    for (std::size_t p = 0; p < programs.size(); ++p) {
      layer.budget = static_cast<int>(programs[p].tiles[0].control.budget);
      layer.terms = static_cast<int>(programs[p].tiles[0].control.terms);
      CHECK(ordered[p] == run_layer(devices.rtl, make_program(layer, config), x).outputs);
      if (p > 0) CHECK(ordered[p] != ordered[0]);
    }
  }
}

}  // namespace
}  // namespace tally
