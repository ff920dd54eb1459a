// SPDX-License-Identifier: Apache-2.0
// What the INT8 baseline says of wrong tiles and streams, and that it goes on behind them.
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "verif/int8_pe_check.hpp"

using namespace tally;
using namespace tally::verif;

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
