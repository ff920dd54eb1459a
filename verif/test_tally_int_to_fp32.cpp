// SPDX-License-Identifier: Apache-2.0
// tally_int_to_fp32 against the host's conversion (to nearest even), bit for bit.
#include <bit>
#include <catch2/catch.hpp>
#include <cfenv>
#include <cstdint>
#include <random>

#include "Vint_to_fp32_10.h"
#include "Vint_to_fp32_16.h"
#include "Vint_to_fp32_17.h"
#include "Vint_to_fp32_25.h"
#include "Vint_to_fp32_32.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

/// Converts one integer of `width` bits and compares.
template <class Model>
void check(Dut<Model>& dut, int width, std::int64_t value) {
  dut->data_i = static_cast<std::uint32_t>(value) & static_cast<std::uint32_t>((1ull << width) - 1);
  dut.eval();
  const auto expected = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  if (dut->result_o == expected) return;
  CAPTURE(width, value, dut->result_o, expected);
  FAIL("wrong conversion");
}

/// Every integer of `width` bits; returns how many.
template <class Model>
std::uint64_t check_all(int width) {
  Dut<Model> dut;
  std::uint64_t checked = 0;
  const std::int64_t bound = std::int64_t{1} << (width - 1);
  for (std::int64_t value = -bound; value < bound; ++value, ++checked) check(dut, width, value);
  return checked;
}

}  // namespace

TEST_CASE("every integer of 10, 16, 17 and 25 bits becomes the host's float", "[exhaustive]") {
  REQUIRE(std::fegetround() == FE_TONEAREST);
  CHECK(check_all<Vint_to_fp32_10>(10) == 1u << 10);
  CHECK(check_all<Vint_to_fp32_16>(16) == 1u << 16);
  CHECK(check_all<Vint_to_fp32_17>(17) == 1u << 17);
  // One bit is rounded away: each odd integer of the upper half is a tie.
  CHECK(check_all<Vint_to_fp32_25>(25) == 1u << 25);
}

TEST_CASE("32-bit integers of any size become the host's float", "[random]") {
  const std::uint64_t seed = 201;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Dut<Vint_to_fp32_32> dut;
  for (int i = 0; i < 3'000'000; ++i) {
    // Uniform in the number of leading bits, so that all amounts of rounding come up.
    check(dut, 32, static_cast<std::int32_t>(random()) >> random() % 32);
  }
}

TEST_CASE("32-bit integers at powers of two, at ties and beside them become the host's float",
          "[unit]") {
  Dut<Vint_to_fp32_32> dut;
  int checked = 0;
  const auto check_near = [&](std::int64_t centre) {
    for (std::int64_t value = centre - 2; value <= centre + 2; ++value) {
      for (std::int64_t signed_value : {value, -value}) {
        if (signed_value < INT32_MIN || signed_value > INT32_MAX) continue;
        check(dut, 32, signed_value);
        ++checked;
      }
    }
  };
  for (int bit = 0; bit < 32; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    check_near(power);
    // Halfway above an even and an odd significand, and where rounding carries to the next power.
    for (int step : {1, 3, 5}) check_near(power + (step * power >> 24));
    check_near(2 * power - (power >> 24));
  }
  REQUIRE(checked > 1000);
}
