// SPDX-License-Identifier: Apache-2.0
// The emulator on streams that are wrong, cut or reset (docs/tile-packet.md, "Status").
#include <catch2/catch.hpp>

#include "golden/tests/emulator_reference.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 4711;
constexpr std::uint32_t kInputs = 20, kVectors = 3, kLanes = 3;

// A good tile and its streams, for the smallest configuration.
struct Bench {
  const PeConfig& config = find_pe_config("small");
  std::mt19937 rng{kSeed};
  Tile tile =
      random_tile({.n = 3, .inputs = kInputs, .lanes = kLanes, .vectors = kVectors}, config, rng);
  BeatStream weights = packet_beats(tile, config);
  std::vector<std::uint16_t> values = random_activations(kInputs * kVectors, rng);
  std::vector<HalfBeat> activations = activation_beats(values, kInputs);
  std::vector<HalfBeat> results = good_results(Emulator(config));

  // Sends the good tile; what comes out.
  std::vector<HalfBeat> good_results(Emulator&& emulator) const {
    emulator.push_weights(weights);
    emulator.push_activations(activations);
    return emulator.take_results();
  }
};

// Good tile, then `weights` with `activations`, then the good tile once more: the first one's
// results come out, `leading` values of the second, nothing of the third; after a soft reset all is
// as new.
void check_fatal(const Bench& bench, const BeatStream& weights,
                 const std::vector<HalfBeat>& activations, Status want, std::size_t leading) {
  Emulator emulator(bench.config);
  CHECK(bench.good_results(Emulator(bench.config)) == bench.results);
  emulator.push_weights(bench.weights);
  emulator.push_activations(bench.activations);
  CHECK(emulator.status() == 0);
  emulator.push_weights(weights);
  emulator.push_activations(activations);
  CHECK(status_text(emulator.status()) == status_text(want));
  emulator.push_weights(bench.weights);
  emulator.push_activations(bench.activations);
  CHECK(status_text(emulator.status()) == status_text(want));
  const auto got = emulator.take_results();
  REQUIRE(got.size() == bench.results.size() + leading);
  CHECK(std::equal(bench.results.begin(), bench.results.end(), got.begin()));
  CHECK(std::equal(bench.results.begin(),
                   bench.results.begin() + static_cast<std::ptrdiff_t>(leading),
                   got.begin() + static_cast<std::ptrdiff_t>(bench.results.size())));

  emulator.soft_reset();
  CHECK(emulator.status() == 0);
  CHECK(emulator.counters().steps == 0);
  emulator.push_weights(bench.weights);
  emulator.push_activations(bench.activations);
  CHECK(emulator.take_results() == bench.results);
  CHECK(emulator.status() == 0);
}

TEST_CASE("the good tile of the fault tests has results") {
  const Bench bench;
  REQUIRE(bench.results.size() == kLanes * kVectors);
  CHECK(bench.results.back().last);
}

TEST_CASE("an illegal control word is fatal") {
  const Bench bench;
  int kinds = 0;
  for (const int bit : {0, 1, 4, 5, 6, 7, 10, 11, 13, 19, 23, 24, 60, 84}) {
    CAPTURE(bit);
    BeatStream weights = bench.weights;
    weights.bytes[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1 << bit % 8);
    check_fatal(bench, weights, bench.activations, kBadControl, 0);
    ++kinds;
  }
  REQUIRE(kinds == 14);
}

TEST_CASE("an illegal boundary is fatal, entry 0 does not matter") {
  const Bench bench;
  for (const auto& [entry, value] : std::vector<std::pair<std::size_t, std::uint16_t>>{
           {1, 0}, {3, 1}, {7, 0x7C01}, {7, 0xFC00}, {4, 0x8000}, {2, 0x7C00}}) {
    CAPTURE(entry, value);
    Tile tile = bench.tile;
    tile.boundaries[entry] = value;
    check_fatal(bench, packet_beats(tile, bench.config), bench.activations, kBadBoundaries, 0);
  }
  Tile tile = bench.tile;
  tile.boundaries[0] = 0xFFFF;
  Emulator emulator(bench.config);
  emulator.push_weights(packet_beats(tile, bench.config));
  emulator.push_activations(bench.activations);
  CHECK(emulator.take_results() == bench.results);
}

TEST_CASE("TLAST on any beat but the last of a packet is fatal, and so is none there") {
  const Bench bench;
  REQUIRE(bench.weights.size() == 4 + 4 + 21 + kInputs);
  for (std::size_t beat = 0; beat + 1 < bench.weights.size(); ++beat) {
    CAPTURE(beat);
    BeatStream weights = bench.weights;
    weights.last[beat] = 1;
    check_fatal(bench, weights, bench.activations, kWeightEarly, 0);
  }
  BeatStream weights = bench.weights;
  weights.last.back() = 0;
  check_fatal(bench, weights, bench.activations, kWeightLate, 0);
}

TEST_CASE("TLAST inside a vector, or none at its end, ends the results with the vector before") {
  const Bench bench;
  for (std::size_t i = 0; i < bench.activations.size(); ++i) {
    CAPTURE(i);
    auto activations = bench.activations;
    activations[i].last = !activations[i].last;
    check_fatal(bench, bench.weights, activations,
                activations[i].last ? kActivationEarly : kActivationLate, i / kInputs * kLanes);
  }
}

