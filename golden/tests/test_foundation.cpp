// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/core/error.hpp"

TEST_CASE("Error carries its message and is caught as a runtime_error") {
  REQUIRE_THROWS_AS(throw tally::Error("a.onnx: layer fc1: n = 9"), std::runtime_error);
  REQUIRE_THROWS_WITH(throw tally::Error("a.onnx: layer fc1: n = 9"), "a.onnx: layer fc1: n = 9");
}

// The oracle of the hardware is the host's arithmetic, so the compiler must not fuse on its own.
TEST_CASE("The build never contracts a * b + c into one rounding") {
  volatile float a = 1.0f + 0x1p-12f, c = -(1.0f + 0x1p-11f);
  const float separate = a * a + c;
  CHECK(separate == 0.0f);
  CHECK(std::fma(a, a, c) == 0x1p-24f);
}
