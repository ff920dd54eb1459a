// SPDX-License-Identifier: Apache-2.0
// The INT8 baseline against the bit-accurate emulator, which counts digits: the same uniform tiles
// into both, equal results and status out.
#include <Vint8_pe_ping_pong.h>
#include <Vint8_pe_serial.h>

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <functional>
#include <iostream>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_bench.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

// Shapes of the models in CMakeLists.txt.
struct PingPong {
  using Model = Vint8_pe_ping_pong;
  static constexpr int kLanes = 16, kUnits = 2, kRows = 64;
  static constexpr bool kPingPong = true;
};
struct Serial {
  using Model = Vint8_pe_serial;
  static constexpr int kLanes = 4, kUnits = 1, kRows = 32;
  static constexpr bool kPingPong = false;
};

/// The emulator's element that does the same: its buffer has a row for each of a weight's 4 (with
/// HESE) or 7 digits, and no counter overflows.
template <class Type>
PeConfig config_of(bool hese) {
  return {.name = "int8",
          .lanes = Type::kLanes,
          .max_n = 3,
          .dequantizers = Type::kUnits,
          .ping_pong = Type::kPingPong,
          .parallel_terms = false,
          .cnt_w = 24,
          .counter_style = CounterStyle::kLutRam,
          .buffer_rows = Type::kRows * (hese ? 4 : 7),
          .digits = true};
}

ControlWord uniform_control(RandomTiles& random, bool hese, std::uint32_t max_inputs = 60) {
  ControlWord control = random.digit_control(max_inputs);
  control.number_system = kUniform;
  control.select = 0;
  control.hese = hese;
  control.terms = hese ? 4 : 7;
  control.budget = control.terms << control.log2_group;
  return control;
}

PeInput uniform_tiles(RandomTiles& random, bool hese, int tiles, std::uint32_t max_inputs = 60) {
  PeInput input;
  for (int i = 0; i < tiles; ++i) {
    random.append(random.tile(uniform_control(random, hese, max_inputs)), input);
  }
  return input;
}

struct Outcome {
  std::vector<HalfBeat> results;
  Status status;
};

Outcome emulate(const PeConfig& config, const PeInput& input) {
  Emulator emulator(config);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  Outcome outcome{emulator.take_results(), emulator.status()};
  return outcome;
}

template <class Model>
Status check_equal(PeBench<Model>& bench, const PeConfig& config, const PeInput& input) {
  const Outcome expected = emulate(config, input);
  const std::uint64_t steps = bench.steps();
  bench.push(input);
  const auto results = bench.run(expected.results.size());
  REQUIRE_FALSE(expected.results.empty());
  const auto differ = std::mismatch(results.begin(), results.end(), expected.results.begin(),
                                    expected.results.end());
  CAPTURE(differ.first - results.begin(), results.size(), expected.results.size());
  CHECK(results == expected.results);
  CHECK(status_text(bench.status()) == status_text(expected.status));
  CHECK(bench.steps() - steps == input.activations.size());
  return bench.status();
}

}  // namespace

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

TEMPLATE_TEST_CASE("int8 pe: every control word but a legal uniform one is refused", "[unit]",
                   PingPong, Serial) {
  struct BadWord {
    const char* name;
    std::function<void(ControlWord&)> apply;
  };
  const std::vector<BadWord> words = {
      {"version", [](auto& c) { c.version = 2; }},
      {"exponential",
       [](auto& c) {
         c.number_system = kExponential;
         c.hese = c.log2_group = c.budget = c.terms = 0;
         c.n = 2;
       }},
      {"reveal", [](auto& c) { c.number_system = kReveal, c.select = 1; }},
      {"number system 3", [](auto& c) { c.number_system = 3; }},
      {"selection", [](auto& c) { c.select = 1; }},
      {"reuse", [](auto& c) { c.reuse = 1; }},
      {"offset", [](auto& c) { c.offset = 1; }},
      {"n 6", [](auto& c) { c.n = 6; }},
      {"k", [](auto& c) { c.budget -= 1; }},
      {"s", [](auto& c) { c.terms -= 1; }},
      {"segment not a multiple of g",
       [](auto& c) { c.log2_group = 1, c.budget = 8, c.segment = 3; }},
      {"segment 0", [](auto& c) { c.segment = 0; }},
      {"inputs 0", [](auto& c) { c.inputs = 0; }},
      {"inputs beyond 32 bits", [](auto& c) { c.inputs = kMaxDigitInputs; }},
      {"vectors 0", [](auto& c) { c.vectors = 0; }},
      {"no lane", [](auto& c) { c.valid_lanes = 0; }},
      {"too many lanes", [](auto& c) { c.valid_lanes = TestType::kLanes + 1; }},
  };
  const PeConfig config = config_of<TestType>(true);
  int refused = 0;
  for (const BadWord& word : words) {
    CAPTURE(word.name);
    RandomTiles random(config, 206);
    PeInput input = uniform_tiles(random, true, 2, 20);
    const Outcome good = emulate(config, input);
    const std::size_t weight = input.weights.size();
    ControlWord control = uniform_control(random, true, 20);
    random.append(random.tile(control), input);
    word.apply(control);
    const ControlWords bits = control.encode();
    for (std::size_t i = 0; i < 16; ++i) {
      input.weights.bytes[weight * TestType::kLanes + i] =
          static_cast<std::uint8_t>(bits[i / 4] >> (i % 4 * 8));
    }
    PeBench<typename TestType::Model> bench(config);
    bench.push(input);
    CHECK(bench.run(good.results.size()) == good.results);
    CHECK((bench.status() & kFatalStatus) == kBadControl);
    bench.soft_reset();
    check_equal(bench, config, uniform_tiles(random, true, 2, 20));
    ++refused;
  }
  REQUIRE(refused == 17);
}

