// SPDX-License-Identifier: Apache-2.0
// The INT8 baseline beside the bit-accurate emulator, which counts digits: the same uniform tiles
// into both, equal results and status out.
#pragma once

#include <Vint8_pe_ping_pong.h>
#include <Vint8_pe_serial.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_bench.hpp"

namespace tally::verif {

using testing::RandomTiles;

// Shapes of the models in CMakeLists.txt.
struct PingPong {
  using Model = Vint8_pe_ping_pong;
  static constexpr int kLanes = 16, kUnits = 2, kRows = 64;
  static constexpr bool kPingPong = true;
};
struct Serial {
  using Model = Vint8_pe_serial;
  static constexpr int kLanes = 4, kUnits = 1, kRows = 32;
  static constexpr bool kPingPong = false;
};

/// The emulator's element that does the same: its buffer has a row for each of a weight's 4 (with
/// HESE) or 7 digits, and no counter overflows.
template <class Type>
PeConfig config_of(bool hese) {
  return {.name = "int8",
          .lanes = Type::kLanes,
          .max_n = 3,
          .dequantizers = Type::kUnits,
          .ping_pong = Type::kPingPong,
          .parallel_terms = false,
          .cnt_w = 24,
          .counter_style = CounterStyle::kLutRam,
          .buffer_rows = Type::kRows * (hese ? 4 : 7),
          .digits = true};
}

inline ControlWord uniform_control(RandomTiles& random, bool hese, std::uint32_t max_inputs = 60) {
  ControlWord control = random.digit_control(max_inputs);
  control.number_system = kUniform;
  control.select = 0;
  control.hese = hese;
  control.terms = hese ? 4 : 7;
  control.budget = control.terms << control.log2_group;
  return control;
}

inline PeInput uniform_tiles(RandomTiles& random, bool hese, int tiles,
                             std::uint32_t max_inputs = 60) {
  PeInput input;
  for (int i = 0; i < tiles; ++i) {
    random.append(random.tile(uniform_control(random, hese, max_inputs)), input);
  }
  return input;
}

struct Outcome {
  std::vector<HalfBeat> results;
  Status status;
};

inline Outcome emulate(const PeConfig& config, const PeInput& input) {
  Emulator emulator(config);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  Outcome outcome{emulator.take_results(), emulator.status()};
  return outcome;
}

template <class Model>
Status check_equal(PeBench<Model>& bench, const PeConfig& config, const PeInput& input) {
  const Outcome expected = emulate(config, input);
  const std::uint64_t steps = bench.steps();
  bench.push(input);
  const auto results = bench.run(expected.results.size());
  REQUIRE_FALSE(expected.results.empty());
  const auto differ = std::mismatch(results.begin(), results.end(), expected.results.begin(),
                                    expected.results.end());
  CAPTURE(differ.first - results.begin(), results.size(), expected.results.size());
  CHECK(results == expected.results);
  CHECK(status_text(bench.status()) == status_text(expected.status));
  CHECK(bench.steps() - steps == input.activations.size());
  CHECK(bench.idle_steps() == 0);
  CHECK_FALSE(bench.busy());
  return bench.status();
}

}  // namespace tally::verif