TEST_CASE("a fault in streamed weights ends the results with the vector before") {
  const PeConfig& config = find_pe_config("small");
  std::mt19937 rng(kSeed);
  const std::uint32_t inputs = 300;
  const Tile tile = random_tile({.inputs = inputs, .segment = 100, .vectors = 3}, config, rng);
  const auto activations = activation_beats(random_activations(3 * inputs, rng), inputs);
  const BeatStream good = packet_beats(tile, config);
  REQUIRE(good.size() == 4 + 4 + 21 + 3 * inputs);
  const auto run = [&](const BeatStream& weights, Status want) {
    Emulator emulator(config);
    emulator.push_weights(weights);
    emulator.push_activations(activations);
    CHECK(status_text(emulator.status()) == status_text(want));
    return emulator.take_results().size();
  };
  CHECK(run(good, 0) == 3 * 4);
  BeatStream early = good;
  early.last[29 + 2 * inputs - 1] = 1;  // at the end of the second vector: still early
  CHECK(run(early, kWeightEarly) == 1 * 4);
  BeatStream late = good;
  late.last.back() = 0;
  CHECK(run(late, kWeightLate) == 2 * 4);
}

TEST_CASE("NaN inputs and bad weights count as zero and leave their mark") {
  const Bench bench;
  const auto run = [&](const Tile& tile, const std::vector<std::uint16_t>& values, Status want) {
    Emulator emulator(bench.config);
    emulator.push_weights(packet_beats(tile, bench.config));
    emulator.push_activations(activation_beats(values, kInputs));
    CHECK(status_text(emulator.status()) == status_text(want));
    return emulator.take_results();
  };
  auto zeroed = bench.values;
  auto poisoned = bench.values;
  for (const std::size_t i : {3u, 25u, 59u}) {
    zeroed[i] = 0;
    poisoned[i] = i == 25 ? 0xFFFF : 0x7C01;
  }
  CHECK(run(bench.tile, poisoned, kNanInput) == run(bench.tile, zeroed, 0));

  Tile zero_weights = bench.tile;
  Tile bad_weights = bench.tile;
  for (const std::size_t at : {0u, 5u, 4u * kInputs - 2}) {
    zero_weights.weights[at] = 0;
    bad_weights.weights[at] = at == 5 ? 0xFF : 0x08;
  }
  CHECK(run(bad_weights, bench.values, kBadWeight) == run(zero_weights, bench.values, 0));
}

TEST_CASE("non-finite results set their bits and do not stop the stream") {
  const Bench bench;
  const auto run = [&](const LaneCoefficients& lane, Status want) {
    Tile tile = bench.tile;
    tile.lanes[1] = lane;
    Emulator emulator(bench.config);
    emulator.push_weights(packet_beats(tile, bench.config));
    emulator.push_activations(bench.activations);
    CHECK(status_text(emulator.status()) == status_text(want));
    const auto results = emulator.take_results();
    REQUIRE(results.size() == bench.results.size());
    CHECK(results[0] == bench.results[0]);
    CHECK(results[2] == bench.results[2]);
    return results[1].value;
  };
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(run({.bias = 1e6F}, kResultOverflow) == 0x7C00);
  CHECK(run({.bias = -infinity}, 0) == 0xFC00);
  CHECK(run({.bias = std::nanf("")}, kNanResult) == 0x7E00);
  CHECK(run({.c1 = infinity, .bias = -infinity}, kNanResult) == 0x7E00);
}

TEST_CASE("streams may come in pieces and in any order") {
  const Bench bench;
  std::mt19937 rng(kSeed);
  for (int round = 0; round < 50; ++round) {
    Emulator emulator(bench.config);
    std::vector<HalfBeat> got;
    std::size_t w = 0, a = 0;
    while (w < bench.weights.size() || a < bench.activations.size()) {
      if (rng() % 2 == 0 && w < bench.weights.size()) {
        BeatStream piece{.beat_bytes = 4, .bytes = {}, .last = {}};
        piece.push(bench.weights.beat(w), bench.weights.last[w] != 0);
        ++w;
        emulator.push_weights(piece);
      } else {
        const std::size_t count = std::min<std::size_t>(rng() % 4, bench.activations.size() - a);
        emulator.push_activations(std::span(bench.activations).subspan(a, count));
        a += count;
      }
      for (const HalfBeat& beat : emulator.take_results()) got.push_back(beat);
    }
    REQUIRE(got == bench.results);
  }
}

TEST_CASE("soft reset in the middle of anything gives a clean start") {
  const Bench bench;
  int resets = 0;
  for (std::size_t stop = 0; stop < bench.weights.size() + bench.activations.size(); stop += 3) {
    Emulator emulator(bench.config);
    BeatStream some{.beat_bytes = 4, .bytes = {}, .last = {}};
    for (std::size_t i = 0; i < std::min(stop, bench.weights.size()); ++i) {
      some.push(bench.weights.beat(i), bench.weights.last[i] != 0);
    }
    emulator.push_weights(some);
    const std::size_t inputs = stop - some.size();
    emulator.push_activations(std::span(bench.activations).first(inputs));
    emulator.soft_reset();
    emulator.push_activations(bench.activations);
    emulator.push_weights(bench.weights);
    CHECK(emulator.take_results() == bench.results);
    CHECK(emulator.status() == 0);
    ++resets;
  }
  REQUIRE(resets > 30);
}

}  // namespace
}  // namespace tally
