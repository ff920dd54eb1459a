// SPDX-License-Identifier: Apache-2.0
// The emulator on uniform and reveal tiles.
#include <Eigen/Dense>
#include <catch2/catch.hpp>

#include "golden/device/emulator_device.hpp"
#include "golden/tests/digit_reference.hpp"

namespace tally {
namespace {

using namespace tally::testing;

constexpr unsigned kSeed = 1905;

struct Outcome {
  std::vector<HalfBeat> results;
  Status status = 0;
  EmulatorCounters counters;
};

Outcome emulate(const PeConfig& config, const Streams& streams) {
  Emulator emulator(config);
  emulator.push_weights(streams.weights);
  emulator.push_activations(streams.activations);
  Outcome outcome;
  outcome.results = emulator.take_results();
  outcome.status = emulator.status();
  outcome.counters = emulator.counters();
  return outcome;
}

std::vector<std::uint16_t> vector_of(const Streams& streams, std::size_t first, std::size_t size) {
  std::vector<std::uint16_t> values;
  for (std::size_t i = 0; i < size; ++i) values.push_back(streams.activations[first + i].value);
  return values;
}

// Compares one tile's results, from the end of `streams`, with the counting reference; `weights`
// are those of the packet that loaded the slots. Adds up what the reference says.
struct Expected {
  std::vector<HalfBeat> results;
  bool overflow = false;
  std::uint64_t pairs = 0, steps = 0;

