// SPDX-License-Identifier: Apache-2.0
// The emulator computes what docs/number-systems.md says.
#include <catch2/catch.hpp>

#include "golden/tests/emulator_reference.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 20261123;

std::vector<HalfBeat> run(const Tile& tile, const PeConfig& config,
                          std::span<const std::uint16_t> activations, Status& status) {
  Emulator emulator(config);
  emulator.push_weights(packet_beats(tile, config));
  emulator.push_activations(activation_beats(activations, tile.control.inputs));
  status = emulator.status();
  return emulator.take_results();
}

// Checks one tile against both references; returns the number of values compared.
int check_tile(const TileShape& shape, const PeConfig& config, std::mt19937& rng) {
  CAPTURE(config.name, shape.n, shape.inputs, shape.lanes, shape.segment, shape.vectors,
          shape.offset, shape.relu);
  TileReals reals;
  const Tile tile = random_tile(shape, config, rng, &reals);
  const auto activations = random_activations(std::size_t{shape.inputs} * shape.vectors, rng);
  Status status = 0;
  const auto results = run(tile, config, activations, status);
  REQUIRE(results.size() == std::size_t{shape.vectors} * shape.lanes);
  CHECK(status_text(status) == "ok");

  int compared = 0, real_misses = 0, bit_misses = 0, last_misses = 0;
  for (std::size_t v = 0; v < shape.vectors; ++v) {
    const auto vector = std::span(activations).subspan(v * shape.inputs, shape.inputs);
    for (std::uint32_t lane = 0; lane < shape.lanes; ++lane, ++compared) {
      const HalfBeat got = results[v * shape.lanes + lane];
      const auto l = static_cast<int>(lane);
      const float counted = counted_result(tile, vector, l, config.lanes, config.cnt_w);
      const float rectified = shape.relu && !(counted > 0) ? 0.0F : counted;
      bit_misses += got.value != half_from_float(rectified);
      const RealResult real = real_result(tile, reals, vector, l, config.lanes);
      const double bound = 2e-6 * real.absolute_terms + 0x1p-11 * std::fabs(real.value) + 0x1p-25;
      real_misses += !(std::fabs(half_to_float(got.value) - real.value) <= bound);
      last_misses += got.last != (v + 1 == shape.vectors && lane + 1 == shape.lanes);
    }
  }
  CHECK(bit_misses == 0);
  CHECK(real_misses == 0);
  CHECK(last_misses == 0);
  return compared;
}

TEST_CASE("emulator equals both references for every configuration, n, offset, ReLU, segment") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  int compared = 0;
  for (const PeConfig& config : pe_configs()) {
    for (int n = 2; n <= config.max_n; ++n) {
      for (const bool offset : {false, true}) {
        for (const bool relu : {false, true}) {
          for (const std::uint32_t segment : {1u, 7u, 40u, 500u}) {
            const auto lanes =
                static_cast<std::uint32_t>(1 + rng() % static_cast<unsigned>(config.lanes));
            const auto inputs = static_cast<std::uint32_t>(1 + rng() % 120);
            compared += check_tile({n, inputs, lanes, segment, 3, offset, relu}, config, rng);
          }
        }
      }
    }
  }
  REQUIRE(compared > 5000);
}

TEST_CASE("emulator streams weights when a vector is longer than the buffer") {
  std::mt19937 rng(kSeed + 1);
  int compared = 0;
  for (const PeConfig& config : pe_configs()) {
    const auto rows = static_cast<std::uint32_t>(config.buffer_rows);
    for (const std::uint32_t inputs : {rows, rows + 1, 2 * rows + 3}) {
      compared += check_tile({3, inputs, 4, 300, 3, true, false}, config, rng);
    }
  }
  REQUIRE(compared == 4 * 3 * 4 * 3);
}

TEST_CASE("quantizer equals counting boundaries over all binary16 inputs") {
  std::mt19937 rng(kSeed + 2);
  for (int n = 2; n <= 7; ++n) {
    const Tile tile = random_tile({.n = n}, find_pe_config("paper"), rng);
    int wrong = 0;
    for (int x = 0; x < 65536; ++x) {
      Status status = 0;
      const auto bits = static_cast<std::uint16_t>(x);
      const Code code = step_quantize(tile.boundaries, bits, status);
      const int index = reference_index(tile, bits);
      wrong += code.index != index || code.negative != (index != 0 && x >= 0x8000) ||
               status != ((half_is_nan(bits) ? Status{kNanInput} : Status{0}));
    }
    CHECK(wrong == 0);
  }
}

// One lane that counts `count` pairs of the top codes, with the given sign.
std::uint16_t count_pairs(const PeConfig& config, std::uint32_t count, bool negative,
                          std::uint32_t segment, Status& status) {
  Tile tile;
  tile.control.n = 2;
  tile.control.inputs = count;
  tile.control.valid_lanes = 1;
  tile.control.segment = segment;
  tile.control.vectors = 1;
  tile.base = 2.0F;
  tile.boundaries = {0, 1, 0x3C00, 0x4000};
  tile.lanes.resize(static_cast<std::size_t>(config.lanes));
  tile.lanes[0].c1 = 0x1p-4F;  // 2^-(6-2): the result is the count
  tile.weights.resize(count * static_cast<std::size_t>(config.lanes));
  for (std::size_t k = 0; k < count; ++k) {
    tile.weights[k * static_cast<std::size_t>(config.lanes)] = negative ? 0x83 : 0x03;
  }
  const std::vector<std::uint16_t> activations(count, 0x4000);
  return run(tile, config, activations, status).at(0).value;
}

