// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "golden/core/control_word.hpp"
#include "golden/core/error.hpp"

namespace tally {
namespace {

ControlWord legal() {
  ControlWord c;
  c.offset = 1;
  c.n = 3;
  c.inputs = 784;
  c.valid_lanes = 4;
  c.segment = 500;
  c.vectors = 9;
  return c;
}

bool refused(const ControlWord& c, const PeConfig& config) {
  return !control_fault(c.encode(), config).empty();
}

TEST_CASE("named configurations equal rtl/configs.json") {
  std::ifstream file("rtl/configs.json");
  const auto json = nlohmann::json::parse(file);
  REQUIRE(json.size() >= 4);
  REQUIRE(pe_configs().size() == json.size());
  for (const auto& [name, values] : json.items()) {
    CAPTURE(name);
    const PeConfig& c = find_pe_config(name);
    CHECK(c.lanes == values.at("Lanes"));
    CHECK(c.max_n == values.at("MaxN"));
    CHECK(c.dequantizers == values.at("Dequantizers"));
    CHECK(c.ping_pong == (values.at("PingPong") == 1));
    CHECK(c.parallel_terms == (values.at("ParallelTerms") == 1));
    CHECK(c.cnt_w == values.at("CntW"));
    CHECK(static_cast<int>(c.counter_style) == values.at("CounterStyle"));
    CHECK(c.buffer_rows == values.at("BufferRows"));
    CHECK(c.digits == (values.at("Digits") == 1));
  }
  CHECK_THROWS_WITH(find_pe_config("huge"), Catch::Contains("huge") && Catch::Contains("default"));
}

TEST_CASE("control word fields stand where docs/tile-packet.md puts them") {
  ControlWord c;
  c.number_system = 2;
  c.offset = 1;
  c.hese = 1;
  c.n = 5;
  c.log2_group = 3;
  c.budget = 0x2A;
  c.terms = 9;
  c.inputs = 0x12345;
  c.valid_lanes = 0xA7;
  c.segment = 0x54321;
  c.vectors = 0xDEADBEEF;
  const std::uint32_t word0 =
      2u | 1u << 2 | 1u << 4 | 5u << 8 | 3u << 11 | 0x2Au << 13 | 9u << 19 | 1u << 24;
  CHECK(c.encode() == ControlWords{word0, 0x0A712345u, 0x00054321u, 0xDEADBEEFu});
  CHECK(ControlWord::decode(c.encode()) == c);
  c.relu = c.select = c.reuse = 1;
  CHECK((c.encode()[0] ^ word0) == 0x68u);
}

TEST_CASE("control word fields do not overlap and leave the rest reserved") {
  ControlWords taken{};
  for (const ControlField& field : kControlFields) {
    ControlWord c;
    c.version = 0;
    c.*field.member = static_cast<std::uint32_t>((std::uint64_t{1} << field.width) - 1);
    const ControlWords words = c.encode();
    for (std::size_t w = 0; w < 4; ++w) {
      CHECK((taken[w] & words[w]) == 0);
      taken[w] |= words[w];
    }
    if (field.width < 32) {
      c.*field.member += 1;
      CHECK_THROWS_WITH(c.encode(), Catch::Contains(field.name));
    }
  }
  CHECK(taken == ControlWords{0xFF7FFF7Fu, 0x0FFFFFFFu, 0x000FFFFFu, 0xFFFFFFFFu});
}

TEST_CASE("every reserved bit is refused") {
  const ControlWords good = legal().encode();
  int reserved = 0;
  for (int bit = 0; bit < 128; ++bit) {
    ControlWords words = good;
    words[static_cast<std::size_t>(bit / 32)] ^= 1u << (bit % 32);
    if (ControlWord::decode(words) != ControlWord::decode(good)) continue;
    CAPTURE(bit);
    CHECK_THAT(control_fault(words, find_pe_config("paper")), Catch::Contains("reserved"));
    ++reserved;
  }
  CHECK(reserved == 2 + 4 + 12);
}

TEST_CASE("control word ranges are those of the configuration") {
  for (const PeConfig& config : pe_configs()) {
    CAPTURE(config.name);
    const auto lanes = static_cast<std::uint32_t>(config.lanes);
    REQUIRE_FALSE(refused(legal(), config));
    for (std::uint32_t n = 0; n <= 7; ++n) {
      ControlWord c = legal();
      c.n = n;
      CHECK(refused(c, config) == (n < 2 || n > static_cast<std::uint32_t>(config.max_n)));
    }
    for (const std::uint32_t valid : {0u, 1u, lanes, lanes + 1, 255u}) {
      ControlWord c = legal();
      c.valid_lanes = valid;
      CHECK(refused(c, config) == (valid < 1 || valid > lanes));
    }
    for (const auto member : {&ControlWord::inputs, &ControlWord::segment, &ControlWord::vectors,
                              &ControlWord::version}) {
      ControlWord c = legal();
      c.*member = 0;
      CHECK(refused(c, config));
      c.*member = 1;
      CHECK_FALSE(refused(c, config));
    }
    for (const auto member :
         {&ControlWord::hese, &ControlWord::select, &ControlWord::reuse, &ControlWord::log2_group,
          &ControlWord::budget, &ControlWord::terms, &ControlWord::number_system}) {
      ControlWord c = legal();
      c.*member = 1;
      CHECK(refused(c, config));
    }
    for (const auto member : {&ControlWord::offset, &ControlWord::relu}) {
      ControlWord c = legal();
      c.*member ^= 1;
      CHECK_FALSE(refused(c, config));
    }
  }
}

}  // namespace
}  // namespace tally
