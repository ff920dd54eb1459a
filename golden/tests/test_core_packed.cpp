// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "golden/core/error.hpp"
#include "golden/core/level_table.hpp"
#include "golden/core/packed.hpp"

using namespace tally;

TEST_CASE("packing and unpacking is the identity for every n and every length", "[core][random]") {
  const unsigned seed = 11;
  CAPTURE(seed);
  std::mt19937 random(seed);
  int checks = 0;
  for (int n = 2; n <= 7; ++n) {
    for (std::size_t count = 0; count < 70; ++count) {
      std::vector<std::uint8_t> codes(count);
      for (auto& code : codes) {
        code = make_code(random() % 2 == 0, static_cast<int>(random() % (1u << n)));
      }
      const auto bytes = pack_codes(codes, n);
      CAPTURE(n, count);
      REQUIRE(bytes.size() == packed_size(count, n));
      REQUIRE(unpack_codes(bytes, n, count) == codes);
      ++checks;
    }
  }
  REQUIRE(checks == 6 * 70);
}

TEST_CASE("packed bits are in the documented order", "[core]") {
  // n = 3: values +5, -1, 0, +7 are the 4-bit fields 0101, 1001, 0000, 0111 from the low end.
  const std::vector<std::uint8_t> codes{5, 0x81, 0, 7};
  REQUIRE(pack_codes(codes, 3) == std::vector<std::uint8_t>{0x95, 0x70});
  // n = 2: 3-bit fields 011, 110, 001 = 0b001110011.
  REQUIRE(pack_codes(std::vector<std::uint8_t>{3, 0x82, 1}, 2) ==
          std::vector<std::uint8_t>{0x73, 0x00});
}

TEST_CASE("packing refuses wide codes, unpacking refuses malformed bytes", "[core]") {
  REQUIRE_THROWS_AS(pack_codes(std::vector<std::uint8_t>{8}, 3), Error);
  const std::vector<std::uint8_t> bytes{0x95, 0x70};
  REQUIRE_THROWS_AS(unpack_codes(bytes, 3, 5), Error);
  REQUIRE_THROWS_AS(unpack_codes(bytes, 3, 2), Error);
  REQUIRE_THROWS_AS(unpack_codes(std::vector<std::uint8_t>{0x95, 0x70}, 3, 3), Error);  // padding
  REQUIRE_THROWS_AS(unpack_codes(std::vector<std::uint8_t>{0x08}, 3, 2), Error);        // -0
}