  void add(const Tile& tile, const std::vector<std::uint8_t>& weights, const Streams& streams,
           std::size_t first, const PeConfig& config) {
    const ControlWord& c = tile.control;
    for (std::uint32_t v = 0; v < c.vectors; ++v) {
      const auto vector = vector_of(streams, first + std::size_t{v} * c.inputs, c.inputs);
      for (std::uint32_t lane = 0; lane < static_cast<std::uint32_t>(config.lanes); ++lane) {
        const auto l = static_cast<int>(lane);
        const auto got = reference_counting(tile, weights, vector, l, config.lanes, config.cnt_w);
        overflow |= got.overflow;
        pairs += got.pairs;
        if (lane >= c.valid_lanes) continue;
        const bool last = v + 1 == c.vectors && lane + 1 == c.valid_lanes;
        results.push_back({reference_output(tile, got.total, l), last});
      }
      const std::uint64_t groups = (c.inputs + (1u << c.log2_group) - 1) >> c.log2_group;
      steps += groups * c.budget * (config.parallel_terms ? 1 : c.terms);
    }
  }
};

TEST_CASE("digit tiles of every g, k, s, encoding, segment, reused and streamed, equal counting") {
  INFO("seed " << kSeed);
  std::size_t compared = 0;
  int reused = 0, streamed = 0;
  for (const PeConfig& config : pe_configs()) {
    RandomTiles random(config, kSeed);
    Streams streams;
    Expected expected;
    std::vector<std::uint8_t> loaded;
    ResidentSlots resident;
    ControlWord last;
    for (int i = 0; i < 150; ++i) {
      ControlWord control = random.digit_control(i % 6 == 0 ? 500 : 50, 3);
      if (resident.usable && i % 3 != 0) control = random.reuse_control(last, 3);
      resident = resident_after(control, config, resident);
      last = control;
      const Tile tile = random.tile(control);
      if (control.reuse == 0) loaded = tile.weights;
      const std::size_t first = streams.activations.size();
      random.append(tile, streams);
      expected.add(tile, loaded, streams, first, config);
      reused += control.reuse != 0;
      streamed += packet_layout(control, config).streamed;
    }
    const Outcome got = emulate(config, streams);
    CAPTURE(config.name);
    REQUIRE(got.results.size() == expected.results.size());
    CHECK(got.results == expected.results);
    CHECK(((got.status & kCounterOverflow) != 0) == expected.overflow);
    CHECK((got.status & kFatalStatus) == 0);
    CHECK(got.counters.term_pairs == expected.pairs);
    CHECK(got.counters.steps == expected.steps);
    compared += got.results.size();

    // The threaded device gives the same.
    EmulatorDevice device(config, 3);
    const RunResult run = device.run(streams);
    CHECK(run.results == got.results);
    CHECK(run.status == got.status);
    CHECK(run.steps == expected.steps);
    CHECK(run.term_pairs == expected.pairs);
  }
  CHECK(compared > 5000);
  CHECK(reused > 100);
  CHECK(streamed > 20);
}

// A tile without counter overflow, and its totals as a matrix product.
using Matrix = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

int check_against_product(const PeConfig& config, const ControlWord& control, RandomTiles& random,
                          bool limited) {
  Tile tile = random.tile(control);
  for (LaneCoefficients& c : tile.lanes) c.c1 = c.c1 == 0 ? 0 : std::ldexp(1.0F, -9);
  Streams streams;
  random.append(tile, streams);
  const auto lanes = static_cast<Eigen::Index>(config.lanes);
  Matrix x(control.vectors, control.inputs), w(control.inputs, lanes);
  const bool hese = control.hese != 0;
  for (Eigen::Index v = 0; v < x.rows(); ++v) {
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
      const auto beat = streams.activations[static_cast<std::size_t>(v * x.cols() + k)];
      const int q = reference_integer(tile, beat.value);
      x(v, k) = limited ? truncated(q, hese, static_cast<int>(control.terms)) : q;
    }
  }
  const auto g = static_cast<Eigen::Index>(group_size(control));
  w.setZero();
  for (Eigen::Index lane = 0; lane < lanes; ++lane) {
    for (Eigen::Index first = 0; first < w.rows(); first += g) {
      std::vector<int> group;
      for (Eigen::Index i = 0; i < g; ++i) {
        const auto at = static_cast<std::size_t>((first + i) * lanes + lane);
        group.push_back(static_cast<std::int8_t>(tile.weights[at]));
        if (!limited && first + i < w.rows()) w(first + i, lane) = group.back();
      }
      if (!limited) continue;
      for (const Term& t : largest_terms(group, hese, static_cast<int>(control.budget))) {
        if (first + t.position < w.rows()) w(first + t.position, lane) += worth(t);
      }
    }
  }
  const Matrix y = x * w;
  const Outcome got = emulate(config, streams);
  CHECK((got.status & kCounterOverflow) == 0);
  REQUIRE(got.results.size() == std::size_t{control.vectors} * control.valid_lanes);
  int wrong = 0, at = 0;
  for (Eigen::Index v = 0; v < y.rows(); ++v) {
    for (std::uint32_t lane = 0; lane < control.valid_lanes; ++lane, ++at) {
      const auto total = static_cast<std::int32_t>(y(v, static_cast<Eigen::Index>(lane)));
      wrong += got.results[static_cast<std::size_t>(at)].value !=
               reference_output(tile, total, static_cast<int>(lane));
    }
  }
  CHECK(wrong == 0);
  return at;
}

TEST_CASE("uniform results equal the integer matrix product, reveal that of truncated values") {
  INFO("seed " << kSeed);
  int compared = 0;
  for (const PeConfig& config : pe_configs()) {
    RandomTiles random(config, kSeed + 1);
    for (int i = 0; i < 120; ++i) {
      ControlWord control = random.digit_control(70, 3);
      // Short enough for any weights: at most 7 terms a weight.
      control.segment = std::min(control.segment, 64u);
      compared += check_against_product(config, control, random, control.number_system == kReveal);
    }
  }
  REQUIRE(compared > 4000);
}

TEST_CASE("a weight of -128 is reported and taken as -127") {
  for (const PeConfig& config : pe_configs()) {
    RandomTiles random(config, kSeed + 2);
    for (int i = 0; i < 20; ++i) {
      const ControlWord control = random.digit_control(40, 2);
      Tile clipped = random.tile(control), bad = clipped;
      for (int change = 0; change < 3; ++change) {
        const std::size_t row = random.below(control.inputs),
                          lane = random.below(control.valid_lanes);
        clipped.weights[row * clipped.lanes.size() + lane] = 0x81;
        bad.weights[row * clipped.lanes.size() + lane] = 0x80;
      }
      Streams good, spoilt;
      random.append(clipped, good);
      spoilt.activations = good.activations;
      append_packet(bad, config, spoilt.weights);
      const Outcome want = emulate(config, good), got = emulate(config, spoilt);
      CHECK(got.results == want.results);
      CHECK(got.status == (want.status | kBadWeight));
      EmulatorDevice device(config);
      CHECK(device.run(spoilt).results == want.results);
      CHECK(device.run(spoilt).status == got.status);
    }
  }
}

TEST_CASE("what stands in padding rows takes slots but meets no data") {
  const PeConfig& config = find_pe_config("small");
  RandomTiles random(config, kSeed + 3);
  ControlWord control = random.digit_control();
  control.number_system = kReveal;
  control.hese = control.select = 1;
  control.log2_group = 3;
  control.inputs = 19;
  control.segment = 8;
  control.terms = 4;
  control.vectors = 4;
  control.budget = 5;
  Tile tile = random.tile(control);
  for (std::size_t at = 19 * 4; at < tile.weights.size(); ++at) {
    tile.weights[at] = static_cast<std::uint8_t>(at % 2 == 0 ? 127 : 0x80);
  }
  Streams streams;
  random.append(tile, streams);
  Expected expected;
  expected.add(tile, tile.weights, streams, 0, config);
  const Outcome got = emulate(config, streams);
  CHECK(got.results == expected.results);
  CHECK((got.status & kBadWeight) != 0);
  CHECK(got.counters.term_pairs == expected.pairs);
}

TEST_CASE("a digit counter that passes its range wraps and says so, at exactly the right count") {
  for (const PeConfig& config : pe_configs()) {
    REQUIRE(config.cnt_w == 10);
    const auto run = [&](std::uint32_t count, int weight, std::uint32_t segment, Status want) {
      RandomTiles random(config, kSeed + 4);
      ControlWord control = random.digit_control();
      control.number_system = kReveal;
      control.select = control.budget = control.terms = 1;
      control.hese = control.relu = control.log2_group = 0;
      control.inputs = count;
      control.segment = segment;
      control.vectors = control.valid_lanes = 1;
      Tile tile = random.tile(control);
      for (std::size_t j = 1; j < 128; ++j) {
        tile.boundaries[j] = half_from_double(static_cast<double>(j) - 0.5);
      }
      tile.lanes[0] = {.c1 = 1, .bias = 0};
      for (std::size_t k = 0; k < count; ++k) {
        tile.weights[k * tile.lanes.size()] = static_cast<std::uint8_t>(weight);
      }
      Streams streams;
      random.append(tile, streams);
      for (HalfBeat& beat : streams.activations) beat.value = 0x3C00;
      const Outcome got = emulate(config, streams);
      CHECK(status_text(got.status) == status_text(want));
      return half_to_float(got.results.at(0).value);
    };
    CHECK(run(511, 1, 1000, 0) == 511);
    CHECK(run(512, 1, 1000, kCounterOverflow) == -512);
    CHECK(run(512, -1, 1000, 0) == -512);
    CHECK(run(513, -1, 1000, kCounterOverflow) == 511);
    CHECK(run(600, 2, 1000, kCounterOverflow) == 2 * (600 - 1024));
    CHECK(run(1030, 1, 511, 0) == 1030);
  }
}

TEST_CASE("summing a safe segment equals counting it: results, status, steps and pairs") {
  INFO("seed " << kSeed);
  int safe = 0, counted = 0, overflows = 0, compared = 0;
  for (const PeConfig& named : pe_configs()) {
    // Narrow counters, so that safe, unsafe and overflowing segments come in one vector.
    for (const int cnt_w : {5, 7, 10}) {
      PeConfig config = named;
      config.cnt_w = cnt_w;
      RandomTiles random(config, kSeed + 6);
      for (int i = 0; i < 60; ++i) {
        ControlWord control = random.digit_control(i % 5 == 0 ? 400 : 60, 1);
        const Tile loader = random.tile(control);
        const BufferedRows rows = load_rows(loader, config);
        if (i % 2 == 0) control = random.reuse_control(control, 1);
        Tile tile = loader;
        tile.control = control;
        const SlotSums sums = slot_sums(tile, config, rows);
        VectorEmulator summing(tile, config), counting(tile, config);
        std::vector<std::uint16_t> x(control.inputs), a(loader.lanes.size()),
            b(loader.lanes.size());
        for (int vector = 0; vector < 3; ++vector, ++compared) {
          for (auto& value : x) value = random.activation();
          summing.vector(x, rows, sums, a);
          counting.vector(x, rows, SlotSums{}, b);
          REQUIRE(a == b);
        }
        REQUIRE(summing.status() == counting.status());
        REQUIRE(summing.counters().steps == counting.counters().steps);
        REQUIRE(summing.counters().term_pairs == counting.counters().term_pairs);
        REQUIRE(summing.counters().vectors == 3);
        for (const std::uint8_t s : sums.safe) ++(s != 0 ? safe : counted);
        overflows += (counting.status() & kCounterOverflow) != 0;
      }
    }
  }
  CHECK(safe > 200);
  CHECK(counted > 200);
  CHECK(overflows > 50);
  CHECK(compared == 4 * 3 * 60 * 3);
}

TEST_CASE("mixed sequences of all number systems agree between emulator and device") {
  int runs = 0, overflowed = 0;
  for (const PeConfig& config : pe_configs()) {
    for (std::uint32_t seed = 0; seed < 10; ++seed, ++runs) {
      RandomTiles random(config, 100 + seed);
      const Streams streams = random.mixed_sequence(20, 80);
      const Outcome got = emulate(config, streams);
      EmulatorDevice device(config, 2);
      const RunResult run = device.run(streams);
      CAPTURE(config.name, seed);
      REQUIRE_FALSE(got.results.empty());
      CHECK((got.status & kFatalStatus) == 0);
      CHECK(got.counters.tiles == 20);
      CHECK(run.results == got.results);
      CHECK(run.status == got.status);
      CHECK(run.steps == got.counters.steps);
      CHECK(run.term_pairs == got.counters.term_pairs);
      overflowed += (got.status & kCounterOverflow) != 0;
    }
  }
  CHECK(runs == 40);
  CHECK(overflowed < 40);
}

TEST_CASE("faults in packets that reuse slots are fatal: TLAST early, none, and no slots") {
  const PeConfig& config = find_pe_config("small");
  RandomTiles random(config, kSeed + 5);
  ControlWord control = random.digit_control(20);
  control.number_system = kReveal;
  control.select = control.budget = control.terms = 1;
  const Tile first = random.tile(control);
  const Tile second = random.tile(random.reuse_control(control));
  BeatStream loader, reuser;
  append_packet(first, config, loader);
  append_packet(second, config, reuser);
  const auto status_after = [&](const BeatStream& a, const BeatStream& b) {
    Emulator emulator(config);
    emulator.push_weights(a);
    emulator.push_activations(activation_beats(
        std::vector<std::uint16_t>(std::size_t{control.inputs} * control.vectors), control.inputs));
    emulator.push_weights(b);
    return emulator.status() & kFatalStatus;
  };
  CHECK(status_after(loader, reuser) == 0);
  CHECK(status_after(reuser, loader) == kBadControl);
  BeatStream late = reuser;
  late.last.back() = 0;
  CHECK(status_after(loader, late) == kWeightLate);
  int early_beats = 0;
  for (std::size_t beat = 0; beat + 1 < reuser.size(); ++beat, ++early_beats) {
    BeatStream early = reuser;
    early.last[beat] = 1;
    CHECK(status_after(loader, early) == kWeightEarly);
  }
  CHECK(early_beats > 50);
}

}  // namespace
}  // namespace tally
