// SPDX-License-Identifier: Apache-2.0
// The planner: what a layer becomes, and what it refuses.
#include <catch2/catch.hpp>

#include "golden/core/error.hpp"
#include "golden/tests/planner_refusals.hpp"
#include "golden/tests/random_layer.hpp"

namespace tally {
namespace {

using testing::PlannerRefusals;
using testing::random_layer;

constexpr unsigned kSeed = 99;

TEST_CASE("a layer is cut into tiles of Lanes output channels, the last one partly filled") {
  std::mt19937 rng(kSeed);
  for (const PeConfig& config : pe_configs()) {
    const auto lanes = static_cast<std::uint32_t>(config.lanes);
    const DeviceLayer layer = random_layer({.inputs = 9, .lanes = 2 * lanes + 1}, rng);
    const Program program = make_program(layer, config);
    REQUIRE(program.tiles.size() == 3);
    CHECK(program.tiles[1].control.valid_lanes == lanes);
    CHECK(program.tiles[2].control.valid_lanes == 1);
    // output channel lanes + 2 is lane 2 of tile 1
    CHECK(program.tiles[1].lanes[2] == layer.channels[lanes + 2]);
    for (std::size_t k = 0; k < 9; ++k) {
      CHECK(program.tiles[1].weights[k * lanes + 2] == layer.weights[(lanes + 2) * 9 + k]);
      CHECK(program.tiles[2].weights[k * lanes + 1] == 0);
    }
    CHECK(program.tiles[2].lanes[1] == LaneCoefficients{});
  }
}

TEST_CASE("streams hold every packet once and every vector once a tile") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  const Program program = make_program(random_layer({.inputs = 5, .lanes = 7}, rng), config);
  const std::vector<std::uint16_t> activations{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const Streams streams = make_streams(program, activations);
  REQUIRE(streams.activations.size() == 2 * 10);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(streams.activations[i] == HalfBeat{activations[i % 10], i % 5 == 4});
  }
  std::size_t position = 0;
  for (int tile = 0; tile < 2; ++tile) {
    CHECK(parse_packet(streams.weights, position, config).control.vectors == 2);
  }
  CHECK(position == streams.weights.size());
  CHECK_THROWS_WITH(make_streams(program, std::vector<std::uint16_t>(7)),
                    Catch::Contains("random") && Catch::Contains("7 activations"));
  CHECK_THROWS_AS(make_streams(program, {}), Error);
}

TEST_CASE("results are put back in the order of the output channels") {
  std::mt19937 rng(kSeed);
  const Program program =
      make_program(random_layer({.inputs = 5, .lanes = 6}, rng), find_pe_config("small"));
  // value = 10 * vector + channel; the device sends [tile][vector][lane]
  std::vector<HalfBeat> results;
  for (const auto& channels : {std::vector<int>{0, 1, 2, 3}, std::vector<int>{4, 5}}) {
    for (int v = 0; v < 3; ++v) {
      for (const int c : channels) {
        results.push_back({static_cast<std::uint16_t>(10 * v + c), v == 2 && c == channels.back()});
      }
    }
  }
  const auto ordered = order_results(program, 3, results);
  REQUIRE(ordered.size() == 18);
  for (int v = 0; v < 3; ++v) {
    for (int c = 0; c < 6; ++c) CHECK(ordered[static_cast<std::size_t>(6 * v + c)] == 10 * v + c);
  }
  CHECK_THROWS_WITH(order_results(program, 4, results), Catch::Contains("18 results"));
  results[3].last = true;
  CHECK_THROWS_WITH(order_results(program, 3, results), Catch::Contains("TLAST of result 3"));
}

TEST_CASE("the planner refuses what the hardware cannot do, naming layer and value") {
  std::mt19937 rng(kSeed);
  const PeConfig& config = find_pe_config("small");
  const DeviceLayer good = random_layer({.n = 3, .inputs = 5, .lanes = 6}, rng);
  PlannerRefusals refused(good, config);
  refused("n is 4", [](auto& l) { l.n = 4; });
  refused("n is 1", [](auto& l) { l.n = 1; });
  refused("0 inputs", [](auto& l) { l.inputs = 0; });
  refused("1048576 inputs", [](auto& l) { l.inputs = 1 << 20; });
  refused("segment is 0", [](auto& l) { l.segment = 0; });
  refused("segment is 1048576", [](auto& l) { l.segment = 1 << 20; });
  refused("no output", [](auto& l) { l.channels.clear(); });
  refused("7 boundaries", [](auto& l) { l.boundaries.pop_back(); });
  refused("boundary 2", [](auto& l) { l.boundaries[2] = 0xBC00; });
  refused("entry 0", [](auto& l) { l.boundaries[0] = 1; });
  refused("29 weights", [](auto& l) { l.weights.pop_back(); });
  refused("0x88", [](auto& l) { l.weights[7] = 0x88; });
  refused("base is 1", [](auto& l) { l.base = 1.0F; });
  refused("base is nan", [](auto& l) { l.base = std::nanf(""); });
  refused("2^126", [](auto& l) { l.base = 1500.0F; });
  refused("channel 4: c3", [](auto& l) { l.channels[4].c3 = 1e-40F; });
  refused("channel 1: c1 is inf", [](auto& l) { l.channels[1].c1 = INFINITY; });
  refused("bias is nan", [](auto& l) { l.channels[0].bias = std::nanf(""); });
  refused("offset is off", [](auto& l) { l.offset = false; });
  REQUIRE(refused.count() == 19);

  DeviceLayer just = good;  // 5 * b^12 < 2^126: b < 1265.7
  just.base = 1265.0F;
  CHECK_NOTHROW(make_program(just, config));
  just.base = 1267.0F;
  CHECK_THROWS_AS(make_program(just, config), Error);
}

}  // namespace
}  // namespace tally
