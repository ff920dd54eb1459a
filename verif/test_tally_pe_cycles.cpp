// SPDX-License-Identifier: Apache-2.0
// What the processing element takes in cycles: steps a group, no bubbles, switching for nothing.
#include <catch2/catch.hpp>
#include <iostream>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_check.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

struct Utilization {
  std::uint64_t steps, cycles;
  double share() const { return static_cast<double>(steps) / static_cast<double>(cycles); }
};

/// Steps and cycles of one tile of many vectors, n bits, K inputs, no stalls.
template <class Model>
Utilization measure(const PeConfig& config, int n, bool offset, std::uint32_t inputs) {
  RandomTiles random(config, 12);
  ControlWord control = random.control();
  control.n = static_cast<std::uint32_t>(n);
  control.offset = offset;
  control.relu = 0;
  control.valid_lanes = static_cast<std::uint32_t>(config.lanes);
  control.inputs = control.segment = inputs;
  control.vectors = 40;
  PeInput input;
  for (int tile = 0; tile < 2; ++tile) random.append(random.tile(control), input);
  PeBench<Model> bench(config);
  check_equal(bench, config, input);
  CHECK(bench.steps() == 2 * 40 * inputs);
  return {bench.steps(), bench.span()};
}

}  // namespace

TEST_CASE("pe: utilization at K = 512, n = 5 is what the architecture promises", "[unit]") {
  struct Row {
    const char* what;
    Utilization got;
    double at_least;
  };
  const PeConfig& paper = find_pe_config("paper");
  const PeConfig& normal = find_pe_config("default");
  const PeConfig& fast = find_pe_config("fast");
  const Row rows[] = {
      {"serial, 2 dequantizers, offset", measure<Vtally_pe_paper>(paper, 5, true, 512), 0.335},
      {"ping-pong, 2 dequantizers, offset", measure<Vtally_pe_default>(normal, 5, true, 512), 0.50},
      {"ping-pong, 2 dequantizers, no offset", measure<Vtally_pe_default>(normal, 5, false, 512),
       0.95},
      {"ping-pong, 4 dequantizers, offset", measure<Vtally_pe_fast>(fast, 5, true, 512), 0.95},
  };
  for (const Row& row : rows) {
    std::cout << "utilization " << row.what << ": " << row.got.steps << " / " << row.got.cycles
              << " = " << row.got.share() << "\n";
    CAPTURE(row.what, row.got.steps, row.got.cycles);
    CHECK(row.got.share() >= row.at_least);
    CHECK(row.got.share() <= 1.0);
  }
}

TEST_CASE("pe: with one counter bank a vector takes its steps, its rounds and 8 to 12 cycles",
          "[unit]") {
  const PeConfig& config = find_pe_config("small");
  constexpr int kVectors = 2 * 40, kSlots = 4;
  for (const int n : {2, 3}) {
    for (const bool offset : {false, true}) {
      for (const int inputs : {61, 62, 63, 64}) {
        const Utilization got = measure<Vtally_pe_small>(config, n, offset, inputs);
        // tally_post_program; the last three cycles wait for a round to begin.
        const int rounds = offset ? (4 << n) - 4 : (2 << n) - 3;
        const double more = static_cast<double>(got.cycles) / kVectors - inputs - rounds * kSlots;
        CAPTURE(n, offset, inputs, more);
        CHECK(more >= 8);
        CHECK(more < 12);
      }
    }
  }
}

