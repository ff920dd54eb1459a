// SPDX-License-Identifier: Apache-2.0
// tally_int8_mac against integer arithmetic.
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include "Vint8_mac_28.h"
#include "Vint8_mac_32.h"
#include "Vint8_mac_dot8.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt.
struct Narrow {
  using Model = Vint8_mac_28;
  static constexpr int kWidth = 28, kProducts = 1;
};
struct Wide {
  using Model = Vint8_mac_32;
  static constexpr int kWidth = 32, kProducts = 1;
};
struct Dot8 {
  using Model = Vint8_mac_dot8;
  static constexpr int kWidth = 32, kProducts = 8;
};

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
      data_bits |= std::uint64_t{static_cast<std::uint8_t>(data[p])} << (8 * p);
      weight_bits |= std::uint64_t{static_cast<std::uint8_t>(weight[p])} << (8 * p);
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
                   Narrow, Wide, Dot8) {
  Bench<TestType> bench;
  for (const bool first : {true, false}) {
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b) {
        typename Bench<TestType>::Operands data{}, weight{};
        // Each multiplier in turn gets every pair.
        const auto p = static_cast<std::size_t>((a + b + 256) % TestType::kProducts);
        data[p] = static_cast<std::int8_t>(a);
        weight[p] = static_cast<std::int8_t>(b);
        bench.step(first, data, weight);
      }
    }
  }
  REQUIRE(bench.steps == 2 * 65536);
}

TEMPLATE_TEST_CASE("int8 mac: long random sums, wrapping at the width of the accumulator",
                   "[random]", Narrow, Wide, Dot8) {
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
        data[p] = static_cast<std::int8_t>(extreme ? -128 + 255 * (vector % 8 == 4) : random());
        weight[p] = static_cast<std::int8_t>(extreme ? -128 : random());
        if (!extreme && random() % 2) data[p] = 0;  // as after a ReLU
      }
      bench.step(i == 0, data, weight);
    }
  }
  REQUIRE(bench.steps > 200'000);
}
