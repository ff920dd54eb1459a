// SPDX-License-Identifier: Apache-2.0
// Uniform and reveal layers on their way to the device: tiles, padding, segments, refusals.
#include <catch2/catch.hpp>

#include "golden/core/error.hpp"
#include "golden/core/segments.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/tests/digit_reference.hpp"
#include "golden/tests/planner_refusals.hpp"
#include "golden/tests/random_layer.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 2020;

TEST_CASE("a layer whose inputs are no multiple of g is padded and equals the integer product") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed);
  int compared = 0;
  for (const PeConfig& config : pe_configs()) {
    for (const int group : {1, 2, 4, 8}) {
      const std::size_t inputs = 61, outputs = 19, vectors = 4;
      const DeviceLayer layer = random_digit_layer(inputs, outputs, group, 0, 0, rng, true);
      const Program program = make_program(layer, config);
      CHECK(program.tiles[0].weights.size() % (static_cast<std::size_t>(group) * 4) == 0);
      const auto x = random_activations(inputs * vectors, rng);
      EmulatorDevice device(config);
      const LayerResult run = run_layer(device, program, x);
      CHECK(run.status == 0);
      CHECK(run.term_pairs > 0);
      CHECK(run.steps == counting_steps(program, vectors));
      Tile tile;  // for the reference: the whole layer as one tile
      tile.boundaries = layer.boundaries;
      tile.lanes = layer.channels;
      for (std::size_t v = 0; v < vectors; ++v) {
        for (std::size_t o = 0; o < outputs; ++o, ++compared) {
          std::int32_t total = 0;
          for (std::size_t k = 0; k < inputs; ++k) {
            total += reference_integer(tile, x[v * inputs + k]) *
                     static_cast<std::int8_t>(layer.weights[o * inputs + k]);
          }
          CHECK(run.outputs[v * outputs + o] == reference_output(tile, total, static_cast<int>(o)));
        }
      }
    }
  }
  REQUIRE(compared == 4 * 4 * 4 * 19);
}

TEST_CASE("a smaller budget on loaded slots equals a program made for that budget") {
  std::mt19937 rng(kSeed + 1);
  const PeConfig& config = find_pe_config("default");
  DeviceLayer layer = random_digit_layer(96, 40, 8, 16, 3, rng);
  const Program loaded = make_program(layer, config);
  std::vector<Program> programs{loaded};
  for (const auto& [k, s] : {std::pair{16, 1}, {9, 3}, {4, 2}, {12, 4}}) {
    programs.push_back(reuse_program(loaded, k, s));
  }
  const auto x = random_activations(96 * 5, rng);
  EmulatorDevice device(config);
  const Streams streams = make_streams(programs, x);
  const RunResult run = device.run(streams);
  CHECK(run.status == 0);
  const auto ordered = order_results(programs, 5, run.results);
  for (std::size_t p = 0; p < programs.size(); ++p) {
    layer.budget = static_cast<int>(programs[p].tiles[0].control.budget);
    layer.terms = static_cast<int>(programs[p].tiles[0].control.terms);
    const auto alone = run_layer(device, make_program(layer, config), x);
    CHECK(ordered[p] == alone.outputs);
    if (p > 0) CHECK(ordered[p] != ordered[0]);
  }
  std::size_t weight_rows = 0;  // sent once only
  for (const Program& program : programs) weight_rows += program.tiles[0].weights.size() / 16;
  CHECK(weight_rows == 96);

  CHECK_THROWS_WITH(reuse_program(loaded, 17, 3),
                    Catch::Contains("digits") && Catch::Contains("17"));
  CHECK_THROWS_WITH(reuse_program(loaded, 0, 3), Catch::Contains("budget is 0"));
  CHECK_THROWS_WITH(reuse_program(loaded, 4, 5), Catch::Contains("terms is 5"));
  const Program streamed = make_program(random_digit_layer(1024, 3, 8, 16, 3, rng), config);
  CHECK_THROWS_WITH(reuse_program(streamed, 4, 2), Catch::Contains("no slots"));
}

