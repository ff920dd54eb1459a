// SPDX-License-Identifier: Apache-2.0
// Faults around uniform and reveal tiles: every illegal control word, packets that begin in
// mid-tile, and random faults in both streams. Each is sticky, the tiles before it finish, nothing
// hangs, and a soft reset makes all good again.
#include <catch2/catch.hpp>
#include <functional>

#include "golden/tests/random_tile.hpp"
#include "verif/pe_check.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

/// Runs faulty input: results and fatal status as the emulator's, which has `fault` set.
template <class Model>
void check_fault(const PeConfig& config, const PeInput& input, Status fault, std::size_t good,
                 const Stall& stall, RandomTiles& random) {
  const Outcome expected = emulate(config, input);
  PeBench<Model> bench(config, {stall, stall, stall});
  bench.push(input);
  const auto results = bench.run(expected.results.size());
  CHECK(first_difference(results, expected.results) == -1);
  CHECK(results.size() >= good);
  CHECK(status_text(bench.status() & kFatalStatus) == status_text(expected.status & kFatalStatus));
  CHECK((bench.status() & kFatalStatus) == fault);
  bench.soft_reset();
  CHECK(bench.status() == 0);
  check_equal(bench, config, random.mixed_sequence(2, 20));
}

struct BadWord {
  const char* name;
  std::function<void(ControlWord&)> apply;
};

}  // namespace

TEMPLATE_TEST_CASE("pe faults: every illegal field of a uniform or reveal control word is refused",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  // From reveal with HESE, g = 4, k = 10, s = 3, K = 21.
  const std::vector<BadWord> words = {
      {"k 0", [](auto& c) { c.budget = 0; }},
      {"k above 4g", [](auto& c) { c.budget = 17; }},
      {"k above 7g without HESE", [](auto& c) { c.hese = 0, c.budget = 29; }},
      {"k above 7g at g = 1", [](auto& c) { c.hese = 0, c.log2_group = 0, c.budget = 8; }},
      {"s 0", [](auto& c) { c.terms = 0; }},
      {"s above 4", [](auto& c) { c.terms = 5; }},
      {"s above 7 without HESE", [](auto& c) { c.hese = 0, c.terms = 8; }},
      {"reveal without selection", [](auto& c) { c.select = 0; }},
      {"uniform with selection", [](auto& c) { c.number_system = kUniform; }},
      {"uniform that drops weight terms",
       [](auto& c) { c.number_system = kUniform, c.select = 0, c.terms = 4; }},
      {"uniform that drops data digits",
       [](auto& c) { c.number_system = kUniform, c.select = 0, c.budget = 16; }},
      {"uniform with HESE budget in binary",
       [](auto& c) {
         c.number_system = kUniform, c.select = 0, c.hese = 0, c.budget = 16, c.terms = 7;
       }},
      {"number system 3", [](auto& c) { c.number_system = 3; }},
      {"n 5", [](auto& c) { c.n = 5; }},
      {"offset", [](auto& c) { c.offset = 1; }},
      {"segment not a multiple of g", [](auto& c) { c.segment = 6; }},
      {"segment 0", [](auto& c) { c.segment = 0; }},
      {"exponential with g", [](auto& c) { c = {}, c.n = 2, c.log2_group = 1; }},
      {"exponential with k", [](auto& c) { c = {}, c.n = 2, c.budget = 1; }},
      {"exponential with s", [](auto& c) { c = {}, c.n = 2, c.terms = 1; }},
      {"exponential with HESE", [](auto& c) { c = {}, c.n = 2, c.hese = 1; }},
      {"exponential with selection", [](auto& c) { c = {}, c.n = 2, c.select = 1; }},
      {"exponential with reuse", [](auto& c) { c = {}, c.n = 2, c.reuse = 1; }},
  };
  RandomTiles random(config, 120);
  for (const BadWord& word : words) {
    CAPTURE(word.name);
    ControlWord control;
    control.number_system = kReveal;
    control.select = control.hese = 1;
    control.n = 7;
    control.log2_group = 2;
    control.budget = 10;
    control.terms = 3;
    control.inputs = 21;
    control.segment = 24;
    control.vectors = control.valid_lanes = 1;
    PeInput input = random.mixed_sequence(2, 20);
    const std::size_t good = emulate(config, input).results.size();
    random.append(random.tile(control), input);  // legal: what follows is the word's fault alone
    const std::size_t at = input.weights.size();
    REQUIRE(control_fault(control.encode(), config).empty());
    random.append(random.tile(control), input);
    word.apply(control);
    if (control.inputs == 0) {
      control.inputs = control.segment = control.vectors = control.valid_lanes = 1;
    }
    REQUIRE_FALSE(control_fault(control.encode(), config).empty());
    auto* bytes = &input.weights.bytes[at * static_cast<std::size_t>(config.lanes)];
    for (const std::uint32_t value : control.encode()) {
      for (int i = 0; i < 4; ++i) *bytes++ = static_cast<std::uint8_t>(value >> (8 * i));
    }
    check_fault<typename TestType::Model>(config, input, kBadControl, good + 1, {}, random);
  }
}

