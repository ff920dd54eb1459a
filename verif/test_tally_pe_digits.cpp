// SPDX-License-Identifier: Apache-2.0
// The processing element in uniform and reveal, alone and mixed with exponential tiles, against the
// emulator and against an integer matrix product.
#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <iostream>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_check.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

std::uint32_t most_digits(bool hese) { return hese ? 4 : 7; }

/// Reveal, or uniform with budget 0; one segment, one vector, all lanes.
ControlWord digit_word(const PeConfig& config, bool hese, std::uint32_t log2_group,
                       std::uint32_t budget, std::uint32_t terms, std::uint32_t inputs) {
  ControlWord control;
  control.number_system = budget == 0 ? kUniform : kReveal;
  control.select = budget != 0;
  control.hese = hese;
  control.n = 7;
  control.log2_group = log2_group;
  control.budget = budget != 0 ? budget : most_digits(hese) << log2_group;
  control.terms = budget != 0 ? terms : most_digits(hese);
  control.inputs = inputs;
  control.valid_lanes = static_cast<std::uint32_t>(config.lanes);
  control.segment = groups_of(control) << log2_group;
  control.vectors = 1;
  return control;
}

}  // namespace

TEMPLATE_TEST_CASE("pe digits: random tiles of all number systems equal the emulator under stalls",
                   "[random][stall]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  const auto kinds = Stall::all(111);
  // Counters in flip-flops simulate much slower than in memories.
  const std::size_t runs = config.counter_style == CounterStyle::kFlipFlop ? 12 : 50;
  for (std::size_t i = 0; i < runs; ++i) {
    const PeStalls stalls{kinds[i % 5], kinds[(i / 5 + i) % 5], kinds[(i / 3) % 5]};
    CAPTURE(i, stalls.weight.name(), stalls.activation.name(), stalls.result.name());
    RandomTiles random(config, static_cast<std::uint32_t>(500 + i));
    PeBench<typename TestType::Model> bench(config, stalls);
    check_equal(bench, config, random.mixed_sequence(8, 30));
  }
}

TEMPLATE_TEST_CASE("pe digits: every g in both encodings, with the corners of k and s", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  PeBench<typename TestType::Model> bench(config);
  RandomTiles random(config, 105);
  PeInput input;
  for (const bool hese : {false, true}) {
    for (std::uint32_t log2_group = 0; log2_group < 4; ++log2_group) {
      const std::uint32_t most = most_digits(hese);
      for (const std::uint32_t budget : {0u, 1u, most, most << log2_group}) {
        for (const std::uint32_t terms : {1u, most}) {
          if (budget == 0 && terms == 1) continue;
          // Not a multiple of g: the last group is filled with zeros.
          ControlWord control = digit_word(config, hese, log2_group, budget, terms, 21);
          control.segment = random.one_in(2) ? control.segment : 8;
          control.vectors = 2;
          random.append(random.tile(control), input);
        }
      }
    }
  }
  check_equal(bench, config, input);
}

TEMPLATE_TEST_CASE("pe digits: slot rows beyond the weight buffer are streamed, cut anywhere",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 106);
  const auto rows = static_cast<std::uint32_t>(config.buffer_rows);
  PeInput input;
  struct Case {
    std::uint32_t groups, budget, log2_group;
  };
  // A bank exactly full, one row more, chunks that end inside a group, two banks and a bit.
  for (const Case& c : {Case{rows / 8, 8, 1}, Case{rows / 8 + 1, 8, 2}, Case{rows / 3 + 1, 3, 0},
                        Case{2 * rows / 28 + 3, 28, 3}, Case{rows / 56 + 1, 56, 3}}) {
    const bool hese = c.budget <= 4u << c.log2_group;
    ControlWord control =
        digit_word(config, hese, c.log2_group, c.budget, 1, (c.groups << c.log2_group));
    control.segment = (c.groups / 2 + 1) << c.log2_group;
    control.inputs -= random.below(1u << c.log2_group);
    control.vectors = 2;
    random.append(random.tile(control), input);
    // A small tile between: the streamed one must leave no chunk behind.
    random.append(random.tile(random.digit_control(12, 2)), input);
  }
  for (const Stall& stall : {Stall::none(), Stall::random(3, 0.3)}) {
    PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
    check_equal(bench, config, input);
  }
}

TEMPLATE_TEST_CASE("pe digits: a lower budget on loaded weights equals loading it anew", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 107);
  const ControlWord loaded = digit_word(config, true, 3, 20, 3, 77);
  const Tile first = random.tile(loaded);
  PeInput reused, anew;
  random.append(first, reused);
  const PeInput once = reused;
  const std::size_t vector = once.activations.size();
  reused.activations.clear();
  for (const std::uint32_t budget : {20u, 12u, 1u, 7u, 20u}) {
    Tile tile = first;
    tile.control.budget = budget;
    append_packet(tile, config, anew.weights);
    if (!reused.activations.empty()) {
      tile.control.reuse = 1;
      tile.weights.clear();
      append_packet(tile, config, reused.weights);
    }
    for (PeInput* input : {&reused, &anew}) {
      input->activations.insert(input->activations.end(), once.activations.begin(),
                                once.activations.begin() + static_cast<std::ptrdiff_t>(vector));
    }
  }
  REQUIRE(reused.weights.size() < anew.weights.size());
  for (const Stall& stall : {Stall::none(), Stall::bursts(5)}) {
    PeBench<typename TestType::Model> bench(config, {stall, stall, stall});
    const auto with_reuse = check_equal(bench, config, reused);
    const auto without = check_equal(bench, config, anew);
    CHECK(first_difference(with_reuse, without) == -1);
  }
}

