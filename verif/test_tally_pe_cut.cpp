// SPDX-License-Identifier: Apache-2.0
// A processing element with more registers in its pipelines (Cut = 1), as FPGAs have it: the same
// results, status, steps and term pairs as the emulator, whatever stalls, stops or is wrong.
#include <Vtally_pe_cut.h>

#include "golden/tests/random_tile.hpp"
#include "verif/harness/cut_config.hpp"
#include "verif/pe_check.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

using Bench = PeBench<Vtally_pe_cut>;

}  // namespace

TEST_CASE("pe cut: random tiles of all number systems equal the emulator under stalls",
          "[random][stall]") {
  for (const Stall& stall : Stall::all(141)) {
    CAPTURE(stall.name());
    RandomTiles random(kCutConfig, 142);
    Bench bench(kCutConfig, {stall, stall, stall});
    check_equal(bench, kCutConfig, random.mixed_sequence(16, 200));
  }
}

TEST_CASE("pe cut: soft reset at any moment leaves no trace in the next tiles", "[random]") {
  RandomTiles random(kCutConfig, 143);
  Bench bench(kCutConfig, {Stall::random(1, 0.1), Stall::random(2, 0.1), Stall::random(3, 0.3)});
  for (int i = 0; i < 60; ++i) {
    bench.push(random.mixed_sequence(4));
    bench.tick(random.from(1, 6000));
    bench.soft_reset();
    CHECK(bench.status() == 0);
    CAPTURE(i);
    check_equal(bench, kCutConfig, random.mixed_sequence(2, 30));
  }
}

TEST_CASE("pe cut: a wrong end of either stream stops it as the emulator, and a soft reset helps",
          "[random]") {
  int faults = 0;
  for (int round = 0; round < 60; ++round) {
    RandomTiles random(kCutConfig, static_cast<std::uint32_t>(800 + round));
    PeInput input = random.mixed_sequence(2, 20);
    const std::size_t weight = input.weights.size(), activation = input.activations.size();
    random.append(random.tile(random.digit_control(24, 2)), input);
    const std::size_t weight_end = input.weights.size(), activation_end = input.activations.size();
    random.append(random.tile(random.digit_control()), input);
    if (random.one_in(2)) {
      const auto beats = static_cast<std::uint32_t>(weight_end - weight);
      input.weights.last[weight + random.below(beats)] ^= 1;
    } else {
      const auto values = static_cast<std::uint32_t>(activation_end - activation);
      auto& value = input.activations[activation + random.below(values)];
      value.last = !value.last;
    }
    const Outcome expected = emulate(kCutConfig, input);
    if ((expected.status & kFatalStatus) == 0) continue;  // a tile that ends at that very beat
    ++faults;
    CAPTURE(round);
    const Stall stall = random.one_in(2) ? Stall::none() : Stall::random(6, 0.3);
    Bench bench(kCutConfig, {stall, stall, stall});
    bench.push(input);
    CHECK(first_difference(bench.run(expected.results.size()), expected.results) == -1);
    CHECK(status_text(bench.status() & kFatalStatus) ==
          status_text(expected.status & kFatalStatus));
    bench.soft_reset();
    CHECK(bench.status() == 0);
    check_equal(bench, kCutConfig, random.mixed_sequence(2, 20));
  }
  CHECK(faults > 30);
}