TEMPLATE_TEST_CASE("pe faults: reuse of slots that are not there is refused", "[unit]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 121);
  ControlWord loaded;
  loaded.number_system = kReveal;
  loaded.select = loaded.hese = 1;
  loaded.n = 7;
  loaded.log2_group = 2;
  loaded.budget = 10;
  loaded.terms = 3;
  loaded.inputs = 21;
  loaded.segment = 24;
  loaded.vectors = loaded.valid_lanes = 2;
  ControlWord reused = loaded;
  reused.reuse = 1;
  reused.budget = 6;

  const auto changed = [&](std::function<void(ControlWord&)> change) {
    ControlWord control = reused;
    change(control);
    return control;
  };
  ControlWord exponential;
  exponential.n = 2;
  exponential.inputs = exponential.segment = 21;
  exponential.vectors = exponential.valid_lanes = 1;
  ControlWord streamed = loaded;
  streamed.inputs = static_cast<std::uint32_t>(config.buffer_rows);
  streamed.segment = streamed.inputs / 4 * 4;
  streamed.vectors = 1;
  struct Case {
    const char* name;
    std::vector<ControlWord> before;
    ControlWord control;
  };
  const std::vector<Case> cases = {
      {"K", {loaded}, changed([](auto& c) { c.inputs = 22; })},
      {"g", {loaded}, changed([](auto& c) { c.log2_group = 1; })},
      {"HESE", {loaded}, changed([](auto& c) { c.hese = 0; })},
      {"k above what is loaded", {loaded}, changed([](auto& c) { c.budget = 11; })},
      {"k above what is loaded, after a lower one", {loaded, reused}, changed([](auto& c) {
         c.budget = 11;
       })},
      {"after exponential", {loaded, exponential}, reused},
      {"after a streamed tile", {streamed}, changed([&](auto& c) { c.inputs = streamed.inputs; })},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    PeInput input;
    for (const ControlWord& control : c.before) random.append(random.tile(control), input);
    const std::size_t good = emulate(config, input).results.size();
    random.append(random.tile(c.control), input);
    check_fault<typename TestType::Model>(config, input, kBadControl, good, {}, random);
  }

  // First of all, and first after a soft reset.
  PeInput first;
  random.append(random.tile(reused), first);
  PeBench<typename TestType::Model> bench(config);
  bench.push(first);
  bench.run(0);
  CHECK(bench.status() == kBadControl);
  bench.soft_reset();
  PeInput good;
  random.append(random.tile(loaded), good);
  check_equal(bench, config, good);
  bench.soft_reset();
  bench.push(first);
  bench.run(0);
  CHECK(bench.status() == kBadControl);
}

