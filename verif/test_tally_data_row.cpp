// SPDX-License-Identifier: Apache-2.0
// tally_data_row: codes in, rows of data values out, step by step as a sequencer takes them.
#include <Vdata_row_codes.h>
#include <Vdata_row_cut.h>
#include <Vdata_row_parallel.h>
#include <Vdata_row_serial.h>

#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "verif/digit_reference.hpp"
#include "verif/harness/failure.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

constexpr std::size_t kGroup = 8;

template <class Model_, bool kParallel_>
struct Config {
  using Model = Model_;
  static constexpr bool kParallel = kParallel_;
};
using Serial = Config<Vdata_row_serial, false>;
using Cut = Config<Vdata_row_cut, false>;
using Parallel = Config<Vdata_row_parallel, true>;

struct Mode {
  bool digits, hese;
  int log2_group, terms;
};

struct Code {
  int value;  // -127..127; exponential: sign and index
  bool vector_end, tile_end;
};

struct Row {
  Mode mode;
  std::vector<int> values;
  bool vector_end, tile_end;
};

int code_of(int value) { return value < 0 ? 0x80 | -value : value; }

template <class C>
class Bench {
 public:
  Bench(Stall source, Stall steps) : source_(std::move(source)), steps_(std::move(steps)) {
    sim_->clear_i = sim_->valid_i = sim_->step_i = sim_->done_i = 0;
    sim_.reset();
  }

  /// A tile of `vectors` vectors of `inputs` codes: random, or with `sweep` -127, -126 ...
  void push(const Mode& mode, int vectors, int inputs, std::mt19937& random, bool sweep = false) {
    tiles_.push_back(mode);
    Row row{mode, {}, false, false};
    for (int vector = 0; vector < vectors; ++vector) {
      for (int input = 0; input < inputs; ++input) {
        const bool vector_end = input + 1 == inputs;
        const Code code{sweep ? input % 255 - 127 : random_weight(random), vector_end,
                        vector_end && vector + 1 == vectors};
        in_.push_back(code);
        row.values.push_back(code.value);
        if (!vector_end && row.values.size() < std::size_t{1} << mode.log2_group) continue;
        row.vector_end = code.vector_end;
        row.tile_end = code.tile_end;
        rows_.push_back(row);
        row.values.clear();
      }
    }
  }

  /// Each row serves `slots` slots. `slots` < 0: a random number, 1..4.
  void run(std::mt19937& random, int slots) {
    slots_ = slots;
    for (int i = 0; !in_.empty() || !rows_.empty(); ++i) {
      if (i == 1'000'000) throw Failure("data row: rows are missing");
      cycle(random);
    }
  }

  void cycle(std::mt19937& random) {
    set_tiles();
    const bool hold = source_.next();
    offering_ = offering_ || (!in_.empty() && !hold);
    sim_->valid_i = offering_;
    sim_->code_i = offering_ ? code_of(in_.front().value) : 0xFF;
    sim_->vector_end_i = !offering_ || in_.front().vector_end;
    sim_->tile_end_i = !offering_ || in_.front().tile_end;
    sim_->step_i = sim_->done_i = 0;
    sim_.settle();
    const bool step = sim_->valid_o && !steps_.next();
    bool row_done = false;
    if (step) {
      REQUIRE_FALSE(rows_.empty());
      if (slots_left_ == 0) slots_left_ = slots_ > 0 ? slots_ : 1 + static_cast<int>(random() % 4);
      check_step();
      const bool last =
          rows_.front().mode.digits && !C::kParallel ? step_ + 1 == rows_.front().mode.terms : true;
      REQUIRE(static_cast<bool>(sim_->last_o) == last);
      step_ = last ? 0 : step_ + 1;
      slots_left_ -= last;
      row_done = last && slots_left_ == 0;
      sim_->step_i = 1;
      sim_->done_i = row_done;
      sim_.settle();
      ++steps;
      last_cycle = sim_.cycle();
      if (steps == 1) first_cycle = last_cycle;
    }
    if (row_done) rows_.pop_front(), ++rows;
    if (offering_ && sim_->ready_o) {
      if (in_.front().tile_end) bank_ = !bank_, tiles_.pop_front();
      in_.pop_front();
      offering_ = false;
    }
    sim_.tick();
  }