namespace {

/// Exponential (budget 0) or reveal with HESE and g = 8, all lanes, one segment.
ControlWord word(const PeConfig& config, std::uint32_t budget, std::uint32_t terms,
                 std::uint32_t inputs, std::uint32_t vectors) {
  ControlWord control;
  control.inputs = control.segment = inputs;
  control.valid_lanes = static_cast<std::uint32_t>(config.lanes);
  control.vectors = vectors;
  control.n = 3;
  if (budget == 0) return control;
  control.n = 7;
  control.number_system = budget == 32 ? kUniform : kReveal;
  control.select = budget != 32;
  control.hese = 1;
  control.log2_group = 3;
  control.budget = budget;
  control.terms = terms;
  control.segment = (inputs + 7) / 8 * 8;
  return control;
}

struct Cycles {
  std::uint64_t steps, step_span, span;
};

template <class Model>
Cycles measure(const PeConfig& config, const std::vector<ControlWord>& tiles) {
  RandomTiles random(config, 13);
  PeInput input;
  for (const ControlWord& control : tiles) {
    Tile tile = random.tile(control);
    if (control.reuse != 0) tile.weights.clear();
    random.append(tile, input);
  }
  PeBench<Model> bench(config);
  check_equal(bench, config, input);
  return {bench.steps(), bench.step_span(), bench.span()};
}

}  // namespace

TEMPLATE_TEST_CASE("pe: reveal at g = 8, k = 12, s = 3 takes 36 steps a group, 12 in parallel",
                   "[unit]", Default, Fast) {
  const PeConfig& config = find_pe_config(TestType::kName);
  const std::uint64_t a_group = config.parallel_terms ? 12 : 36;
  const auto got = measure<typename TestType::Model>(
      config, {word(config, 12, 3, 512, 40), word(config, 12, 3, 512, 40)});
  std::cout << "reveal g = 8, k = 12, s = 3, K = 512, " << TestType::kName << ": " << got.steps
            << " steps, utilization " << static_cast<double>(got.steps) / got.span << "\n";
  CHECK(got.steps == 2 * 40 * 64 * a_group);
  CHECK(got.step_span == got.steps);  // not one cycle without a step from the first to the last
  CHECK(static_cast<double>(got.steps) >= 0.95 * static_cast<double>(got.span));
}

TEMPLATE_TEST_CASE("pe: switching number systems between tiles costs no cycle", "[unit]", Default,
                   Fast) {
  const PeConfig& config = find_pe_config(TestType::kName);
  using Model = typename TestType::Model;
  // Weights that fit the buffer, and vectors long enough that post-processing and loading hide
  // behind counting.
  const ControlWord exponential = word(config, 0, 0, 640, 4);
  const ControlWord reveal = word(config, 12, 3, 640, 2), uniform = word(config, 32, 4, 253, 2);
  ControlWord reused = reveal;
  reused.reuse = 1;
  reused.budget = 9;
  const std::vector<ControlWord> tiles = {exponential, reveal,     reused,      exponential,
                                          uniform,     uniform,    exponential, reveal,
                                          uniform,     exponential};
  const Cycles mixed = measure<Model>(config, tiles);
  std::uint64_t steps = 0, overhead = 0;
  for (const ControlWord& control : tiles) {
    std::vector<ControlWord> alone = {control};
    if (control.reuse != 0) alone.insert(alone.begin(), reveal);
    const Cycles part = measure<Model>(config, alone);
    CHECK(part.step_span == part.steps);
    overhead = std::max(overhead, part.span - part.steps);
    steps += control.reuse != 0 ? part.steps - measure<Model>(config, {reveal}).steps : part.steps;
  }
  // The activation stream brings one value a cycle, all of which an exponential tile takes at once,
  // so a group of g values behind it is complete g - 1 cycles later. Nothing else costs a cycle.
  std::uint64_t waits = 0;
  for (std::size_t i = 1; i < tiles.size(); ++i) {
    if (tiles[i - 1].number_system == kExponential) waits += group_size(tiles[i]) - 1;
  }
  std::cout << "mixed sequence of " << tiles.size() << " tiles, " << TestType::kName << ": "
            << mixed.steps << " steps in " << mixed.step_span << " cycles, " << waits
            << " waiting for activations\n";
  CHECK(mixed.steps == steps);
  CHECK(mixed.step_span == mixed.steps + waits);
  // Filling and draining once, as the longest of the parts does alone.
  CHECK(mixed.span <= steps + waits + overhead + 8);
}
