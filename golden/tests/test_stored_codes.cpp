// SPDX-License-Identifier: Apache-2.0
// Weight codes inside a plan file.
#include <catch2/catch.hpp>
#include <random>

#include "golden/core/error.hpp"
#include "golden/core/level_table.hpp"
#include "golden/core/uniform.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/plan/stored_codes.hpp"

using namespace tally;

namespace {

constexpr unsigned kCodesSeed = 41;

LayerPlan layer_of(std::int64_t outputs, std::int64_t inputs, int n) {
  LayerPlan layer;
  layer.outputs = outputs;
  layer.inputs = inputs;
  layer.n = n;
  return layer;
}

std::string error_of(const LayerPlan& layer) {
  try {
    stored_codes("plan.json: layer fc1", layer);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("codes of every width come back from a plan as they went in", "[plan]") {
  CAPTURE(kCodesSeed);
  std::mt19937 random(kCodesSeed);
  int checks = 0;
  for (int n = 2; n <= 7; ++n) {
    for (const std::size_t count : {1u, 2u, 3u, 4u, 5u, 64u, 999u}) {
      std::vector<std::uint8_t> codes;
      for (std::size_t i = 0; i < count; ++i) {
        codes.push_back(make_code(random() % 2 == 1, static_cast<int>(random() % (1u << n))));
      }
      LayerPlan layer = layer_of(static_cast<std::int64_t>(count), 1, n);
      layer.codes = store_codes(codes, n);
      layer.number_system = count % 2 == 0 ? "exponential" : "uniform";
      layer.codes_sha256 = sha256(count % 2 == 0 ? codes : int8_of_codes(codes));
      // As small as Base64 of n + 1 bits a code is.
      REQUIRE(layer.codes.size() ==
              ((count * (static_cast<std::size_t>(n) + 1) + 7) / 8 + 2) / 3 * 4);
      REQUIRE(stored_codes("", layer) == codes);
      ++checks;
    }
  }
  REQUIRE(checks == 42);
}

TEST_CASE("the text of codes is Base64 of the packed bytes, by hand", "[plan]") {
  // n = 3: +1, -2, +7 are 0001, 1010, 0111 from the lowest bits on: bytes A1 07.
  const std::vector<std::uint8_t> codes{make_code(false, 1), make_code(true, 2),
                                        make_code(false, 7)};
  CHECK(store_codes(codes, 3) == "oQc=");
}

TEST_CASE("codes that are damaged are refused with layer and reason", "[plan]") {
  LayerPlan layer = layer_of(2, 3, 3);
  layer.codes = store_codes(std::vector<std::uint8_t>(6, make_code(true, 5)), 3);
  layer.number_system = "exponential";
  layer.codes_sha256 = sha256(std::vector<std::uint8_t>(6, make_code(true, 5)));
  REQUIRE(error_of(layer).empty());
  for (const std::string& sum : {std::string(), std::string(64, '0')}) {
    LayerPlan other = layer;
    other.codes_sha256 = sum;
    CHECK_THAT(error_of(other), Catch::Contains("codes have the SHA-256 " + layer.codes_sha256) &&
                                    Catch::Contains("'" + sum + "'"));
  }
  const std::string good = layer.codes;
  const auto refused = [&](const std::string& codes, const std::string& reason) {
    layer.codes = codes;
    CHECK_THAT(error_of(layer),
               Catch::StartsWith("plan.json: layer fc1: codes") && Catch::Contains(reason));
  };
  refused(good + "AAAA", "characters");
  refused(good.substr(4), "characters");
  refused("*" + good.substr(1), "Base64");
  refused("    " + good.substr(4), "Base64 as Tally");
  refused(good.substr(0, 2) + "\n\n", "no Base64");
  refused("=" + good.substr(1), "Base64 as Tally");
  refused(std::string(4, ' '), "Base64 as Tally");
  refused("CAAA", "negative zero");  // n = 3: 1000 comes first
}
