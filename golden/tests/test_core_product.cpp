// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "golden/core/product.hpp"

using namespace tally;

TEST_CASE(
    "rows multiplied by rows equal fused sums in order, bit for bit, at odd sizes and strides",
    "[product]") {
  constexpr unsigned kSeed = 3;
  std::mt19937 random(kSeed);
  std::normal_distribution<float> normal;
  int checks = 0;
  for (const std::size_t rows : {1u, 7u, 8u, 19u}) {
    for (const std::size_t outputs : {1u, 3u, 15u, 16u, 33u}) {
      for (const std::size_t depth : {1u, 25u, 130u}) {
        const std::size_t x_stride = depth + 3, w_stride = depth + 1, y_stride = outputs + 2;
        std::vector<float> x(rows * x_stride), w(outputs * w_stride);
        for (float& v : x) v = normal(random);
        for (float& v : w) v = normal(random);
        std::vector<float> y(rows * y_stride, 7.0F);
        multiply_rows({x.data(), rows, x_stride}, {w.data(), outputs, w_stride}, depth, y.data(),
                      y_stride);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t o = 0; o < outputs; ++o) {
            float sum = 0;
            for (std::size_t k = 0; k < depth; ++k)
              sum = std::fma(w[o * w_stride + k], x[r * x_stride + k], sum);
            CAPTURE(kSeed, rows, outputs, depth, r, o);
            REQUIRE(y[r * y_stride + o] == sum);
            ++checks;
          }
          REQUIRE(y[r * y_stride + outputs] == 7.0F);
        }
        const std::size_t turned_stride = rows + 2;
        std::vector<float> turned(outputs * turned_stride, 7.0F);
        multiply_rows_by_output({x.data(), rows, x_stride}, {w.data(), outputs, w_stride}, depth,
                                turned.data(), turned_stride);
        for (std::size_t o = 0; o < outputs; ++o) {
          for (std::size_t r = 0; r < rows; ++r) {
            REQUIRE(turned[o * turned_stride + r] == y[r * y_stride + o]);
          }
          REQUIRE(turned[o * turned_stride + rows] == 7.0F);
        }
      }
    }
  }
  REQUIRE(checks == (1 + 7 + 8 + 19) * (1 + 3 + 15 + 16 + 33) * 3);
}
