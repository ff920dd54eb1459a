// SPDX-License-Identifier: Apache-2.0
// tally_counter_set against three arrays of integers a bank.
#include <Vcounter_set_flip_flop.h>
#include <Vcounter_set_lut_ram.h>
#include <Vcounter_set_parallel.h>
#include <Vcounter_set_parallel_short.h>
#include <Vcounter_set_serial.h>
#include <Vcounter_set_sync_ram.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "verif/counter_reference.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt, and when overflow_o is up after an event.
template <class Model_, int kMaxN_, int kWidth_, int kBanks_, int kOverflowDelay_>
struct Config {
  using Model = Model_;
  static constexpr int kMaxN = kMaxN_, kWidth = kWidth_, kBanks = kBanks_;
  static constexpr int kOverflowDelay = kOverflowDelay_;
};
using FlipFlop = Config<Vcounter_set_flip_flop, 3, 4, 2, 1>;
using LutRam = Config<Vcounter_set_lut_ram, 5, 8, 2, 1>;
using SyncRam = Config<Vcounter_set_sync_ram, 4, 4, 2, 2>;
using Serial = Config<Vcounter_set_serial, 7, 10, 1, 2>;
// With ParallelTerms; the short one has no AC1 entry that is not a sum of two terms.
using Parallel = Config<Vcounter_set_parallel, 5, 4, 2, 1>;
using ParallelShort = Config<Vcounter_set_parallel_short, 3, 4, 1, 1>;
constexpr int kTermSums = 15;

struct Event {
  int bank;
  bool offset;
  int address1, address2, address3;
  bool negative;
};

// Each cycle: at most one event and one read, set by count() and read(), done by cycle().
template <class C>
class Bench {
 public:
  static constexpr int kSums = (1 << (C::kMaxN + 1)) - 1;  // addresses of AC1
  static constexpr int kCodes = 1 << C::kMaxN;             // of AC2 and AC3, from 1

  explicit Bench(int sweep_bank = 0) {
    sim_->count_i = sim_->read_i = sim_->terms_i = 0;
    sim_->read_bank_i = sweep_bank;
    sim_.reset();
    sweep();
    sim_.tick(3);
  }

  /// What a user does after reset, with one sweep for both banks.
  void sweep() {
    for (int address = 0; address <= kSums; ++address) {
      sim_->read_i = 1;
      sim_->read_array_i = 0;
      sim_->read_addr_i = address;
      sim_.tick();
    }
    sim_->read_i = 0;
    references_.clear();
  }

  void count(const Event& event) {
    sim_->count_i = 1;
    sim_->count_bank_i = event.bank;
    sim_->offset_i = event.offset;
    sim_->address1_i = event.address1;
    sim_->address2_i = event.address2;
    sim_->address3_i = event.address3;
    sim_->negative_i = event.negative;
    overflow_ = reference(event.bank, 1).count(event.address1, event.negative);
    if (event.offset) {
      overflow_ |= reference(event.bank, 2).count(event.address2, event.negative);
      overflow_ |= reference(event.bank, 3).count(event.address3, event.negative);
    }
  }

  /// Events at many entries of AC1 at once; bit e of `plus` or of `minus` is entry e.
  void terms(int bank, int plus, int minus) {
    sim_->terms_i = 1;
    sim_->count_bank_i = bank;
    sim_->plus_i = plus;
    sim_->minus_i = minus;
    for (int e = 0; e < kTermSums; ++e) {
      if (((plus | minus) >> e & 1) == 0) continue;
      overflow_ |= reference(bank, 1).count(e, (minus >> e & 1) != 0);
      ++term_events;
    }
  }

  void read(int bank, int array, int address) {
    sim_->read_i = 1;
    sim_->read_bank_i = bank;
    sim_->read_array_i = array;
    sim_->read_addr_i = address;
    expected_ = reference(bank, array).read(address);
  }

  void cycle() {
    sim_.settle();
    CAPTURE(sim_.cycle());
    const bool overflow_due = due_.next(overflow_);
    overflows += overflow_;
    REQUIRE(static_cast<bool>(sim_->overflow_o) == overflow_due);
    sim_.tick();
    if (sim_->read_i) {
      REQUIRE(sign_extend(sim_->read_data_o, C::kWidth) == expected_);
      ++reads;
    } else {
      REQUIRE(sim_->read_data_o == 0);
    }
    sim_->count_i = sim_->read_i = sim_->terms_i = 0;
    overflow_ = false;
  }

  void idle(int cycles) {
    for (int i = 0; i < cycles; ++i) cycle();
  }

  /// Reads and clears all of a bank.
  void read_bank(int bank) {
    for (int array = 1; array <= 3; ++array) {
      for (int i = array == 1 ? 0 : 1; i < (array == 1 ? kSums : kCodes); ++i) {
        read(bank, array, i);
        cycle();
      }
    }
  }

  Event random_event(int bank) {
    std::uniform_int_distribution<int> bit(0, 1), index(1, kCodes - 1), sum(0, kSums - 1);
    return {bank,           bit(random_) == 1, sum(random_),
            index(random_), index(random_),    bit(random_) == 1};
  }

  std::mt19937& random() { return random_; }

  int reads = 0, overflows = 0, term_events = 0;

 private:
  CounterReference& reference(int bank, int array) {
    return references_.try_emplace({C::kBanks == 1 ? 0 : bank, array}, C::kWidth).first->second;
  }