TEMPLATE_TEST_CASE("pe faults: a packet that begins in mid-tile, or ends where it must not",
                   "[unit]", ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  RandomTiles random(config, 122);
  ControlWord control = random.digit_control(30, 2);
  control.inputs = 30;
  control.vectors = 2;
  control.valid_lanes = 2;
  ControlWord reused = random.reuse_control(control, 2);
  struct Case {
    const char* name;
    Status status;
    bool reuse;
    std::function<void(BeatStream&, std::size_t end)> apply;  // end: one behind the packet's last
  };
  const auto cut = [](BeatStream& stream, std::size_t end, std::size_t beats, bool last) {
    const auto width = static_cast<std::size_t>(stream.beat_bytes);
    const auto from = static_cast<std::ptrdiff_t>((end - beats) * width);
    stream.bytes.erase(stream.bytes.begin() + from,
                       stream.bytes.begin() + static_cast<std::ptrdiff_t>(end * width));
    stream.last.erase(stream.last.begin() + static_cast<std::ptrdiff_t>(end - beats),
                      stream.last.begin() + static_cast<std::ptrdiff_t>(end));
    if (last) stream.last[end - beats - 1] = 1;
  };
  const std::vector<Case> cases = {
      {"the next control word among the rows", kWeightLate, false,
       [&](auto& stream, auto end) { cut(stream, end, 9, false); }},
      {"the next packet after too few rows", kWeightEarly, false,
       [&](auto& stream, auto end) { cut(stream, end, 9, true); }},
      {"no end", kWeightLate, false, [](auto& stream, auto end) { stream.last[end - 1] = 0; }},
      {"reuse, without an end", kWeightLate, true,
       [](auto& stream, auto end) { stream.last[end - 1] = 0; }},
      {"reuse, one beat short", kWeightEarly, true,
       [&](auto& stream, auto end) { cut(stream, end, 1, true); }},
  };
  for (const Case& c : cases) {
    for (const Stall& stall : {Stall::none(), Stall::random(5, 0.4)}) {
      CAPTURE(c.name, stall.name());
      PeInput input = random.mixed_sequence(2, 20);
      if (c.reuse) random.append(random.tile(control), input);
      const std::size_t good = emulate(config, input).results.size();
      random.append(random.tile(c.reuse ? reused : control), input);
      const std::size_t end = input.weights.size();
      random.append(random.tile(random.digit_control()), input);
      random.append(random.tile(random.control()), input);
      c.apply(input.weights, end);
      check_fault<typename TestType::Model>(config, input, c.status, good, stall, random);
    }
  }
}

TEMPLATE_TEST_CASE("pe faults: random faults in either stream end as in the emulator", "[random]",
                   ALL_CONFIGS) {
  const PeConfig& config = find_pe_config(TestType::kName);
  const int rounds = config.counter_style == CounterStyle::kFlipFlop ? 8 : 40;
  int faults = 0;
  for (int round = 0; round < rounds; ++round) {
    RandomTiles random(config, static_cast<std::uint32_t>(700 + round));
    PeInput input = random.mixed_sequence(2, 20);
    const std::size_t good = emulate(config, input).results.size();
    const std::size_t weight = input.weights.size(), activation = input.activations.size();
    // One tile at fault, whose rows stay in the buffer, and one behind it.
    const ControlWord control = random.digit_control(24, 2);
    random.append(random.tile(control), input);
    const std::size_t weight_end = input.weights.size(), activation_end = input.activations.size();
    random.append(random.tile(random.digit_control()), input);
    const auto beat = weight + random.below(static_cast<std::uint32_t>(weight_end - weight));
    const auto value =
        activation + random.below(static_cast<std::uint32_t>(activation_end - activation));
    const bool in_weights = random.one_in(2);
    if (in_weights) {
      input.weights.last[beat] ^= 1;
    } else {
      input.activations[value].last = !input.activations[value].last;
    }
    const Outcome expected = emulate(config, input);
    if ((expected.status & kFatalStatus) == 0) continue;  // a tile that ends at that very beat
    ++faults;
    CAPTURE(round, in_weights, beat - weight, value - activation);
    const Stall stall = random.one_in(2) ? Stall::none() : Stall::random(6, 0.3);
    check_fault<typename TestType::Model>(config, input, expected.status & kFatalStatus, good,
                                          stall, random);
  }
  CHECK(faults > rounds / 2);
}
