// SPDX-License-Identifier: Apache-2.0
// The INT8 baseline against the bit-accurate emulator: results, status and cycles of legal tiles.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <iostream>

#include "verif/int8_pe_check.hpp"

using namespace tally;
using namespace tally::verif;

TEMPLATE_TEST_CASE("int8 pe: random uniform tiles back to back equal the emulator in every stall",
                   "[random][stall]", PingPong, Serial) {
  const auto kinds = Stall::all(201);
  int runs = 0;
  Status seen = 0;
  for (std::size_t i = 0; i < 2 * kinds.size() * kinds.size(); ++i) {
    const bool hese = i % 2 != 0;
    const std::size_t pair = i / 2;
    const PeStalls stalls{kinds[pair % 5], kinds[pair / 5], kinds[(pair + pair / 5 + i) % 5]};
    const auto seed = static_cast<std::uint32_t>(2000 + i);
    CAPTURE(seed, stalls.weight.name(), stalls.activation.name(), stalls.result.name());
    const PeConfig config = config_of<TestType>(hese);
    RandomTiles random(config, seed);
    PeBench<typename TestType::Model> bench(config, stalls);
    seen |= check_equal(bench, config, uniform_tiles(random, hese, 10));
    ++runs;
  }
  REQUIRE(runs == 50);
  // The corners of the result have come.
  CHECK((seen & kNanInput) != 0);
  CHECK((seen & kResultOverflow) != 0);
}

TEMPLATE_TEST_CASE("int8 pe: vectors longer than the weight buffer stream their weights", "[unit]",
                   PingPong, Serial) {
  const auto rows = static_cast<std::uint32_t>(TestType::kRows);
  for (const bool hese : {false, true}) {
    const PeConfig config = config_of<TestType>(hese);
    RandomTiles random(config, 202);
    PeInput input;
    for (const std::uint32_t inputs :
         {rows, rows + 1, 2 * rows, 2 * rows + 7, rows - 3, 5 * rows + 1, 1u}) {
      ControlWord control = uniform_control(random, hese);
      control.inputs = inputs;
      control.vectors = 3;
      random.append(random.tile(control), input);
    }
    for (const Stall& stall : {Stall::none(), Stall::random(3, 0.3)}) {
      PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
      check_equal(bench, config, input);
    }
  }
}

TEMPLATE_TEST_CASE("int8 pe: sums of 31 bits of both signs are exact", "[unit]", PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 203);
  for (const bool negative : {false, true}) {
    ControlWord control = uniform_control(random, true);
    control.inputs = kMaxDigitInputs - 1;  // 127 * 127 * K is just below 2^31
    control.log2_group = 0;
    control.budget = 4;
    control.vectors = 1;
    control.valid_lanes = TestType::kLanes;
    control.relu = 0;
    Tile tile = random.tile(control);
    std::fill(tile.weights.begin(), tile.weights.end(), negative ? 0x81 : 0x7F);
    for (LaneCoefficients& lane : tile.lanes) {
      lane = {std::ldexp(1.0f, -20), 0, 0, 0, 0.5f};
    }
    PeInput input;
    random.append(tile, input);
    for (HalfBeat& beat : input.activations) beat.value = 0x7C00;  // clips to 127
    PeBench<typename TestType::Model> bench(config);
    CHECK(check_equal(bench, config, input) == 0);
  }
}

TEMPLATE_TEST_CASE("int8 pe: every bit of a scale and of a bias reaches the result", "[unit]",
                   PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 208);
  PeInput input;
  int bits = 0;
  for (; bits < 32; ++bits) {
    // 2 times 1 minus 2, with one bit of either 2 changed: binary16 shows what is left.
    const auto changed = [&](float value) {
      return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ 1u << bits);
    };
    for (const bool of_scale : {true, false}) {
      ControlWord control = uniform_control(random, true, 1);
      control.vectors = 1;
      control.relu = 0;
      control.valid_lanes = TestType::kLanes;
      Tile tile = random.tile(control);
      std::fill(tile.weights.begin(), tile.weights.end(), 1);
      tile.boundaries[1] = 1;
      std::fill(tile.boundaries.begin() + 2, tile.boundaries.end(), 0x7BFF);
      for (LaneCoefficients& lane : tile.lanes) {
        lane = {of_scale ? changed(2.0f) : 2.0f, 0, 0, 0, of_scale ? -2.0f : changed(-2.0f)};
      }
      random.append(tile, input);
      input.activations.back().value = 0x3C00;  // code 1
    }
  }
  REQUIRE(bits == 32);
  PeBench<typename TestType::Model> bench(config);
  check_equal(bench, config, input);
}

