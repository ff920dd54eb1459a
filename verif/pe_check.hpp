// SPDX-License-Identifier: Apache-2.0
// The processing element against the bit-accurate emulator: the same bytes into both, equal
// results, status, steps and term pairs out. The named configurations as types for
// TEMPLATE_TEST_CASE.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "Vtally_pe_default.h"
#include "Vtally_pe_fast.h"
#include "Vtally_pe_paper.h"
#include "Vtally_pe_small.h"
#include "verif/pe_bench.hpp"

namespace tally::verif {

struct Paper {
  using Model = Vtally_pe_paper;
  static constexpr auto kName = "paper";
};
struct Default {
  using Model = Vtally_pe_default;
  static constexpr auto kName = "default";
};
struct Fast {
  using Model = Vtally_pe_fast;
  static constexpr auto kName = "fast";
};
struct Small {
  using Model = Vtally_pe_small;
  static constexpr auto kName = "small";
};
#define ALL_CONFIGS Paper, Default, Fast, Small

struct Outcome {
  std::vector<HalfBeat> results;
  Status status;
  EmulatorCounters counters;
};

inline Outcome emulate(const PeConfig& config, const PeInput& input) {
  Emulator emulator(config);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  Outcome outcome{emulator.take_results(), emulator.status(), emulator.counters()};
  return outcome;
}

/// The index of the first difference, or -1.
inline int first_difference(const std::vector<HalfBeat>& got,
                            const std::vector<HalfBeat>& expected) {
  const std::size_t both = std::min(got.size(), expected.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (!(got[i] == expected[i])) return static_cast<int>(i);
  }
  return got.size() == expected.size() ? -1 : static_cast<int>(both);
}

/// Runs legal input and checks everything; returns the results.
template <class Model>
std::vector<HalfBeat> check_equal(PeBench<Model>& bench, const PeConfig& config,
                                  const PeInput& input) {
  const Outcome expected = emulate(config, input);
  const std::uint64_t steps = bench.steps(), pairs = bench.term_pairs();
  bench.push(input);
  const auto results = bench.run(expected.results.size());
  const int difference = first_difference(results, expected.results);
  CAPTURE(difference, results.size(), expected.results.size());
  REQUIRE_FALSE(expected.results.empty());
  CHECK(difference == -1);
  CHECK(status_text(bench.status()) == status_text(expected.status));
  CHECK(bench.steps() - steps == expected.counters.steps);
  CHECK(bench.term_pairs() - pairs == expected.counters.term_pairs);
  CHECK(bench.idle_steps() == 0);
  CHECK_FALSE(bench.busy());
  return results;
}

}  // namespace tally::verif
