// SPDX-License-Identifier: Apache-2.0
// The INT8 multiply-accumulate in fabric against the host's multiplication.
#include <catch2/catch.hpp>
#include <random>

#include "Vtally_soft_mac.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

std::int32_t signed_28(std::uint32_t value) { return static_cast<std::int32_t>(value << 4) >> 4; }

void tick(Dut<Vtally_soft_mac>& sim) {
  for (const int clock : {0, 1}) {
    sim->clk_i = static_cast<unsigned char>(clock);
    sim.eval();
  }
}

}  // namespace

TEST_CASE("the soft multiply-accumulate multiplies all pairs of INT8 values", "[exhaustive]") {
  Dut<Vtally_soft_mac> sim;
  sim->enable_i = sim->clear_i = 1;
  int checked = 0;
  for (int a = -128; a < 128; ++a) {
    for (int b = -128; b < 128; ++b, ++checked) {
      sim->a_i = static_cast<unsigned char>(a);
      sim->b_i = static_cast<unsigned char>(b);
      tick(sim);
      CAPTURE(a, b);
      REQUIRE(signed_28(sim->acc_o) == a * b);
    }
  }
  REQUIRE(checked == 65'536);
}

TEST_CASE("the soft multiply-accumulate adds up, holds without enable and starts anew with clear",
          "[random]") {
  Dut<Vtally_soft_mac> sim;
  std::mt19937 random(51);
  std::uint32_t expected = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool enable = i == 0 || random() % 4 != 0, clear = i == 0 || random() % 500 == 0;
    const int a = static_cast<int>(random() % 256) - 128,
              b = static_cast<int>(random() % 256) - 128;
    sim->enable_i = enable;
    sim->clear_i = clear;
    sim->a_i = static_cast<unsigned char>(a);
    sim->b_i = static_cast<unsigned char>(b);
    tick(sim);
    if (enable) expected = (clear ? 0 : expected) + static_cast<std::uint32_t>(a * b);
    REQUIRE(signed_28(sim->acc_o) == signed_28(expected));
  }
}