TEMPLATE_TEST_CASE("pe digits: uniform equals an integer matrix product", "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 108);
  int checks = 0;
  for (const bool hese : {false, true}) {
    constexpr int kInputs = 93, kVectors = 4;
    ControlWord control = digit_word(config, hese, 2, 0, 0, kInputs);
    control.vectors = kVectors;
    control.segment = 40;
    Tile tile = random.tile(control);
    // INT8 levels: the boundary of 1 is half a unit, and so on. Scale and bias are powers of two.
    for (std::size_t j = 1; j < tile.boundaries.size(); ++j) {
      const float boundary = static_cast<float>(j) - 0.5f;
      tile.boundaries[j] = Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(boundary));
    }
    for (LaneCoefficients& lane : tile.lanes) lane = {1.0f / 64, 0, 0, 0, 8};

    Eigen::MatrixXi weights(config.lanes, kInputs), data(kInputs, kVectors);
    for (int k = 0; k < kInputs; ++k) {
      for (int lane = 0; lane < config.lanes; ++lane) {
        weights(lane, k) = static_cast<int>(random.below(255)) - 127;
        tile.weights[static_cast<std::size_t>(k * config.lanes + lane)] =
            static_cast<std::uint8_t>(weights(lane, k));
      }
    }
    PeInput input;
    input.weights.beat_bytes = config.lanes;
    append_packet(tile, config, input.weights);
    for (int vector = 0; vector < kVectors; ++vector) {
      for (int k = 0; k < kInputs; ++k) {
        data(k, vector) = static_cast<int>(random.below(255)) - 127;
        const Eigen::half value(static_cast<float>(data(k, vector)));
        input.activations.push_back(
            {Eigen::numext::bit_cast<std::uint16_t>(value), k + 1 == kInputs});
      }
    }
    PeBench<typename TestType::Model> bench(config);
    const auto results = check_equal(bench, config, input);
    const Eigen::MatrixXi product = weights * data;
    for (int vector = 0; vector < kVectors; ++vector) {
      for (int lane = 0; lane < config.lanes; ++lane) {
        // Exact in binary32; one rounding to binary16.
        float expected = static_cast<float>(product(lane, vector)) / 64 + 8;
        if (control.relu != 0 && expected < 0) expected = 0;
        const auto at = static_cast<std::size_t>(vector * config.lanes + lane);
        CAPTURE(hese, vector, lane, product(lane, vector));
        REQUIRE(results[at].value == Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(expected)));
        ++checks;
      }
    }
  }
  REQUIRE(checks == 2 * 4 * config.lanes);
}

TEMPLATE_TEST_CASE("pe digits: soft reset at any moment leaves no trace in the next tiles",
                   "[random]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 109);
  PeBench<typename TestType::Model> bench(
      config, {Stall::random(1, 0.1), Stall::random(2, 0.1), Stall::random(3, 0.3)});
  const int rounds = config.counter_style == CounterStyle::kFlipFlop ? 10 : 40;
  for (int i = 0; i < rounds; ++i) {
    bench.push(random.mixed_sequence(4));
    bench.tick(random.from(1, 6000));
    bench.soft_reset();
    CHECK(bench.status() == 0);
    CAPTURE(i);
    check_equal(bench, config, random.mixed_sequence(2, 30));
  }
}

TEMPLATE_TEST_CASE("pe digits: terms that drive a counter past its range wrap and are reported",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 110);
  for (const bool negative : {false, true}) {
    ControlWord control = digit_word(config, true, 3, 0, 0, 600);
    Tile tile = random.tile(control);
    for (auto& weight : tile.weights) weight = negative ? 0x81 : 0x7F;  // +-(128 - 1)
    PeInput input;
    random.append(tile, input);
    for (HalfBeat& beat : input.activations) beat.value = 0x7C00;
    PeBench<typename TestType::Model> bench(config);
    check_equal(bench, config, input);
    CHECK((bench.status() & kCounterOverflow) != 0);
  }
}

TEMPLATE_TEST_CASE("pe digits: the weight -128 is reported and taken as -127", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 112);
  Tile tile = random.tile(digit_word(config, true, 1, 0, 0, 10));
  tile.weights[3] = 0x81;
  PeInput good, bad;
  random.append(tile, good);
  tile.weights[3] = 0x80;
  append_packet(tile, config, bad.weights);
  bad.activations = good.activations;
  PeBench<typename TestType::Model> bench(config);
  const auto expected = check_equal(bench, config, good);
  CHECK((bench.status() & kBadWeight) == 0);
  const auto results = check_equal(bench, config, bad);
  CHECK(first_difference(results, expected) == -1);
  CHECK((bench.status() & kBadWeight) != 0);
}
