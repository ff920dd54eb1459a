// SPDX-License-Identifier: Apache-2.0
// The processing element against the bit-accurate emulator, in all named configurations: the same
// bytes into both, equal results, status and step counts out.
#include <bit>
#include <catch2/catch.hpp>
#include <functional>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_check.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

/// One code for all weights of the valid lanes.
void set_weights(Tile& tile, std::uint8_t code) {
  for (std::size_t i = 0; i < tile.weights.size(); ++i) {
    if (i % tile.lanes.size() < tile.control.valid_lanes) tile.weights[i] = code;
  }
}

}  // namespace

TEMPLATE_TEST_CASE(
    "pe: random tiles with random control words equal the emulator under every stall",
    "[random][stall]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  const auto kinds = Stall::all(11);
  // Counters in flip-flops simulate 30 times slower than in memories.
  const int rounds = config.counter_style == CounterStyle::kFlipFlop ? 1 : 6;
  int runs = 0;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < kinds.size() * kinds.size(); ++i) {
      // Every pair of stalls on the inputs, with the result's going round.
      const PeStalls stalls{kinds[i % kinds.size()], kinds[i / kinds.size()],
                            kinds[(i + round + 1) % kinds.size()]};
      const auto seed = static_cast<std::uint32_t>(1000 * round + i);
      CAPTURE(seed, stalls.weight.name(), stalls.activation.name(), stalls.result.name());
      RandomTiles random(config, seed);
      PeBench<typename TestType::Model> bench(config, stalls);
      check_equal(bench, config, random.sequence(6, 40));
      ++runs;
    }
  }
  REQUIRE(runs == rounds * 25);
}

TEMPLATE_TEST_CASE("pe: every n with offset on and off, one segment and many, equals the emulator",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  PeBench<typename TestType::Model> bench(config);
  RandomTiles random(config, 5);
  PeInput input;
  for (int n = 2; n <= config.max_n; ++n) {
    for (std::uint32_t offset : {0u, 1u}) {
      for (std::uint32_t segment : {100u, 31u, 1u}) {
        ControlWord control = random.control();
        control.n = static_cast<std::uint32_t>(n);
        control.offset = offset;
        control.inputs = segment == 1 ? 9 : 100;
        control.segment = segment;
        control.vectors = 3;
        random.append(random.tile(control), input);
      }
    }
  }
  check_equal(bench, config, input);
}

TEMPLATE_TEST_CASE("pe: vectors longer than the weight buffer stream their weights", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 6);
  PeInput input;
  const auto rows = static_cast<std::uint32_t>(config.buffer_rows);
  // Counters in flip-flops simulate 30 times slower than in memories.
  const std::uint32_t many = config.counter_style == CounterStyle::kFlipFlop ? 3 : 41;
  for (const std::uint32_t inputs : {rows, rows + 1, 2 * rows, 2 * rows + 7, 5u}) {
    ControlWord control = random.control();
    control.inputs = inputs;
    control.segment = inputs / 2 + 1;
    control.vectors = inputs == rows + 1 ? many : 2;
    random.append(random.tile(control), input);
  }
  for (const Stall& stall : {Stall::none(), Stall::random(3, 0.3)}) {
    PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
    check_equal(bench, config, input);
  }
}

TEMPLATE_TEST_CASE("pe: a counter passed its range wraps as the emulator does and is reported",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 7);
  for (const bool negative : {false, true}) {
    ControlWord control = random.control();
    control.n = 2;
    control.inputs = control.segment =
        static_cast<std::uint32_t>(std::min(800, config.buffer_rows * 3));
    control.vectors = 1;
    Tile tile = random.tile(control);
    set_weights(tile, negative ? 0x82 : 0x02);
    PeInput input;
    random.append(tile, input);
    for (HalfBeat& beat : input.activations) beat.value = 0x7BFF;
    PeBench<typename TestType::Model> bench(config);
    check_equal(bench, config, input);
    CHECK((bench.status() & kCounterOverflow) != 0);
  }
}

TEMPLATE_TEST_CASE("pe: a result that is NaN is the canonical one and reported", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 15);
  ControlWord control = random.control();
  control.n = 2;
  control.relu = 0;
  control.inputs = control.segment = 5;
  control.vectors = 1;
  control.valid_lanes = 2;
  Tile tile = random.tile(control);
  tile.lanes[0].bias = std::bit_cast<float>(0xFFC12345);
  tile.lanes[1].bias = 1;
  PeInput input;
  random.append(tile, input);
  PeBench<typename TestType::Model> bench(config);
  const auto results = check_equal(bench, config, input);
  REQUIRE(results.size() == 2);
  CHECK(results[0].value == 0x7E00);
  CHECK((bench.status() & kNanResult) != 0);
}

TEMPLATE_TEST_CASE("pe: a segment of thousands of inputs ends where it should", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 13);
  // Counters in flip-flops simulate 30 times slower than in memories.
  const int last_bit = config.counter_style == CounterStyle::kFlipFlop ? 12 : 16;
  PeInput input;
  for (int bit = 12; bit <= last_bit; ++bit) {
    ControlWord control = random.control();
    control.n = 2;
    control.vectors = 1;
    // Every step counts up: the counters wrap to 501 in the first segment and count to 500 in the
    // next one; in one segment they would wrap to -23.
    control.segment = (1u << bit) + 501;
    control.inputs = control.segment + 500;
    Tile tile = random.tile(control);
    set_weights(tile, 0x02);
    random.append(tile, input);
  }
  for (HalfBeat& beat : input.activations) beat.value = 0x7BFF;
  PeBench<typename TestType::Model> bench(config);
  check_equal(bench, config, input);
}

