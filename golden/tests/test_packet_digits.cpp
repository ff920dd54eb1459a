// SPDX-License-Identifier: Apache-2.0
// Control words and packets of uniform and reveal tiles (docs/tile-packet.md).
#include <catch2/catch.hpp>
#include <functional>

#include "golden/core/error.hpp"
#include "golden/tests/random_tile.hpp"

namespace tally {
namespace {

using testing::RandomTiles;

constexpr unsigned kSeed = 12;

// The rows of the control word's table that speak of uniform and reveal, once more.
bool legal(const ControlWord& c) {
  const std::uint32_t d = c.hese != 0 ? 4 : 7;
  const std::uint32_t g = 1u << c.log2_group;
  const bool counts =
      c.number_system == kReveal
          ? c.select == 1 && c.budget >= 1 && c.budget <= d * g && c.terms >= 1 && c.terms <= d
          : c.select == 0 && c.budget == d * g && c.terms == d;
  return c.n == 7 && c.offset == 0 && c.reuse == 0 && counts && c.segment % g == 0;
}

TEST_CASE("control words of uniform and reveal are refused exactly by the rules, over all fields") {
  int accepted = 0, refused = 0;
  for (const PeConfig& config : pe_configs()) {
    REQUIRE(config.digits);
    for (std::uint32_t system : {1u, 2u}) {
      for (std::uint32_t bits = 0; bits < 1u << 6; ++bits) {
        for (std::uint32_t budget = 0; budget < 64; ++budget) {
          for (std::uint32_t terms = 0; terms < 16; ++terms) {
            ControlWord c;
            c.number_system = system;
            c.hese = bits & 1;
            c.select = bits >> 1 & 1;
            c.log2_group = bits >> 2 & 3;
            c.n = 7 - (bits >> 4 & 1);
            c.offset = bits >> 5 & 1;
            c.budget = budget;
            c.terms = terms;
            c.relu = budget & 1;
            c.inputs = 13;
            c.segment = 8;
            c.vectors = 1;
            c.valid_lanes = 3;
            const bool ok = control_fault(c.encode(), config).empty();
            if (ok != legal(c))
              FAIL("system " << system << " bits " << bits << " budget " << budget);
            ++(ok ? accepted : refused);
          }
        }
      }
    }
  }
  // Reveal: budgets 1..D*g times terms 1..D; uniform: one of each; four configurations.
  CHECK(accepted == 4 * ((4 * 4 + 7 * 7) * (1 + 2 + 4 + 8) + 2 * 4));
  CHECK(refused > 500000);
}

TEST_CASE("a segment must be a multiple of the group, a configuration must have the digits") {
  RandomTiles random(find_pe_config("small"), kSeed);
  PeConfig without = find_pe_config("small");
  without.digits = false;
  for (int i = 0; i < 200; ++i) {
    ControlWord c = random.digit_control();
    CHECK(control_fault(c.encode(), find_pe_config("small")).empty());
    CHECK_THAT(control_fault(c.encode(), without), Catch::Contains("not supported"));
    c.segment = random.from(1, 40);
    CHECK(control_fault(c.encode(), find_pe_config("small")).empty() ==
          (c.segment % group_size(c) == 0));
  }
}

TEST_CASE("reuse is legal only on slots that are there, of the same shape, with no larger budget") {
  const PeConfig& config = find_pe_config("small");
  RandomTiles random(config, kSeed + 1);
  int legal_reuses = 0, refusals = 0;
  for (int i = 0; i < 300; ++i) {
    const ControlWord loaded = random.digit_control(40);
    const ResidentSlots resident = resident_after(loaded, config, {});
    const bool fits = groups_of(loaded) * loaded.budget <= 256;
    REQUIRE(resident.usable == fits);
    if (!fits) continue;
    const ControlWord good = random.reuse_control(loaded);
    CHECK(control_fault(good.encode(), config, resident).empty());
    CHECK_FALSE(control_fault(good.encode(), config).empty());  // nothing before
    ++legal_reuses;
    // A tile that reuses leaves what it found: k may rise again to what was loaded.
    const ResidentSlots after = resident_after(good, config, resident);
    CHECK(after.budget == loaded.budget);
    CHECK(control_fault(random.reuse_control(loaded).encode(), config, after).empty());

    const auto refuse = [&](const std::function<void(ControlWord&)>& spoil) {
      ControlWord bad = good;
      spoil(bad);
      CHECK_THAT(control_fault(bad.encode(), config, resident), Catch::Contains("reuse is 1"));
      ++refusals;
    };
    refuse([](ControlWord& c) { ++c.inputs; });
    if (good.log2_group > 0) {
      refuse([](ControlWord& c) {
        --c.log2_group;
        c.number_system = kReveal;
        c.select = c.budget = 1;
      });
    }
    refuse([](ControlWord& c) {
      c.hese ^= 1;
      c.number_system = kReveal;
      c.select = c.budget = c.terms = 1;
    });
    if (loaded.budget < (loaded.hese ? 4u : 7u) * group_size(loaded)) {
      refuse([&](ControlWord& c) {
        c.number_system = kReveal;
        c.select = 1;
        c.budget = loaded.budget + 1;
      });
    }
    const ResidentSlots exponential = resident_after(random.control(), config, resident);
    CHECK_FALSE(exponential.usable);
  }
  CHECK(legal_reuses > 200);
  CHECK(refusals > 500);
}

TEST_CASE("packets of uniform and reveal survive the way through bytes, reuse and streaming too") {
  int packets = 0, reused = 0, streamed = 0;
  for (const PeConfig& config : pe_configs()) {
    RandomTiles random(config, kSeed + 2);
    BeatStream stream;
    std::vector<Tile> tiles;
    ResidentSlots resident;
    for (int i = 0; i < 120; ++i) {
      ControlWord control = random.digit_control(i % 5 == 0 ? 600 : 40);
      if (resident.usable && i % 2 == 1) control = random.reuse_control(tiles.back().control);
      resident = resident_after(control, config, resident);
      tiles.push_back(random.tile(control));
      const std::size_t before = stream.size();
      append_packet(tiles.back(), config, stream);
      const PacketLayout layout = packet_layout(control, config);
      const std::size_t padded =
          (control.inputs + group_size(control) - 1) / group_size(control) * group_size(control);
      const std::size_t rows = control.reuse ? 0 : padded * (layout.streamed ? control.vectors : 1);
      CHECK(stream.size() - before ==
            layout.control + layout.boundaries + layout.coefficients + rows);
      reused += control.reuse != 0;
      streamed += layout.streamed;
    }
    std::size_t position = 0;
    resident = {};
    for (const Tile& tile : tiles) {
      const Tile got = parse_packet(stream, position, config, resident);
      CHECK(got.control == tile.control);
      CHECK(got.boundaries == tile.boundaries);
      CHECK(got.lanes == tile.lanes);
      CHECK(got.weights == tile.weights);
      ++packets;
    }
    CHECK(position == stream.size());
  }
  REQUIRE(packets == 4 * 120);
  CHECK(reused > 50);
  CHECK(streamed > 20);
}

TEST_CASE("the strict reader refuses -128, padding rows that are not zero, and a stray reuse") {
  const PeConfig& config = find_pe_config("small");
  RandomTiles random(config, kSeed + 3);
  ControlWord control = random.digit_control(30);
  control.log2_group = 2;
  control.number_system = kReveal;
  control.select = control.terms = 1;
  control.budget = 4;
  control.inputs = 30;
  control.segment = 32;
  control.valid_lanes = 4;
  const Tile good = random.tile(control);
  const auto refusal = [&](const Tile& tile) {
    BeatStream stream;
    append_packet(tile, config, stream);
    std::size_t position = 0;
    try {
      parse_packet(stream, position, config);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal(good) == "accepted");
  Tile bad = good;
  bad.weights[5] = 0x80;
  CHECK_THAT(refusal(bad), Catch::Contains("0x80"));
  bad = good;
  bad.weights[31 * 4 + 2] = 1;
  CHECK_THAT(refusal(bad), Catch::Contains("pads the last group"));
  bad = good;
  bad.control.reuse = 1;
  bad.weights.clear();
  CHECK_THAT(refusal(bad), Catch::Contains("reuse"));
}

}  // namespace
}  // namespace tally
