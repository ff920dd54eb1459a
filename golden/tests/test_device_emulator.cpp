// SPDX-License-Identifier: Apache-2.0
// Whole layers on the emulator device, and the checker on devices that lie.
#include <catch2/catch.hpp>

#include "golden/core/error.hpp"
#include "golden/device/checker_device.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/tests/emulator_reference.hpp"
#include "golden/tests/random_layer.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 314;

TEST_CASE("a layer on the emulator device equals the counting formulas") {
  std::mt19937 rng(kSeed);
  int compared = 0;
  for (const PeConfig& config : pe_configs()) {
    for (const std::uint32_t inputs : {30u, static_cast<std::uint32_t>(config.buffer_rows) + 9}) {
      const TileShape shape{.n = config.max_n, .inputs = inputs, .lanes = 21, .segment = 200};
      const DeviceLayer layer = random_layer(shape, rng);
      const auto activations = random_activations(inputs * 5, rng);
      EmulatorDevice device(config);
      const auto run = run_layer(device, make_program(layer, config), activations);
      CHECK(run.status == 0);
      REQUIRE(run.outputs.size() == 5 * 21);
      const Tile tile = as_tile(layer);
      int wrong = 0;
      for (std::size_t v = 0; v < 5; ++v) {
        const auto vector = std::span(activations).subspan(v * inputs, inputs);
        for (std::size_t out = 0; out < 21; ++out, ++compared) {
          const float want = counted_result(tile, vector, static_cast<int>(out), 21, config.cnt_w);
          wrong += run.outputs[v * 21 + out] != half_from_float(want);
        }
      }
      CHECK(wrong == 0);
    }
  }
  REQUIRE(compared == 4 * 2 * 5 * 21);
}

TEST_CASE("threads, and cutting a batch into runs, do not change a layer's outputs") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("default");
  const DeviceLayer layer = random_layer({.n = 4, .inputs = 60, .lanes = 40, .segment = 60}, rng);
  const Program program = make_program(layer, config);
  const auto activations = random_activations(60 * 50, rng);
  EmulatorDevice one(config, 1), four(config, 4);
  const auto whole = run_layer(one, program, activations);
  REQUIRE(whole.outputs.size() == 50 * 40);
  CHECK(whole.steps == 50 * 60 * 3);
  CHECK(whole.cycles == 0);
  CHECK_FALSE(one.has_clock());
  CHECK(CheckerDevice(four, one).has_clock() == one.has_clock());
  CHECK(counting_steps(program, 50) == whole.steps);
  for (const std::size_t max_beats :
       {std::size_t{1}, std::size_t{60 * 3 * 7}, std::size_t{1} << 20}) {
    const auto cut = run_layer(four, program, activations, max_beats);
    CHECK(cut.outputs == whole.outputs);
    CHECK(cut.steps == whole.steps);
  }
}

TEST_CASE("the threaded emulator equals the beat-by-beat one, faults included") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  const Program program =
      make_program(random_layer({.n = 3, .inputs = 20, .lanes = 10}, rng), config);
  const Streams good = make_streams(program, random_activations(20 * 6, rng));
  EmulatorDevice device(config);
  int fatal = 0, clean = 0;
  for (int round = 0; round < 300; ++round) {
    Streams streams = good;
    // One change: a TLAST, a byte, an activation, or a stream cut short.
    const std::size_t w = rng() % streams.weights.size(), a = rng() % streams.activations.size();
    switch (rng() % 6) {
      case 0:
        streams.weights.last[w] ^= 1;
        break;
      case 1:
        streams.weights.bytes[4 * w + rng() % 4] ^= static_cast<std::uint8_t>(1 << rng() % 8);
        break;
      case 2:
        streams.activations[a].last ^= true;
        break;
      case 3:
        streams.activations[a].value = static_cast<std::uint16_t>(rng());
        break;
      case 4:
        streams.activations.resize(a);
        break;
      case 5:
        streams.weights.last.resize(w);
        streams.weights.bytes.resize(4 * w);
        break;
    }
    Emulator emulator(config);
    emulator.push_weights(streams.weights);
    emulator.push_activations(streams.activations);
    const RunResult run = device.run(streams);
    REQUIRE(run.results == emulator.take_results());
    REQUIRE(run.status == emulator.status());
    REQUIRE(run.steps == emulator.counters().steps);
    REQUIRE(run.term_pairs == emulator.counters().term_pairs);
    (run.status & kFatalStatus) != 0 ? ++fatal : ++clean;
  }
  CHECK(fatal > 50);
  CHECK(clean > 50);
}

// A device that spoils what another gives.
class Liar : public Device {
 public:
  explicit Liar(Device& device) : device_(device) {}
  std::string name() const override { return "liar"; }
  const PeConfig& config() const override { return device_.config(); }
  RunResult run(const Streams& streams) override {
    RunResult run = device_.run(streams);
    if (!run.results.empty()) run.results[at % run.results.size()].value ^= flip;
    run.results.resize(run.results.size() - drop);
    run.status |= status;
    return run;
  }

  std::size_t at = 0, drop = 0;
  std::uint16_t flip = 0;
  Status status = 0;

 private:
  Device& device_;
};

TEST_CASE("the checker counts every value and every difference") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  const Program program = make_program(random_layer({.inputs = 8, .lanes = 6}, rng), config);
  const Streams streams = make_streams(program, random_activations(8 * 4, rng));
  EmulatorDevice good(config), tested(config);
  Liar liar(tested);
  CheckerDevice checker(good, liar);
  CHECK(checker.run(streams).results == good.run(streams).results);
  CHECK(checker.compared() == 24);
  CHECK(checker.mismatches() == 0);
  liar.flip = 1;
  liar.at = 17;
  checker.run(streams);
  CHECK(checker.compared() == 48);
  CHECK(checker.mismatches() == 1);
  liar.drop = 3;
  checker.run(streams);
  CHECK(checker.compared() == 72);
  CHECK(checker.mismatches() == 1 + 4);
  CHECK(checker.status_mismatches() == 0);
  liar.status = kNanResult;
  checker.run(streams);
  CHECK(checker.status_mismatches() == 1);

  EmulatorDevice other(find_pe_config("paper"));
  CHECK_THROWS_WITH(CheckerDevice(good, other), Catch::Contains("paper"));
}

TEST_CASE("run_layer names the layer when the device fails") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  Program program = make_program(random_layer({.inputs = 8, .lanes = 6}, rng), config);
  const auto activations = random_activations(8 * 4, rng);
  EmulatorDevice device(config), other(find_pe_config("fast"));
  CHECK_THROWS_WITH(run_layer(other, program, activations),
                    Catch::Contains("random") && Catch::Contains("fast"));
  CHECK_THROWS_WITH(run_layer(device, program, std::span(activations).first(31)),
                    Catch::Contains("random") && Catch::Contains("31"));
  Liar liar(device);
  liar.drop = 1;
  CHECK_THROWS_WITH(run_layer(liar, program, activations), Catch::Contains("23 results"));
  // Not what the user gave, so not an Error: the program ends with another exit code.
  CHECK_THROWS_AS(run_layer(liar, program, activations), DeviceFault);
  liar.drop = 0;
  liar.status = kActivationLate;
  CHECK_THROWS_AS(run_layer(liar, program, activations), DeviceFault);
  program.tiles[1].control.version = 7;
  CHECK_THROWS_WITH(run_layer(device, program, activations),
                    Catch::Contains("random") && Catch::Contains("bad_control"));
}

}  // namespace
}  // namespace tally
