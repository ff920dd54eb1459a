// SPDX-License-Identifier: Apache-2.0
// A processing element built without uniform and reveal (Digits = 0), at the narrowest MaxN.
#include <Vtally_pe_exponential.h>

#include <catch2/catch.hpp>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_bench.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

// The parameters of the model in CMakeLists.txt.
constexpr PeConfig kConfig = {.name = "exponential",
                              .lanes = 4,
                              .max_n = 2,
                              .dequantizers = 1,
                              .ping_pong = true,
                              .parallel_terms = false,
                              .cnt_w = 10,
                              .counter_style = CounterStyle::kLutRam,
                              .buffer_rows = 64,
                              .digits = false};

void check(const PeInput& input, const Stall& stall) {
  Emulator emulator(kConfig);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  const auto expected = emulator.take_results();
  REQUIRE_FALSE(expected.empty());
  PeBench<Vtally_pe_exponential> bench(kConfig, {stall, stall, stall});
  bench.push(input);
  CHECK(bench.run(expected.size()) == expected);
  CHECK(bench.status() == emulator.status());
  CHECK(bench.steps() == emulator.counters().steps);
  CHECK(bench.term_pairs() == emulator.counters().term_pairs);
}

}  // namespace

TEST_CASE("pe exponential: without digits random tiles equal the emulator, streamed ones too",
          "[random][stall]") {
  for (const Stall& stall : Stall::all(131)) {
    CAPTURE(stall.name());
    RandomTiles random(kConfig, 132);
    check(random.sequence(12, 200), stall);
  }
}

TEST_CASE("pe exponential: without digits uniform and reveal are refused", "[unit]") {
  RandomTiles random(kConfig, 133);
  for (int i = 0; i < 10; ++i) {
    PeInput input = random.sequence(1, 20);
    const std::size_t weight = input.weights.size();
    ControlWord control = random.digit_control(20, 2);
    REQUIRE_FALSE(control_fault(control.encode(), kConfig).empty());
    random.append(random.tile(control), input);
    CAPTURE(i, weight);
    Emulator emulator(kConfig);
    emulator.push_weights(input.weights);
    emulator.push_activations(input.activations);
    const auto expected = emulator.take_results();
    PeBench<Vtally_pe_exponential> bench(kConfig);
    bench.push(input);
    CHECK(bench.run(expected.size()) == expected);
    CHECK((bench.status() & kFatalStatus) == kBadControl);
  }
}