TEST_CASE("the segment is the longest for which no channel keeps too many terms") {
  INFO("seed " << kSeed);
  std::mt19937 rng(kSeed + 2);
  int checked = 0;
  for (const int g : {1, 2, 4, 8}) {
    for (const int k : {1, g, 2 * g, 4 * g}) {
      const std::size_t inputs = 203, out = 3;
      auto weights = random_int8(inputs * out, rng);
      for (auto& w : weights) w = rng() % 3 == 0 ? 0 : w;
      const TermLimit limit{DigitEncoding::kHese, g, k};
      for (const int bits : {6, 7, 8, 10}) {
        const long most = (1L << (bits - 1)) - 1;
        // Does every segment of this length keep few enough terms?.
        const auto safe = [&](std::size_t length) {
          for (std::size_t o = 0; o < out; ++o) {
            for (std::size_t start = 0; start < inputs; start += length) {
              long kept = 0;
              for (std::size_t first = start; first < std::min(inputs, start + length);
                   first += static_cast<std::size_t>(g)) {
                std::vector<int> group(static_cast<std::size_t>(g), 0);
                for (std::size_t i = 0; i < group.size() && first + i < inputs; ++i) {
                  group[i] = weights[o * inputs + first + i];
                }
                kept += static_cast<long>(largest_terms(group, true, k).size());
              }
              if (kept > most) return false;
            }
          }
          return true;
        };
        const std::size_t padded = (inputs + static_cast<std::size_t>(g) - 1) /
                                   static_cast<std::size_t>(g) * static_cast<std::size_t>(g);
        std::size_t want = padded;
        while (want > 0 && !safe(want)) want -= static_cast<std::size_t>(g);
        CAPTURE(g, k, bits);
        if (want == 0) {
          CHECK_THROWS_AS(largest_segment(weights, out, limit, bits), Error);
        } else {
          CHECK(largest_segment(weights, out, limit, bits) == want);
        }
        ++checked;
      }
    }
  }
  REQUIRE(checked == 4 * 4 * 4);
  // 511 weights of one term each fit 10 bits, 512 do not.
  const std::vector<std::int8_t> ones(600, 1);
  CHECK(largest_segment(ones, 1, {DigitEncoding::kBinary, 1, 7}, 10) == 511);
  CHECK(largest_segment(ones, 1, {DigitEncoding::kBinary, 8, 56}, 10) == 504);
}

TEST_CASE("a proved segment never overflows, one group more can") {
  std::mt19937 rng(kSeed + 3);
  const PeConfig& config = find_pe_config("fast");
  DeviceLayer layer = random_digit_layer(1600, 1, 8, 12, 4, rng);
  // Weights whose every kept term meets a data digit at one counter: all 64, all data 1.
  layer.weights.assign(1600, 64);
  const std::vector<std::int8_t> weights(1600, 64);
  layer.segment = largest_segment(weights, 1, {DigitEncoding::kHese, 8, 12}, 10);
  REQUIRE(layer.segment == 504);
  const std::vector<std::uint16_t> x(1600, half_from_double(0.02));
  EmulatorDevice device(config);
  const auto good = run_layer(device, make_program(layer, config), x);
  CHECK(good.status == 0);
  CHECK(half_to_float(good.outputs[0]) == 1600 * 64 * 0x1p-13F);
  layer.segment += 8;
  CHECK(run_layer(device, make_program(layer, config), x).status == kCounterOverflow);
}

TEST_CASE("the planner refuses digit layers out of range, naming layer and value") {
  std::mt19937 rng(kSeed + 4);
  const PeConfig& config = find_pe_config("small");
  const DeviceLayer good = random_digit_layer(20, 6, 4, 8, 2, rng);
  PlannerRefusals refused(good, config);
  refused("n is 5", [](auto& l) { l.n = 5; });
  refused("offset is on", [](auto& l) { l.offset = true; });
  refused("group is 3", [](auto& l) { l.group = 3; });
  refused("group is 16", [](auto& l) { l.group = 16; });
  refused("group is 0", [](auto& l) { l.group = 0; });
  refused("budget is 0", [](auto& l) { l.budget = 0; });
  refused("budget is 17, must be 1..16", [](auto& l) { l.budget = 17; });
  refused("budget is 29, must be 1..28", [](auto& l) { l.hese = false, l.budget = 29; });
  refused("budget is 8, must be 16..16", [](auto& l) { l.number_system = kUniform; });
  refused("terms is 0", [](auto& l) { l.terms = 0; });
  refused("terms is 5, must be 1..4", [](auto& l) { l.terms = 5; });
  refused("terms is 8, must be 1..7", [](auto& l) { l.hese = false, l.terms = 8; });
  refused("segment is 6", [](auto& l) { l.segment = 6; });
  refused("segment is 0", [](auto& l) { l.segment = 0; });
  refused("channel 2: weight 7 is -128", [](auto& l) { l.weights[2 * 20 + 7] = 0x80; });
  refused("64 boundaries", [](auto& l) { l.boundaries.resize(64); });
  refused("channel 3: c1", [](auto& l) { l.channels[3].c1 = 1e-40F; });
  refused("c2, c3 or c4", [](auto& l) { l.channels[3].c2 = 1; });
  refused("2^31", [](auto& l) {
    l.inputs = 131072;
    l.weights.assign(131072 * 6, 1);
  });
  refused("hese 1", [](auto& l) {
    l.number_system = kExponential, l.n = 3;
    l.boundaries.resize(8);
  });
  REQUIRE(refused.count() == 20);
  DeviceLayer longest = good;
  longest.inputs = 131068;
  longest.weights.assign(131068 * 6, 1);
  CHECK_NOTHROW(make_program(longest, config));
  PeConfig without = config;
  without.digits = false;
  CHECK_THROWS_WITH(make_program(good, without), Catch::Contains("without uniform and reveal"));
}

}  // namespace
}  // namespace tally