TEMPLATE_TEST_CASE("int8 pe: a result half way between two binary16 numbers is the even one",
                   "[unit]", PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 210);
  ControlWord control = uniform_control(random, true, 1);
  control.vectors = 1;
  control.relu = 0;
  control.valid_lanes = 4;
  Tile tile = random.tile(control);
  std::fill(tile.weights.begin(), tile.weights.end(), 0);
  // From 2048 on binary16 has the even integers only.
  const std::vector<float> between = {2049, 2051, -2049, -2051};
  for (std::size_t lane = 0; lane < 4; ++lane) tile.lanes[lane] = {1, 0, 0, 0, between[lane]};
  PeInput input;
  random.append(tile, input);
  PeBench<typename TestType::Model> bench(config);
  bench.push(input);
  std::vector<int> results;
  for (const HalfBeat& beat : bench.run(4)) results.push_back(beat.value);
  CHECK(results == std::vector{0x6800, 0x6802, 0xE800, 0xE802});
}

TEMPLATE_TEST_CASE("int8 pe: soft reset at any moment leaves no trace in the next tiles",
                   "[random]", PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 204);
  PeBench<typename TestType::Model> bench(
      config, {Stall::random(1, 0.1), Stall::random(2, 0.1), Stall::random(3, 0.3)});
  for (int i = 0; i < 100; ++i) {
    bench.push(uniform_tiles(random, true, 6));
    bench.tick(random.from(1, 1500));
    bench.soft_reset();
    CHECK(bench.status() == 0);
    CAPTURE(i);
    check_equal(bench, config, uniform_tiles(random, true, 3, 30));
  }
}

TEMPLATE_TEST_CASE("int8 pe: the largest tile is taken and a soft reset ends it", "[unit]",
                   PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 205);
  ControlWord control = uniform_control(random, true);
  control.inputs = kMaxDigitInputs - 1;
  control.vectors = 0xFFFFFFFF;
  Tile tile = random.tile(uniform_control(random, true, 1));
  const PeInput good = uniform_tiles(random, true, 2);
  PeInput input;
  tile.control.vectors = 1;
  random.append(tile, input);
  const ControlWords words = control.encode();
  for (std::size_t i = 0; i < 16; ++i) {
    input.weights.bytes[i] = static_cast<std::uint8_t>(words[i / 4] >> (i % 4 * 8));
  }
  std::fill(input.weights.last.begin(), input.weights.last.end(), 0);
  for (HalfBeat& beat : input.activations) beat.last = false;
  PeBench<typename TestType::Model> bench(config);
  bench.push(input);
  bench.tick(1000);
  CHECK(bench.status() == 0);
  bench.soft_reset();
  check_equal(bench, config, good);
}

TEMPLATE_TEST_CASE("int8 pe: an input a cycle, and post-processing behind it with ping-pong",
                   "[unit]", PingPong, Serial) {
  const PeConfig config = config_of<TestType>(true);
  constexpr std::uint32_t kVectors = 50;
  for (const std::uint32_t inputs : {std::uint32_t{TestType::kRows}, 30u, 1u}) {
    RandomTiles random(config, 209);
    ControlWord control = uniform_control(random, true);
    control.inputs = inputs;
    control.vectors = kVectors;
    control.valid_lanes = TestType::kLanes;
    PeInput input;
    random.append(random.tile(control), input);
    PeBench<typename TestType::Model> bench(config);
    check_equal(bench, config, input);
    const auto cycles = static_cast<double>(bench.step_span()) / kVectors;
    std::cout << "int8 pe, " << TestType::kLanes << " lanes, " << TestType::kUnits
              << " dequantizers, " << (TestType::kPingPong ? "ping-pong" : "serial")
              << ": K = " << inputs << " takes " << cycles << " cycles a vector\n";
    CAPTURE(inputs, cycles);
    const double read = TestType::kPingPong ? 0 : TestType::kLanes / TestType::kUnits + 3;
    const double results = TestType::kLanes + 12;
    CHECK(cycles >= inputs);
    CHECK(cycles <= std::max<double>(inputs + read, results));
  }
}