TEST_CASE("a counter that passes its range wraps and says so, at exactly the right count") {
  for (const PeConfig& config : pe_configs()) {
    CAPTURE(config.name);
    REQUIRE(config.cnt_w == 10);
    const auto check = [&](std::uint32_t count, bool negative, std::uint32_t segment, double value,
                           Status want) {
      CAPTURE(count, negative, segment);
      Status status = 0;
      CHECK(half_to_float(count_pairs(config, count, negative, segment, status)) == value);
      CHECK(status_text(status) == status_text(want));
    };
    check(511, false, 1000, 511, 0);
    check(512, false, 1000, -512, kCounterOverflow);
    check(600, false, 1000, 600 - 1024, kCounterOverflow);
    check(512, true, 1000, -512, 0);
    check(513, true, 1000, 511, kCounterOverflow);
    check(1030, false, 2000, 6, kCounterOverflow);
    check(1030, false, 511, 1030, 0);  // segments keep every counter in range
  }
}

TEST_CASE("each counter array reports its own overflow") {
  Status status = 0;
  CounterBank bank(4, 2, 10);
  const std::vector<std::uint8_t> row{1, 2, 3, 0};
  for (int i = 0; i < 300; ++i) step_count(bank, {1, false}, row, true, status);
  for (int i = 0; i < 211; ++i) step_count(bank, {2, false}, row, true, status);
  CHECK(status == 0);  // AC2 is at 511; AC1 and AC3 at 300 and 211
  step_count(bank, {2, false}, row, true, status);
  CHECK(status == kCounterOverflow);
  CHECK(bank.ac2[1 * 4 + 0] == -512);
  CHECK(bank.ac1[3 * 4 + 0] == 212);
  CHECK(bank.ac3[2 * 4 + 0] == 212);

  status = 0;
  bank.clear();
  for (int i = 0; i < 511; ++i) {
    const auto w = static_cast<std::uint8_t>(1 + i % 3);
    step_count(bank, {3, false}, std::vector<std::uint8_t>(4, w), true, status);
  }
  CHECK(status == 0);
  step_count(bank, {3, false}, row, true, status);
  CHECK(status == kCounterOverflow);  // only AC3 of the first three lanes
  CHECK(bank.ac3[3 * 4 + 0] == -512);
  CHECK(bank.ac3[3 * 4 + 3] == 511);
}

TEST_CASE("a segment's terms are added in the documented order") {
  const LaneCoefficients c{.c1 = 1, .c2 = -1e8F, .c3 = 5, .c4 = 1e8F, .bias = 0};
  const Sums sums{.p1 = {0, 1}, .p2 = {0, 1}, .p3 = {0, 1}, .count = {0, 1}};
  // units of 8 near 1e8: 5 + 1e8 -> 1e8 + 8, + 5 -> 1e8 + 16, - 1e8 -> 16, + 1. Any other order
  // of two neighbours gives 9, 14 or 16.
  CHECK(step_scale(5.0F, c, sums, 1, true) == 17.0F);
  CHECK(step_scale(5.0F, c, sums, 1, false) == 6.0F);
  CHECK(step_scale(5.0F, c, sums, 0, true) == 5.0F);
}

TEST_CASE("output stage: ReLU, overflow, infinity and NaN") {
  const auto check = [](float acc, bool relu, std::uint16_t want, Status want_status) {
    CAPTURE(acc, relu);
    Status status = 0;
    CHECK(step_output(acc, relu, status) == want);
    CHECK(status == want_status);
  };
  const float infinity = std::numeric_limits<float>::infinity();
  check(1.5F, true, 0x3E00, 0);
  check(-1.5F, true, 0, 0);
  check(-1.5F, false, 0xBE00, 0);
  check(-0.0F, true, 0, 0);
  check(-0.0F, false, 0x8000, 0);
  check(65519.996F, false, 0x7BFF, 0);
  check(65520.0F, false, 0x7C00, kResultOverflow);
  check(-1e9F, false, 0xFC00, kResultOverflow);
  check(-1e9F, true, 0, 0);
  check(infinity, true, 0x7C00, 0);
  check(-infinity, true, 0, 0);
  check(-infinity, false, 0xFC00, 0);
  check(std::bit_cast<float>(0xFFC00001u), true, 0x7E00, kNanResult);
}

TEST_CASE("term pairs, steps, vectors and tiles are counted as they happen") {
  std::mt19937 rng(kSeed + 3);
  const PeConfig& config = find_pe_config("small");
  const TileShape shape{.n = 2, .inputs = 50, .lanes = 3, .segment = 9, .vectors = 4};
  const Tile tile = random_tile(shape, config, rng);
  const auto activations = random_activations(200, rng);
  std::uint64_t pairs = 0;
  for (std::size_t i = 0; i < activations.size(); ++i) {
    if (reference_index(tile, activations[i]) == 0) continue;
    for (std::size_t lane = 0; lane < 4; ++lane) pairs += tile.weights[i % 50 * 4 + lane] != 0;
  }
  Emulator emulator(config);
  for (int i = 0; i < 2; ++i) {
    emulator.push_weights(packet_beats(tile, config));
    emulator.push_activations(activation_beats(activations, 50));
  }
  REQUIRE(pairs > 100);
  CHECK(emulator.counters().term_pairs == 2 * pairs);
  CHECK(emulator.counters().steps == 2 * 200);
  CHECK(emulator.counters().vectors == 2 * 4);
  CHECK(emulator.counters().tiles == 2);
}

}  // namespace
}  // namespace tally