  void clear() {
    sim_->clear_i = 1;
    sim_->step_i = sim_->done_i = 0;
    sim_.tick();
    sim_->clear_i = 0;
    in_.clear();
    rows_.clear();
    tiles_.clear();
    bank_ = offering_ = false;
    slots_left_ = step_ = 0;
  }

  std::uint64_t steps = 0, rows = 0, terms = 0, first_cycle = 0, last_cycle = 0;

 private:
  // tally_pkg::tile_t, the fields that matter here, where Verilator has them.
  void set_tiles() {
    for (int bank = 0; bank < 2; ++bank) {
      // The tile that codes come for is in bank_; the next one in the other.
      const std::size_t ahead = bank == bank_ ? 0 : 1;
      const Mode mode = ahead < tiles_.size() ? tiles_[ahead] : Mode{true, true, 3, 1};
      auto put = [&](int lsb, int width, int value) {
        for (int bit = 0; bit < width; ++bit) {
          const int at = bank * kTileBits + lsb + bit;
          auto& word = sim_->tile_i[at / 32];
          word = (word & ~(1u << at % 32)) | (static_cast<unsigned>(value >> bit & 1) << at % 32);
        }
      };
      put(0, 2, mode.digits ? 1 : 0);
      put(kTermsLsb, 4, mode.terms);
      put(kTermsLsb + 16, 2, mode.log2_group);
      put(kTermsLsb + 18, 1, mode.hese);
    }
  }
  // number_system 2, offset, relu, n 3, valid_lanes 8, inputs 20, segment 20, terms 4, skip 6,
  // budget 6, log2_group 2, hese, reuse, streamed: least significant first.
  static constexpr int kTermsLsb = 2 + 1 + 1 + 3 + 8 + 20 + 20;
  static constexpr int kTileBits = kTermsLsb + 4 + 6 + 6 + 2 + 3;

  void check_step() {
    const Row& row = rows_.front();
    CAPTURE(rows, step_, sim_.cycle());
    REQUIRE(static_cast<bool>(sim_->vector_end_o) == row.vector_end);
    REQUIRE(static_cast<bool>(sim_->tile_end_o) == row.tile_end);
    if (!row.mode.digits) {
      REQUIRE(sim_->code_o == code_of(row.values[0]));
      return;
    }
    for (std::size_t i = 0; i < kGroup; ++i) {
      const int value = i < row.values.size() ? row.values[i] : 0;
      const auto kept = largest_terms({value}, row.mode.hese, row.mode.terms);
      terms += kept.size();
      if constexpr (C::kParallel) {
        int masks[2] = {0, 0};
        for (const Term& term : kept) masks[term.negative] |= 1 << term.exponent;
        REQUIRE(bits(16 * i, 16) == (masks[0] | masks[1] << 8));
      } else {
        const auto j = static_cast<std::size_t>(step_);
        const int term = j < kept.size() ? 16 | (kept[j].negative ? 8 : 0) | kept[j].exponent : 0;
        REQUIRE(bits(5 * i, 5) == term);
      }
    }
  }

  int bits(std::size_t lsb, std::size_t width) {
    const Bytes bytes = term_.bytes();
    int value = 0;
    for (std::size_t bit = 0; bit < width; ++bit) {
      value |= (bytes[(lsb + bit) / 8] >> (lsb + bit) % 8 & 1) << bit;
    }
    return value;
  }

  Sim<typename C::Model> sim_{10'000'000};
  Port term_{sim_->term_o};
  Stall source_, steps_;
  std::deque<Code> in_;
  std::deque<Row> rows_;
  std::deque<Mode> tiles_;
  bool bank_ = false, offering_ = false;
  int slots_ = -1, slots_left_ = 0, step_ = 0;
};

