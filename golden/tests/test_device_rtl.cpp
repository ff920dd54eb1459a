// SPDX-License-Identifier: Apache-2.0
// Whole layers on the Verilated processing element, against the emulator on the same beats.
#include <catch2/catch.hpp>

#include "golden/core/error.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/tests/device_pair.hpp"
#include "golden/tests/random_layer.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 2718;

TEST_CASE("layers on the RTL equal the emulator for every configuration, n and offset") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  std::uint64_t compared = 0;
  for (const PeConfig& config : pe_configs()) {
    DevicePair devices(config);
    for (int n = 2; n <= config.max_n; ++n) {
      for (const bool offset : {false, true}) {
        const auto inputs = static_cast<std::uint32_t>(40 + rng() % 60);
        const auto lanes = static_cast<std::uint32_t>(config.lanes + 3);
        const auto segment = static_cast<std::uint32_t>(20 + rng() % 60);
        CAPTURE(config.name, n, offset, inputs, segment);
        const DeviceLayer layer = random_layer({.n = n,
                                                .inputs = inputs,
                                                .lanes = lanes,
                                                .segment = segment,
                                                .offset = offset,
                                                .relu = n % 2 == 0},
                                               rng);
        const Program program = make_program(layer, config);
        const auto x = random_activations(inputs * 6, rng);
        const auto run = run_layer(devices.checker, program, x);
        devices.check_equal();
        CHECK(run.steps == inputs * 6 * 2);
        CHECK(run.cycles >= run.steps);
        CHECK(run.term_pairs == run_layer(devices.emulator, program, x).term_pairs);
      }
    }
    compared += devices.checker.compared();
  }
  REQUIRE(compared > 2000);
}

TEST_CASE("the RTL streams weights of vectors longer than its buffer as the emulator does") {
  std::mt19937 rng(kSeed);
  for (const char* name : {"small", "default"}) {
    const PeConfig& config = find_pe_config(name);
    DevicePair devices(config);
    const auto inputs = static_cast<std::uint32_t>(config.buffer_rows + 70);
    const DeviceLayer layer = random_layer({.inputs = inputs, .lanes = 20, .segment = 300}, rng);
    run_layer(devices.checker, make_program(layer, config), random_activations(inputs * 3, rng));
    CHECK(devices.checker.compared() == 60);
    devices.check_equal();
  }
}

TEST_CASE("a faulty stream gives an error on the RTL device, and the next run is clean") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  DevicePair devices(config);
  const DeviceLayer layer = random_layer({.inputs = 30, .lanes = 6}, rng);
  const Program good = make_program(layer, config);
  const auto activations = random_activations(30 * 4, rng);
  for (int round = 0; round < 3; ++round) {
    Program bad = good;
    if (round == 0) bad.tiles[1].control.version = 3;
    if (round == 1) bad.tiles[1].boundaries[4] = 0x7C01;
    if (round == 2) bad.tiles[1].weights.resize(29 * 4), bad.tiles[1].control.inputs = 29;
    CHECK_THROWS_WITH(run_layer(devices.rtl, bad, activations),
                      Catch::Contains(round == 0   ? "bad_control"
                                      : round == 1 ? "bad_boundaries"
                                                   : "activation_late"));
    run_layer(devices.checker, good, activations);
    devices.check_equal();
  }
  CHECK(devices.checker.compared() == 3 * 24);
}

TEST_CASE(
    "after one random fault in the streams, RTL and emulator give the same results and status") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  EmulatorDevice emulator(config);
  RtlDevice rtl(config);
  const Program program = make_program(random_layer({.inputs = 20, .lanes = 10}, rng), config);
  const Streams good = make_streams(program, random_activations(20 * 6, rng));
  const std::size_t packet = good.weights.size() / 3;
  REQUIRE(packet == 4 + 4 + 21 + 20);
  int fatal = 0, sticky = 0;
  for (int round = 0; round < 200; ++round) {
    Streams streams = good;
    const std::size_t w = rng() % streams.weights.size(), a = rng() % streams.activations.size();
    const std::size_t byte = 4 * w + rng() % 4;
    const auto bit = static_cast<std::uint8_t>(1 << rng() % 8);
    const auto kind = rng() % 4;
    CAPTURE(round, kind, w, byte, bit, a);
    if (kind == 0) streams.weights.last[w] ^= 1;
    // A control word with other sizes may be legal: both then wait for beats that never come.
    if (kind == 1 && w % packet >= 4) streams.weights.bytes[byte] ^= bit;
    if (kind == 2) streams.activations[a].last ^= true;
    if (kind == 3) streams.activations[a].value = static_cast<std::uint16_t>(rng());
    const RunResult want = emulator.run(streams), got = rtl.run(streams);
    REQUIRE(status_text(got.status) == status_text(want.status));
    REQUIRE(got.results == want.results);
    fatal += (got.status & kFatalStatus) != 0;
    sticky += got.status != 0 && (got.status & kFatalStatus) == 0;
  }
  CHECK(fatal > 50);
  CHECK(sticky > 5);
}

TEST_CASE("utilization is what the design promises at K = 512, n = 5") {
  std::mt19937 rng(kSeed);
  const auto measure = [&](const char* name, bool offset) {
    const PeConfig& config = find_pe_config(name);
    RtlDevice rtl(config);
    const DeviceLayer layer =
        random_layer({.n = 5, .inputs = 512, .lanes = 32, .segment = 512, .offset = offset}, rng);
    const auto run = run_layer(rtl, make_program(layer, config), random_activations(512 * 24, rng));
    CHECK(run.steps == 512 * 24 * 2);
    return utilization(run.steps, run.cycles);
  };
  CHECK(measure("paper", true) == Approx(0.34).margin(0.01));  // serial, two Horner units
  CHECK(measure("default", true) >= 0.50);
  CHECK(measure("default", false) >= 0.95);
  CHECK(measure("fast", true) >= 0.95);
}

TEST_CASE("a stream cut in the middle ends the run instead of hanging it") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  RtlDevice rtl(config);
  const DeviceLayer layer = random_layer({.inputs = 30, .lanes = 4}, rng);
  Streams streams = make_streams(make_program(layer, config), random_activations(30 * 4, rng));
  streams.activations.resize(70);  // two vectors and a piece
  CHECK(rtl.run(streams).results.size() == 2 * 4);
  streams.weights.last.resize(20);
  streams.weights.bytes.resize(20 * 4);
  CHECK_THROWS_AS(rtl.run(streams), DeviceFault);
  CHECK_THROWS_WITH(rtl.run(streams), Catch::Contains("hangs") && Catch::Contains("of 70"));
}

}  // namespace
}  // namespace tally
