// SPDX-License-Identifier: Apache-2.0
// tally_int8_mac against integer arithmetic.
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include "Vint8_mac_28.h"
#include "Vint8_mac_32.h"
#include "Vint8_mac_block.h"
#include "Vint8_mac_digits.h"
#include "Vint8_mac_dot8.h"
#include "Vint8_mac_soft.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt.
struct Narrow {
  using Model = Vint8_mac_28;
  static constexpr int kWidth = 28, kProducts = 1, kDataW = 8, kWeightW = 8;
};
struct Wide {
  using Model = Vint8_mac_32;
  static constexpr int kWidth = 32, kProducts = 1, kDataW = 8, kWeightW = 8;
};
struct Block : Wide {
  using Model = Vint8_mac_block;
};
struct Soft : Wide {
  using Model = Vint8_mac_soft;
};
struct Dot8 {
  using Model = Vint8_mac_dot8;
  static constexpr int kWidth = 32, kProducts = 8, kDataW = 8, kWeightW = 8;
};
struct Digits {
  using Model = Vint8_mac_digits;
  static constexpr int kWidth = 20, kProducts = 8, kDataW = 5, kWeightW = 4;
};

/// The value of the low `width` bits in two's complement.
std::int8_t narrow(std::int64_t value, int width) {
  const int shift = 8 - width;
  return static_cast<std::int8_t>(static_cast<std::int8_t>(value << shift) >> shift);
}

/// The module beside an accumulator of 64 bits, of which it must show the low kWidth.
template <class C>
class Bench {
 public:
  using Operands = std::array<std::int8_t, C::kProducts>;

  void step(bool first, const Operands& data, const Operands& weight) {
    std::uint64_t data_bits = 0, weight_bits = 0;
    if (first) sum_ = 0;
    for (int p = 0; p < C::kProducts; ++p) {
      sum_ += data[p] * weight[p];
      data_bits |= (data[p] & ((std::uint64_t{1} << C::kDataW) - 1)) << (C::kDataW * p);
      weight_bits |= (weight[p] & ((std::uint64_t{1} << C::kWeightW) - 1)) << (C::kWeightW * p);
    }
    dut_->first_i = first;
    dut_->data_i = data_bits;
    dut_->weight_i = weight_bits;
    dut_->clk_i = 0;
    dut_.eval();
    dut_->clk_i = 1;
    dut_.eval();
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << C::kWidth) - 1);
    if ((dut_->acc_o & mask) != (static_cast<std::uint32_t>(sum_) & mask)) {
      CAPTURE(steps, first, int{data[0]}, int{weight[0]}, dut_->acc_o, sum_);
      FAIL("wrong sum");
    }
    ++steps;
  }

  std::uint64_t steps = 0;

 private:
  Dut<typename C::Model> dut_;
  std::int64_t sum_ = 0;
};

}  // namespace

TEMPLATE_TEST_CASE("int8 mac: every product, alone and added to what was there", "[exhaustive]",
                   Narrow, Wide, Block, Soft, Dot8, Digits) {
  Bench<TestType> bench;
  constexpr int kHighA = 1 << (TestType::kDataW - 1), kHighB = 1 << (TestType::kWeightW - 1);
  for (const bool first : {true, false}) {
    for (int a = -kHighA; a < kHighA; ++a) {
      for (int b = -kHighB; b < kHighB; ++b) {
        typename Bench<TestType>::Operands data{}, weight{};
        // Each multiplier in turn gets every pair.
        const auto p = static_cast<std::size_t>((a + b + 256) % TestType::kProducts);
        data[p] = static_cast<std::int8_t>(a);
        weight[p] = static_cast<std::int8_t>(b);
        bench.step(first, data, weight);
      }
    }
  }
  REQUIRE(bench.steps == 8 * kHighA * kHighB);
}

TEMPLATE_TEST_CASE("int8 mac: long random sums, wrapping at the width of the accumulator",
                   "[random]", Narrow, Wide, Block, Soft, Dot8, Digits) {
  const int seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<TestType> bench;
  for (int vector = 0; vector < 40; ++vector) {
    // Vectors of extreme values pass the range of 28 bits; the others look like data.
    const bool extreme = vector % 4 == 0;
    const int length = extreme ? 20'000 : 1 + static_cast<int>(random() % 2000);
    for (int i = 0; i < length; ++i) {
      typename Bench<TestType>::Operands data, weight;
      for (int p = 0; p < TestType::kProducts; ++p) {
        data[p] = narrow(extreme ? -128 + 255 * (vector % 8 == 4) : random(), TestType::kDataW);
        weight[p] = narrow(extreme ? -128 : random(), TestType::kWeightW);
        if (!extreme && random() % 2) data[p] = 0;  // as after a ReLU
      }
      bench.step(i == 0, data, weight);
    }
  }
  REQUIRE(bench.steps > 200'000);
}