Mode random_mode(std::mt19937& random) {
  Mode mode{random() % 4 != 0, random() % 2 == 0, static_cast<int>(random() % 4), 0};
  if (!mode.digits) return {false, random() % 2 == 0, 0, 1};
  mode.terms = 1 + static_cast<int>(random() % static_cast<unsigned>(max_digits(mode.hese)));
  return mode;
}

}  // namespace

TEMPLATE_TEST_CASE("data row: every value with every number of digits kept, short groups too",
                   "[exhaustive]", Serial, Cut, Parallel) {
  Bench<TestType> bench({}, {});
  std::mt19937 random(71);
  for (const bool hese : {false, true}) {
    for (int terms = 1; terms <= max_digits(hese); ++terms) {
      for (int log2_group = 0; log2_group < 4; ++log2_group) {
        bench.push({true, hese, log2_group, terms}, 3, 300, random, true);
      }
    }
  }
  bench.run(random, 2);
  REQUIRE(bench.rows == 3 * 11 * (300 + 150 + 75 + 38));
  REQUIRE(bench.terms > 10'000);
}

TEMPLATE_TEST_CASE("data row: random tiles in all modes one after the other, under every stall",
                   "[random][stall]", Serial, Cut, Parallel) {
  for (const Stall& source : Stall::all(81)) {
    for (const Stall& steps : Stall::all(91)) {
      CAPTURE(source.name(), steps.name());
      std::mt19937 random(72);
      Bench<TestType> bench(source, steps);
      for (int tile = 0; tile < 20; ++tile) {
        bench.push(random_mode(random), 1 + static_cast<int>(random() % 3),
                   1 + static_cast<int>(random() % 20), random);
      }
      bench.run(random, -1);
      REQUIRE(bench.rows > 50);
    }
  }
}

TEMPLATE_TEST_CASE("data row: cleared at any moment it starts anew", "[random]", Serial, Cut,
                   Parallel) {
  std::mt19937 random(73);
  Bench<TestType> bench({}, Stall::random(4, 0.2));
  for (int i = 0; i < 100; ++i) {
    for (int tile = 0; tile < 2; ++tile) bench.push(random_mode(random), 2, 11, random);
    for (unsigned cycle = random() % 60; cycle > 0; --cycle) bench.cycle(random);
    bench.clear();
    bench.push(random_mode(random), 2, 7, random);
    bench.run(random, -1);
  }
  REQUIRE(bench.rows > 500);
}

TEMPLATE_TEST_CASE("data row: a step every cycle, across groups, vectors and tiles", "[unit]",
                   Serial, Cut, Parallel) {
  std::mt19937 random(74);
  for (const Mode mode :
       {Mode{true, true, 3, 3}, Mode{true, false, 2, 7}, Mode{false, true, 0, 1}}) {
    CAPTURE(mode.digits, mode.log2_group, mode.terms);
    Bench<TestType> bench({}, {});
    for (int tile = 0; tile < 3; ++tile) bench.push(mode, 4, 29, random);
    bench.run(random, mode.digits ? 8 : 1);
    REQUIRE(bench.last_cycle - bench.first_cycle + 1 == bench.steps);
  }
}

TEST_CASE("data row: without digits codes pass", "[unit]") {
  Sim<Vdata_row_codes> sim;
  sim->clear_i = 0;
  sim.reset();
  for (int i = 0; i < 1024; ++i) {
    sim->valid_i = i & 1;
    sim->vector_end_i = i >> 1 & 1;
    sim->tile_end_i = i >> 2 & 1;
    sim->done_i = i >> 3 & 1;
    sim->code_i = i >> 2 & 0xFF;
    sim.settle();
    REQUIRE(sim->valid_o == sim->valid_i);
    REQUIRE(sim->ready_o == sim->done_i);
    REQUIRE(sim->vector_end_o == sim->vector_end_i);
    REQUIRE(sim->tile_end_o == sim->tile_end_i);
    REQUIRE(sim->code_o == sim->code_i);
    REQUIRE(sim->last_o == 1);
    sim.tick();
  }
}
