// SPDX-License-Identifier: Apache-2.0
// The multiplier for devices without multiplier blocks against the host's multiplication.
#include <catch2/catch.hpp>
#include <random>

#include "Vrow_multiplier_2.h"
#include "Vrow_multiplier_24.h"
#include "Vrow_multiplier_8.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

template <class Model>
std::uint64_t product(Dut<Model>& dut, std::uint32_t a, std::uint32_t b) {
  dut->a_i = a;
  dut->b_i = b;
  dut.eval();
  return dut->product_o;
}

template <class Model>
int check_all(std::uint32_t count) {
  Dut<Model> dut;
  int checked = 0;
  for (std::uint32_t a = 0; a < count; ++a) {
    for (std::uint32_t b = 0; b < count; ++b, ++checked) {
      CAPTURE(a, b);
      REQUIRE(product(dut, a, b) == a * b);
    }
  }
  return checked;
}

}  // namespace

TEST_CASE("the row multiplier multiplies all pairs of few bits", "[exhaustive]") {
  REQUIRE(check_all<Vrow_multiplier_2>(4) == 16);
  REQUIRE(check_all<Vrow_multiplier_8>(256) == 65'536);
}

TEST_CASE("the row multiplier multiplies 24 bits: long carries, few ones, anything", "[random]") {
  Dut<Vrow_multiplier_24> dut;
  std::mt19937 random(24);
  // Runs of equal bits make the longest carries, from row to row and within one.
  const auto operand = [&] {
    std::uint32_t word = random();
    if (random() % 2) word = (~0u << random() % 25) ^ (random() % 2 ? 0 : ~0u << random() % 25);
    if (random() % 4 == 0) word = 0xAAAAAAu >> random() % 3;
    return word & 0xFFFFFFu;
  };
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t a = operand(), b = operand();
    CAPTURE(a, b);
    REQUIRE(product(dut, a, b) == a * b);
  }
}
