// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>

#include "golden/core/error.hpp"
#include "golden/tests/random_tile.hpp"

namespace tally {
namespace {

using testing::random_tile;
using testing::TileShape;

constexpr unsigned kSeed = 11;

void check_equal(const Tile& a, const Tile& b) {
  CHECK(a.control == b.control);
  CHECK(a.base == b.base);
  CHECK(a.boundaries == b.boundaries);
  CHECK(a.lanes == b.lanes);
  CHECK(a.weights == b.weights);
}

TEST_CASE("a packet stands in its beats as docs/tile-packet.md says") {
  const PeConfig& config = find_pe_config("small");  // 4 lanes
  std::mt19937 rng(kSeed);
  const TileShape shape{.n = 2, .inputs = 3, .lanes = 3, .segment = 3, .vectors = 7};
  const Tile tile = random_tile(shape, config, rng);
  BeatStream stream;
  append_packet(tile, config, stream);
  // 16 bytes of control, 8 of boundaries, 4 * 21 of coefficients, 3 rows; 4 bytes a beat
  REQUIRE(stream.size() == 4 + 2 + 21 + 3);
  CHECK(std::count(stream.last.begin(), stream.last.end(), 1) == 1);
  CHECK(stream.last.back() == 1);
  CHECK(stream.bytes[0] == (tile.control.offset << 2));
  CHECK(stream.bytes[1] == 2);       // n
  CHECK(stream.bytes[4] == 3);       // inputs
  CHECK(stream.bytes[6] == 3 << 4);  // valid lanes
  CHECK(stream.bytes[12] == 7);      // vectors
  CHECK(stream.bytes[16 + 2 * 3] == (tile.boundaries[3] & 0xFF));
  CHECK(stream.bytes[16 + 2 * 3 + 1] == (tile.boundaries[3] >> 8));
  float bias2 = 0;  // base, then 5 floats a lane
  std::memcpy(&bias2, &stream.bytes[24 + 4 * (1 + 5 * 2 + 4)], 4);
  CHECK(bias2 == tile.lanes[2].bias);
  CHECK(stream.bytes[4 * 27 + 4 + 1] == tile.weights[4 + 1]);  // row 1, lane 1
}

TEST_CASE("packets survive the way through bytes, for every configuration and n") {
  std::mt19937 rng(kSeed);
  int packets = 0;
  for (const PeConfig& config : pe_configs()) {
    BeatStream stream;
    std::vector<Tile> tiles;
    for (int n = 2; n <= config.max_n; ++n) {
      for (const std::uint32_t inputs :
           {1u, 17u, static_cast<std::uint32_t>(config.buffer_rows) + 1}) {
        const auto lanes =
            static_cast<std::uint32_t>(1 + rng() % static_cast<unsigned>(config.lanes));
        tiles.push_back(
            random_tile({.n = n, .inputs = inputs, .lanes = lanes, .vectors = 2}, config, rng));
        append_packet(tiles.back(), config, stream);
      }
    }
    std::size_t position = 0;
    for (const Tile& tile : tiles) {
      CAPTURE(config.name, tile.control.n, tile.control.inputs);
      check_equal(parse_packet(stream, position, config), tile);
      ++packets;
    }
    CHECK(position == stream.size());
  }
  REQUIRE(packets == 3 * (6 + 4 + 4 + 2));
}

TEST_CASE("weights are sent once when they fit the buffer, else with every vector") {
  const PeConfig& config = find_pe_config("small");
  const auto rows = static_cast<std::uint32_t>(config.buffer_rows);
  std::mt19937 rng(kSeed);
  for (const std::uint32_t inputs : {rows, rows + 1}) {
    const Tile tile = random_tile({.inputs = inputs, .vectors = 3}, config, rng);
    BeatStream stream;
    append_packet(tile, config, stream);
    CHECK(stream.size() == 4 + 4 + 21 + inputs * (inputs > rows ? 3 : 1));
  }
}

TEST_CASE("the strict reader refuses every fault and names the beat") {
  const PeConfig& config = find_pe_config("small");
  std::mt19937 rng(kSeed);
  const Tile good = random_tile({.inputs = 5, .lanes = 3}, config, rng);
  const auto refusal = [&](const std::function<void(Tile&)>& spoil_tile,
                           const std::function<void(BeatStream&)>& spoil_beats) {
    Tile tile = good;
    spoil_tile(tile);
    BeatStream stream;
    append_packet(tile, config, stream);
    spoil_beats(stream);
    std::size_t position = 0;
    try {
      parse_packet(stream, position, config);
    } catch (const Error& error) {
      CHECK(position == 0);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto no_tile = [](Tile&) {};
  const auto no_beats = [](BeatStream&) {};
  CHECK(refusal(no_tile, no_beats) == "accepted");
  CHECK_THAT(refusal([](Tile& t) { t.control.version = 2; }, no_beats),
             Catch::Contains("beat 4: version is 2"));
  CHECK_THAT(refusal([](Tile& t) { std::swap(t.boundaries[2], t.boundaries[5]); }, no_beats),
             Catch::Contains("boundary"));
  CHECK_THAT(refusal([](Tile& t) { t.boundaries[0] = 1; }, no_beats), Catch::Contains("entry 0"));
  CHECK_THAT(refusal([](Tile& t) { t.weights[1] = 8; }, no_beats), Catch::Contains("weight"));
  CHECK_THAT(refusal([](Tile& t) { t.weights[3] = 1; }, no_beats), Catch::Contains("unused lane"));
  CHECK_THAT(refusal([](Tile& t) { t.lanes[3].c1 = 1; }, no_beats), Catch::Contains("unused lane"));
  CHECK_THAT(refusal(no_tile, [](BeatStream& s) { s.last[9] = 1; }),
             Catch::Contains("beat 9: TLAST before"));
  CHECK_THAT(refusal(no_tile, [](BeatStream& s) { s.last.back() = 0; }),
             Catch::Contains("no TLAST"));
  CHECK_THAT(refusal(no_tile, [](BeatStream& s) { s.last.pop_back(); }),
             Catch::Contains("ends inside"));
}

TEST_CASE("boundaries are legal exactly when non-descending in 0x0001..0x7C00") {
  const auto legal = [](std::vector<std::uint16_t> t) { return boundaries_fault(t).empty(); };
  CHECK(legal({0, 1, 1, 0x7C00}));
  CHECK(legal({0xFFFF, 1, 2, 3}));  // entry 0 is not a boundary
  CHECK_FALSE(legal({0, 0, 1, 2}));
  CHECK_FALSE(legal({0, 2, 1, 3}));
  CHECK_FALSE(legal({0, 1, 2, 0x7C01}));
  CHECK_FALSE(legal({0, 1, 2, 0x8003}));
}

}  // namespace
}  // namespace tally