  Sim<typename C::Model> sim_;
  std::map<std::pair<int, int>, CounterReference> references_;
  Delay due_{C::kOverflowDelay};
  bool overflow_ = false;
  int expected_ = 0;
  std::mt19937 random_{20261123};
};

}  // namespace

TEMPLATE_TEST_CASE("counter set: one bank counts while the other is read", "[random]", FlipFlop,
                   LutRam, SyncRam, Parallel) {
  using B = Bench<TestType>;
  B bench;
  auto& random = bench.random();
  std::uniform_int_distribution<int> percent(0, 99), any_array(1, 3);
  for (int phase = 0; phase < 60; ++phase) {
    const int bank = phase % 2;
    Event event = bench.random_event(bank);
    for (int i = 0; i < 400; ++i) {
      if (percent(random) < 60) event = bench.random_event(bank);  // else the same one again
      if (percent(random) < 85) bench.count(event);
      if (percent(random) < 50) {
        const int array = any_array(random);
        const int top = array == 1 ? B::kSums - 1 : B::kCodes - 1;
        bench.read(1 - bank, array,
                   std::uniform_int_distribution<int>(array == 1 ? 0 : 1, top)(random));
      }
      bench.cycle();
    }
    bench.idle(3);
  }
  bench.read_bank(0);
  bench.read_bank(1);
  REQUIRE(bench.reads > 5000);
  if (TestType::kWidth == 4) REQUIRE(bench.overflows > 100);
}

TEST_CASE("counter set: without a second bank the bank inputs do not matter", "[random]") {
  Bench<Serial> bench(1);
  std::uniform_int_distribution<int> bit(0, 1);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 500; ++i) {
      bench.count(bench.random_event(bit(bench.random())));
      bench.cycle();
    }
    bench.idle(3);
    bench.read_bank(round % 2);
  }
  REQUIRE(bench.reads > 5000);
}

TEMPLATE_TEST_CASE("counter set: an event without the offset leaves AC2 and AC3 alone", "[unit]",
                   FlipFlop, LutRam, SyncRam, Serial, Parallel, ParallelShort) {
  Bench<TestType> bench;
  for (int i = 0; i < 3; ++i) {
    bench.count({0, false, 5, 2, 3, false});
    bench.cycle();
  }
  bench.count({0, true, 5, 2, 3, false});
  bench.cycle();
  bench.idle(3);
  bench.read_bank(0);  // against the reference: 4, 1 and 1
  REQUIRE(bench.reads > 0);
}

TEMPLATE_TEST_CASE("counter set: each of the three arrays reports its own overflow", "[unit]",
                   FlipFlop, LutRam, SyncRam, Serial, Parallel, ParallelShort) {
  using B = Bench<TestType>;
  const int array = GENERATE(1, 2, 3);
  const bool negative = GENERATE(false, true);
  CAPTURE(array, negative);
  B bench;
  const int events = (1 << (TestType::kWidth - 1)) + (negative ? 1 : 0);
  for (int i = 0; i < events; ++i) {
    // The counter under test always, the others spread thin enough not to overflow.
    Event event{0,
                array != 1,
                array == 1 ? 4 : i % B::kSums,
                array == 2 ? 2 : 1 + i % (B::kCodes - 1),
                array == 3 ? 3 : 1 + i % (B::kCodes - 1),
                negative};
    bench.count(event);
    bench.cycle();
  }
  bench.idle(4);
  REQUIRE(bench.overflows == 1);
  bench.read_bank(0);
}

TEMPLATE_TEST_CASE("counter set: one sweep clears every counter of every bank", "[exhaustive]",
                   FlipFlop, LutRam, SyncRam, Serial, Parallel, ParallelShort) {
  Bench<TestType> bench(1);
  for (int i = 0; i < 3000; ++i) {
    bench.count(bench.random_event(i % 2));
    bench.cycle();
  }
  bench.idle(3);
  bench.sweep();
  bench.read_bank(0);
  bench.read_bank(1);
  REQUIRE(bench.reads > 0);
}

TEMPLATE_TEST_CASE("counter set: many entries of AC1 count at once, single events between them",
                   "[random]", Parallel, ParallelShort) {
  Bench<TestType> bench;
  auto& random = bench.random();
  for (int phase = 0; phase < 40; ++phase) {
    const int bank = TestType::kBanks == 1 ? 0 : phase % 2;
    // Mostly one way, so that counters pass their range on both sides.
    const bool down = phase / 2 % 2 == 1;
    for (int i = 0; i < 200; ++i) {
      const int mask = static_cast<int>(random() & random() & 0x7FFF);
      const int other = static_cast<int>(random() & random() & random()) & mask;
      switch (random() % 4) {
        case 0:
          bench.count(bench.random_event(bank));
          break;
        case 1:
          break;
        default:
          bench.terms(bank, down ? other : mask & ~other, down ? mask & ~other : other);
      }
      if (TestType::kBanks == 2 && random() % 4 == 0) {
        bench.read(1 - bank, 1, static_cast<int>(random() % Bench<TestType>::kSums));
      }
      bench.cycle();
    }
    bench.idle(2);
    bench.read_bank(bank);
  }
  REQUIRE(bench.term_events > 10'000);
  REQUIRE(bench.overflows > 100);
}