TEMPLATE_TEST_CASE(
    "int8 pe: a faulty stream is reported, the tiles before it finish, nothing hangs", "[unit]",
    PingPong, Serial) {
  struct Fault {
    const char* name;
    Status status;
    std::function<void(PeInput&, std::size_t weight, std::size_t activation)> apply;
  };
  const std::vector<Fault> faults = {
      {"descending boundary", kBadBoundaries,
       [](PeInput& input, std::size_t weight, std::size_t) {
         auto* table = &input.weights.bytes[weight * TestType::kLanes + 16];
         table[2] = 0x00, table[3] = 0x30, table[4] = 0xFF, table[5] = 0x2F;
       }},
      {"weights early in the header", kWeightEarly,
       [](PeInput& input, std::size_t weight, std::size_t) { input.weights.last[weight] = 1; }},
      {"weights early in the rows", kWeightEarly,
       [](PeInput& input, std::size_t weight, std::size_t) {
         while (!input.weights.last[weight]) ++weight;
         input.weights.last[weight - 1] = 1;
       }},
      {"weights late", kWeightLate,
       [](PeInput& input, std::size_t weight, std::size_t) {
         while (!input.weights.last[weight]) ++weight;
         input.weights.last[weight] = 0;
       }},
      {"activations early", kActivationEarly,
       [](PeInput& input, std::size_t, std::size_t activation) {
         input.activations[activation].last = true;
       }},
      {"activations late", kActivationLate,
       [](PeInput& input, std::size_t, std::size_t activation) {
         while (!input.activations[activation].last) ++activation;
         input.activations[activation].last = false;
       }},
  };
  const PeConfig config = config_of<TestType>(true);
  int checks = 0;
  for (const Fault& fault : faults) {
    for (const Stall& stall : {Stall::none(), Stall::random(4, 0.4)}) {
      CAPTURE(fault.name, stall.name());
      RandomTiles random(config, 207);
      PeInput input = uniform_tiles(random, true, 2, 20);
      const std::size_t good = emulate(config, input).results.size();
      const std::size_t weight = input.weights.size(), activation = input.activations.size();
      ControlWord control = uniform_control(random, true);
      // A fault in the weights may come when the last activation of its tile is in already.
      const bool one_input = fault.status == kWeightLate && stall.name() == "none";
      control.inputs = one_input ? 1 : 12;
      control.vectors = one_input ? 1 : 2;
      random.append(random.tile(control), input);
      random.append(random.tile(uniform_control(random, true)), input);
      fault.apply(input, weight, activation);

      const Outcome expected = emulate(config, input);
      PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
      bench.push(input);
      const auto results = bench.run(expected.results.size());
      CHECK(results == expected.results);
      CHECK(results.size() >= good);
      CHECK((bench.status() & kFatalStatus) == fault.status);
      bench.soft_reset();
      check_equal(bench, config, uniform_tiles(random, true, 2, 20));
      ++checks;
    }
  }
  REQUIRE(checks == 12);
}

TEMPLATE_TEST_CASE("int8 pe: the weight -128 is reported and taken as -127", "[unit]", PingPong,
                   Serial) {
  const PeConfig config = config_of<TestType>(true);
  RandomTiles random(config, 208);
  Tile tile = random.tile(uniform_control(random, true));
  for (const std::uint8_t weight : {0x81, 0x80}) {
    tile.weights[1] = weight;
    PeInput input;
    random.append(tile, input);
    PeBench<typename TestType::Model> bench(config);
    const Status status = check_equal(bench, config, input);
    CHECK((status & kBadWeight) == (weight == 0x80 ? Status{kBadWeight} : 0));
  }
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
