// SPDX-License-Identifier: Apache-2.0
// tally_hese for every input, against division with remainder and against a search of all signed
// digit strings for the fewest digits.
#include <Vtally_hese.h>

#include <array>
#include <bit>
#include <catch2/catch.hpp>

#include "verif/digit_reference.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

struct Pair {
  int pos, neg;
  int value() const { return pos - neg; }
  int mask() const { return pos | neg; }
};

Pair encode(Dut<Vtally_hese>& dut, int code, bool hese) {
  dut->value_i = code;
  dut->hese_i = hese;
  dut.eval();
  return {dut->pos_o, dut->neg_o};
}

int value_of(int code) { return (code & 0x80) != 0 ? -(code & 0x7F) : code & 0x7F; }

/// The fewest digits of every value in -127..127 among all pairs of disjoint 8-bit masks.
std::array<int, 255> fewest_digits() {
  std::array<int, 255> fewest;
  fewest.fill(9);
  for (int pos = 0; pos < 256; ++pos) {
    for (int neg = 0; neg < 256; ++neg) {
      const int value = pos - neg;
      if ((pos & neg) != 0 || std::abs(value) > 127) continue;
      auto& count = fewest[static_cast<std::size_t>(value + 127)];
      count = std::min(count, std::popcount(static_cast<unsigned>(pos | neg)));
    }
  }
  return fewest;
}

}  // namespace

TEST_CASE("hese: both encodings of every value are the digits of the specification",
          "[exhaustive]") {
  Dut<Vtally_hese> dut;
  int checks = 0;
  for (const bool hese : {false, true}) {
    for (int code = 0; code < 256; ++code) {
      CAPTURE(hese, code);
      int pos = 0, neg = 0;
      for (const Term& digit : digits_of(value_of(code), hese)) {
        (digit.negative ? neg : pos) |= 1 << digit.exponent;
      }
      const Pair got = encode(dut, code, hese);
      REQUIRE(got.pos == pos);
      REQUIRE(got.neg == neg);
      ++checks;
    }
  }
  REQUIRE(checks == 512);
}

TEST_CASE("hese: the value is exact, no two digits are adjacent and no encoding has fewer",
          "[exhaustive]") {
  Dut<Vtally_hese> dut;
  const auto fewest = fewest_digits();
  int most = 0;
  for (int code = 0; code < 256; ++code) {
    CAPTURE(code);
    const int value = value_of(code);
    const Pair pair = encode(dut, code, true);
    REQUIRE((pair.pos & pair.neg) == 0);
    REQUIRE(pair.value() == value);
    REQUIRE((pair.mask() & pair.mask() << 1) == 0);
    const int count = std::popcount(static_cast<unsigned>(pair.mask()));
    REQUIRE(count == fewest[static_cast<std::size_t>(value + 127)]);
    most = std::max(most, count);

    const Pair binary = encode(dut, code, false);
    REQUIRE(binary.value() == value);
    REQUIRE(binary.mask() == std::abs(value));
  }
  REQUIRE(most == max_digits(true));
}
