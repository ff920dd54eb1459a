// SPDX-License-Identifier: Apache-2.0
// tally_compressor_tree against the sum it names, for every input of small trees.
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "Vcompressor_pair.h"
#include "Vcompressor_ragged.h"
#include "Vcompressor_tall.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt; heights from column 0 up.
struct Pair {  // the example in the module's header
  using Model = Vcompressor_pair;
  static std::vector<int> heights() { return {3, 3}; }
  static constexpr int kMaxHeight = 3;
  static constexpr std::uint64_t kConstant = 0;
};
struct Ragged {  // single bits between taller columns, a negative constant
  using Model = Vcompressor_ragged;
  static std::vector<int> heights() { return {1, 4, 3, 1, 2, 1, 1, 1}; }
  static constexpr int kMaxHeight = 5;
  static constexpr std::uint64_t kConstant = 0xE2;
};
struct Tall {
  using Model = Vcompressor_tall;
  static std::vector<int> heights() { return {9, 7}; }
  static constexpr int kMaxHeight = 10;
  static constexpr std::uint64_t kConstant = 3;
};

}  // namespace

TEMPLATE_TEST_CASE("compressor tree: the sum of all columns and the constant for every input",
                   "[exhaustive]", Pair, Ragged, Tall) {
  const auto heights = TestType::heights();
  int bits = 0;
  for (const int height : heights) bits += height;
  Dut<typename TestType::Model> dut;
  std::uint64_t checked = 0;
  // What stands above a column's height must not count: all zeros, then all ones.
  for (const std::uint64_t filler : {0u, 1u}) {
    for (std::uint64_t input = 0; input < std::uint64_t{1} << bits; ++input) {
      std::uint64_t expected = TestType::kConstant, word = 0, rest = input;
      for (std::size_t c = 0; c < heights.size(); ++c) {
        for (int i = 0; i < TestType::kMaxHeight; ++i) {
          std::uint64_t bit = filler;
          if (i < heights[c]) {
            bit = rest & 1;
            rest >>= 1;
            expected += bit << c;
          }
          word |= bit << (c * TestType::kMaxHeight + i);
        }
      }
      dut->bits_i = word;
      dut.eval();
      expected &= (std::uint64_t{1} << heights.size()) - 1;
      if (dut->sum_o != expected) {
        CAPTURE(input, expected, dut->sum_o);
        FAIL("wrong sum");
      }
      ++checked;
    }
  }
  REQUIRE(checked == std::uint64_t{2} << bits);
}