TEMPLATE_TEST_CASE("pe: hundreds of vectors a tile, in both banks", "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 14);
  PeInput input;
  // Each bank gets each of the low bits of the number of vectors, set and clear.
  for (const std::uint32_t vectors : {0x155u, 0x155u, 0x0AAu, 0x0AAu}) {
    ControlWord control = random.control();
    control.n = 2;
    control.offset = 0;
    control.inputs = control.segment = 1;
    control.vectors = vectors;
    random.append(random.tile(control), input);
  }
  PeBench<typename TestType::Model> bench(config);
  check_equal(bench, config, input);
}

TEMPLATE_TEST_CASE("pe: soft reset at any moment leaves no trace in the next tiles", "[random]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 8);
  PeBench<typename TestType::Model> bench(
      config, {Stall::random(1, 0.1), Stall::random(2, 0.1), Stall::random(3, 0.3)});
  for (int i = 0; i < 25; ++i) {
    bench.push(random.sequence(4));
    bench.tick(random.from(1, 4000));
    bench.soft_reset();
    CHECK(bench.status() == 0);
    CAPTURE(i);
    check_equal(bench, config, random.sequence(2, 30));
  }
}

TEMPLATE_TEST_CASE("pe: a faulty tile is reported, the tiles before it finish, nothing hangs",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  struct Fault {
    const char* name;
    Status status;
    std::function<void(PeInput&, std::size_t weight, std::size_t activation)> apply;
  };
  const auto set_control = [](std::size_t byte, std::uint8_t mask) {
    return [=](PeInput& input, std::size_t weight, std::size_t) {
      input.weights.bytes[weight * static_cast<std::size_t>(input.weights.beat_bytes) + byte] ^=
          mask;
    };
  };
  const std::vector<Fault> faults = {
      {"version", kBadControl, set_control(3, 0x80)},
      {"number system", kBadControl, set_control(0, 0x03)},
      {"reserved bit", kBadControl, set_control(0, 0x80)},
      {"n 0", kBadControl, set_control(1, 0x02)},
      {"descending boundary", kBadBoundaries,
       [&](PeInput& input, std::size_t weight, std::size_t) {
         const auto beat = static_cast<std::size_t>(config.lanes);
         // After the control word: entry 2 below entry 1.
         auto* table = &input.weights.bytes[weight * beat + std::max<std::size_t>(16, beat)];
         table[2] = 0x00, table[3] = 0x30, table[4] = 0xFF, table[5] = 0x2F;
       }},
      {"boundary NaN", kBadBoundaries,
       [&](PeInput& input, std::size_t weight, std::size_t) {
         const auto beat = static_cast<std::size_t>(config.lanes);
         input.weights.bytes[weight * beat + std::max<std::size_t>(16, beat) + 7] = 0x7E;
       }},
      {"weights early in the header", kWeightEarly,
       [](PeInput& input, std::size_t weight, std::size_t) { input.weights.last[weight] = 1; }},
      {"weights early in the rows", kWeightEarly,
       [](PeInput& input, std::size_t weight, std::size_t) {
         std::size_t end = weight;
         while (!input.weights.last[end]) ++end;
         input.weights.last[end - 1] = 1;
       }},
      {"weights late", kWeightLate,
       [](PeInput& input, std::size_t weight, std::size_t) {
         std::size_t end = weight;
         while (!input.weights.last[end]) ++end;
         input.weights.last[end] = 0;
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
  for (const Fault& fault : faults) {
    for (const Stall& stall : {Stall::none(), Stall::random(4, 0.4)}) {
      CAPTURE(fault.name, stall.name());
      RandomTiles random(config, 9);
      PeInput input = random.sequence(2, 20);
      const std::size_t good = emulate(config, input).results.size();
      const std::size_t weight = input.weights.size(), activation = input.activations.size();
      ControlWord control = random.control();
      control.n = 2;
      // A fault in the weights may come when the last activation of its tile is in already.
      const bool one_input = fault.status == kWeightLate && stall.name() == "none";
      control.inputs = control.segment = one_input ? 1 : 12;
      control.vectors = one_input ? 1 : 2;
      random.append(random.tile(control), input);
      random.append(random.tile(random.control()), input);
      fault.apply(input, weight, activation);

      const Outcome expected = emulate(config, input);
      PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
      bench.push(input);
      const auto results = bench.run(expected.results.size());
      CHECK(first_difference(results, expected.results) == -1);
      CHECK(results.size() >= good);
      CHECK((bench.status() & kFatalStatus) == fault.status);
      CHECK((expected.status & kFatalStatus) == fault.status);

      bench.soft_reset();
      check_equal(bench, config, random.sequence(2, 20));
    }
  }
}

TEMPLATE_TEST_CASE("pe: a weight code out of range is reported and counts as zero", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 10);
  ControlWord control = random.control();
  control.n = 2;
  control.inputs = control.segment = 30;
  Tile tile = random.tile(control);
  tile.weights[0] = 0x04;
  tile.weights[tile.lanes.size() * 7] = 0xFF;
  PeInput input;
  random.append(tile, input);
  PeBench<typename TestType::Model> bench(config);
  check_equal(bench, config, input);
  CHECK((bench.status() & kBadWeight) != 0);
}
