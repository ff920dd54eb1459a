// SPDX-License-Identifier: Apache-2.0
// Processing elements built without uniform and reveal (Digits = 0): at the narrowest MaxN, and
// with more lanes and the pipelines that FPGAs have, as board ulx3s_wide has 128 of them.
#include <Vtally_pe_exponential.h>
#include <Vtally_pe_wide.h>

#include <catch2/catch.hpp>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_bench.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

// The parameters of the models in CMakeLists.txt.
struct Narrow {
  using Model = Vtally_pe_exponential;
  static constexpr int kLanes = 4, kMaxN = 2, kUnits = 1;
  static constexpr bool kPingPong = true;
  static constexpr CounterStyle kStyle = CounterStyle::kLutRam;
};
struct Wide {
  using Model = Vtally_pe_wide;
  static constexpr int kLanes = 32, kMaxN = 3, kUnits = 2;
  static constexpr bool kPingPong = false;
  static constexpr CounterStyle kStyle = CounterStyle::kLutRam;
};

template <class Type>
PeConfig config_of() {
  return {.name = "exponential",
          .lanes = Type::kLanes,
          .max_n = Type::kMaxN,
          .dequantizers = Type::kUnits,
          .ping_pong = Type::kPingPong,
          .parallel_terms = false,
          .cnt_w = 10,
          .counter_style = Type::kStyle,
          .buffer_rows = 64,
          .digits = false};
}

template <class Type>
void check(const PeConfig& config, const PeInput& input, const Stall& stall) {
  Emulator emulator(config);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  const auto expected = emulator.take_results();
  REQUIRE_FALSE(expected.empty());
  PeBench<typename Type::Model> bench(config, {stall, stall, stall});
  bench.push(input);
  CHECK(bench.run(expected.size()) == expected);
  CHECK(bench.status() == emulator.status());
  CHECK(bench.steps() == emulator.counters().steps);
  CHECK(bench.term_pairs() == emulator.counters().term_pairs);
}

}  // namespace

TEMPLATE_TEST_CASE(
    "pe exponential: without digits random tiles equal the emulator, streamed ones too",
    "[random][stall]", Narrow, Wide) {
  const PeConfig config = config_of<TestType>();
  for (const Stall& stall : Stall::all(131)) {
    CAPTURE(stall.name());
    RandomTiles random(config, 132);
    check<TestType>(config, random.sequence(12, 200), stall);
  }
}

TEMPLATE_TEST_CASE("pe exponential: without digits uniform and reveal are refused", "[unit]",
                   Narrow, Wide) {
  const PeConfig config = config_of<TestType>();
  RandomTiles random(config, 133);
  for (int i = 0; i < 10; ++i) {
    PeInput input = random.sequence(1, 20);
    const std::size_t weight = input.weights.size();
    ControlWord control = random.digit_control(20, 2);
    REQUIRE_FALSE(control_fault(control.encode(), config).empty());
    random.append(random.tile(control), input);
    CAPTURE(i, weight);
    Emulator emulator(config);
    emulator.push_weights(input.weights);
    emulator.push_activations(input.activations);
    const auto expected = emulator.take_results();
    PeBench<typename TestType::Model> bench(config);
    bench.push(input);
    CHECK(bench.run(expected.size()) == expected);
    CHECK((bench.status() & kFatalStatus) == kBadControl);
  }
}
