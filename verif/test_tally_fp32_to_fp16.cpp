// SPDX-License-Identifier: Apache-2.0
// tally_fp32_to_fp16 against two independent conversions: Eigen::half and the compiler's _Float16.
#include <Eigen/Core>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <random>

#include "Vtally_fp32_to_fp16.h"
#include "Vtally_fp32_to_fp16_cut.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

constexpr std::uint16_t kNan = 0x7E00;
constexpr std::uint16_t kInfinity = 0x7C00;

bool is_infinite(std::uint16_t half) { return (half & 0x7FFF) == kInfinity; }

class HalfBench {
 public:
  /// Converts the binary32 number with these bits; compares result and flags.
  void check(std::uint32_t bits) {
    const float value = std::bit_cast<float>(bits);
    const bool nan = std::isnan(value);
    const std::uint16_t eigen = nan ? kNan : static_cast<Eigen::half>(value).x;
    const auto compiler = nan ? kNan : std::bit_cast<std::uint16_t>(static_cast<_Float16>(value));
    dut_->data_i = bits;
    dut_.eval();
    ++checked_;
    const bool overflow = std::isfinite(value) && is_infinite(compiler);
    if (eigen == compiler && dut_->result_o == compiler && dut_->overflow_o == overflow &&
        dut_->nan_o == nan) {
      return;
    }
    CAPTURE(bits, value, eigen, compiler, dut_->result_o, dut_->overflow_o, dut_->nan_o);
    FAIL("wrong conversion");
  }

  std::uint64_t checked() const { return checked_; }

 private:
  Dut<Vtally_fp32_to_fp16> dut_;
  std::uint64_t checked_ = 0;
};

float to_float(std::uint16_t half) { return static_cast<float>(std::bit_cast<_Float16>(half)); }

}  // namespace

TEST_CASE("every binary16, every midpoint and their neighbours convert to nearest even",
          "[exhaustive]") {
  HalfBench bench;
  std::uint64_t finite = 0;
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    const float value = to_float(half);
    if (!std::isfinite(value)) continue;
    ++finite;
    // The next magnitude; after the largest comes the 65536 that rounding knows as infinity.
    const float next = is_infinite(half + 1) ? std::copysign(65536.0f, value) : to_float(half + 1);
    const float midpoint = value / 2 + next / 2;
    for (float centre : {value, midpoint}) {
      const auto bits = std::bit_cast<std::uint32_t>(centre);
      for (int step = -2; step <= 2; ++step) bench.check(bits + step);
    }
  }
  REQUIRE(finite == 2 * 31 * 1024);
  REQUIRE(bench.checked() == 10 * finite);
}

TEST_CASE("special and extreme binary32 convert as the header says", "[unit]") {
  HalfBench bench;
  for (std::uint32_t sign : {0u, 0x80000000u}) {
    for (std::uint32_t bits :
         {0u, 1u, 0x007FFFFFu, 0x00800000u, 0x7F7FFFFFu, 0x7F800000u, 0x7F800001u, 0x7FC00000u,
          0x7FFFFFFFu, 0x477FEFFFu, 0x477FF000u, 0x33000000u, 0x33000001u, 0x32FFFFFFu}) {
      bench.check(sign | bits);
    }
  }
  REQUIRE(bench.checked() == 28);
}

TEST_CASE("random binary32 of any size convert to nearest even", "[random]") {
  const std::uint64_t seed = 301;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  HalfBench bench;
  for (int i = 0; i < 6'000'000; ++i) {
    const std::uint64_t bits = random();
    bench.check(static_cast<std::uint32_t>(bits));
    // Exponents from below the least subnormal to above the largest number.
    const std::uint32_t exponent = 100 + (bits >> 32) % 46;
    bench.check((bits >> 40 & 0x807FFFFF) | exponent << 23);
  }
  REQUIRE(bench.checked() == 12'000'000);
}

TEST_CASE("every binary32 converts to nearest even", "[.regress]") {
  HalfBench bench;
  std::uint32_t bits = 0;
  do {
    bench.check(bits);
  } while (++bits != 0);
  REQUIRE(bench.checked() == 1ull << 32);
}

TEST_CASE("registered in two places it gives the same two cycles later, one a cycle", "[random]") {
  const std::uint64_t seed = 302;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Dut<Vtally_fp32_to_fp16> plain;
  Dut<Vtally_fp32_to_fp16_cut> cut;
  std::array<std::array<std::uint32_t, 3>, 2> before{};
  std::uint64_t compared = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t bits = random();
    const std::uint32_t exponent = 100 + (bits >> 32) % 46;
    const auto value = static_cast<std::uint32_t>((bits & 0x807FFFFF) | exponent << 23);
    plain->data_i = cut->data_i = bits % 16 == 0 ? static_cast<std::uint32_t>(bits >> 20) : value;
    plain.eval();
    cut->clk_i = 0;
    cut.eval();
    if (i >= 2) {
      const std::array<std::uint32_t, 3> got = {cut->result_o, cut->overflow_o, cut->nan_o};
      REQUIRE(got == before[i % 2]);
      ++compared;
    }
    before[i % 2] = {plain->result_o, plain->overflow_o, plain->nan_o};
    cut->clk_i = 1;
    cut.eval();
  }
  REQUIRE(compared == 199'998);
}
