// SPDX-License-Identifier: Apache-2.0
// tally_array_counter in its three styles and three widths against an array of integers.
#include <Varray_counter_flip_flop_10.h>
#include <Varray_counter_flip_flop_4.h>
#include <Varray_counter_flip_flop_8.h>
#include <Varray_counter_lut_ram_10.h>
#include <Varray_counter_lut_ram_4.h>
#include <Varray_counter_lut_ram_8.h>
#include <Varray_counter_sync_ram_10.h>
#include <Varray_counter_sync_ram_4.h>
#include <Varray_counter_sync_ram_8.h>

#include <catch2/catch.hpp>
#include <random>

#include "verif/counter_reference.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt, and when overflow_o is up after an event.
template <class Model_, int kWidth_, int kFirst_, int kLast_, int kOverflowDelay_>
struct Config {
  using Model = Model_;
  static constexpr int kWidth = kWidth_, kFirst = kFirst_, kLast = kLast_;
  static constexpr int kOverflowDelay = kOverflowDelay_;
};
using FlipFlop4 = Config<Varray_counter_flip_flop_4, 4, 0, 6, 1>;
using FlipFlop8 = Config<Varray_counter_flip_flop_8, 8, 1, 15, 1>;
using FlipFlop10 = Config<Varray_counter_flip_flop_10, 10, 0, 14, 1>;
using LutRam4 = Config<Varray_counter_lut_ram_4, 4, 0, 6, 1>;
using LutRam8 = Config<Varray_counter_lut_ram_8, 8, 1, 15, 1>;
using LutRam10 = Config<Varray_counter_lut_ram_10, 10, 0, 14, 1>;
using SyncRam4 = Config<Varray_counter_sync_ram_4, 4, 0, 6, 2>;
using SyncRam8 = Config<Varray_counter_sync_ram_8, 8, 1, 15, 2>;
using SyncRam10 = Config<Varray_counter_sync_ram_10, 10, 0, 14, 2>;
#define ALL_CONFIGS \
  FlipFlop4, FlipFlop8, FlipFlop10, LutRam4, LutRam8, LutRam10, SyncRam4, SyncRam8, SyncRam10

// Drives one operation a cycle and checks overflow_o in every one of them.
template <class C>
class Bench {
 public:
  Bench() {
    idle_inputs();
    sim_.reset();
    // The contents start random (harness): the sweep that every user has to do.
    for (int address = C::kFirst; address <= C::kLast; ++address) {
      sim_->read_i = 1;
      sim_->read_addr_i = address;
      sim_.tick();
    }
    idle_inputs();
    sim_.tick(3);
  }

  /// One event; returns whether the reference says that the counter passes its range.
  bool count(int address, bool negative) {
    sim_->count_i = 1;
    sim_->count_addr_i = address;
    sim_->negative_i = negative;
    const bool overflow = reference_.count(address, negative);
    cycle(overflow);
    return overflow;
  }

  /// One read, checked in the next cycle; returns what came. negative_i must not matter.
  int read(int address, bool negative = false) {
    sim_->read_i = 1;
    sim_->read_addr_i = address;
    sim_->negative_i = negative;
    cycle(false);
    const int got = sign_extend(sim_->read_data_o, C::kWidth);
    REQUIRE(got == reference_.read(address));
    return got;
  }

  void idle() { cycle(false); }

 private:
  void idle_inputs() {
    sim_->count_i = sim_->read_i = 0;
    sim_->count_addr_i = sim_->read_addr_i = C::kLast;
    sim_->negative_i = 0;
  }

  void cycle(bool overflow) {
    sim_.settle();
    CAPTURE(sim_.cycle());
    REQUIRE(static_cast<bool>(sim_->overflow_o) == due_.next(overflow));
    const bool read = sim_->read_i != 0;
    sim_.tick();
    if (!read) REQUIRE(sim_->read_data_o == 0);
    sim_->count_i = sim_->read_i = 0;
  }

  Sim<typename C::Model> sim_;
  CounterReference reference_{C::kWidth};
  Delay due_{C::kOverflowDelay};
};

}  // namespace

TEMPLATE_TEST_CASE("array counter: any sequence of counts and reads as an array of integers",
                   "[random]", ALL_CONFIGS) {
  using C = TestType;
  const int seed = GENERATE(1, 2);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<C> bench;
  std::uniform_int_distribution<int> any_address(C::kFirst, C::kLast), percent(0, 99);
  int address = C::kFirst, reads = 0, overflows = 0, bias = 50;
  for (int i = 0; i < 30'000; ++i) {
    // Runs of one sign, so that the wide counters reach their ends too; half of all operations stay
    // at the address of the one before.
    if (i % 2000 == 0) bias = percent(random) < 50 ? 2 : 98;
    if (percent(random) < 50) address = any_address(random);
    const int operation = percent(random);
    if (operation < (C::kWidth > 4 ? 1 : 10)) {
      bench.read(address);
      ++reads;
    } else if (operation < 80) {
      overflows +=
          bench.count(C::kWidth > 8 ? C::kFirst + address % 2 : address, percent(random) < bias);
    } else {
      bench.idle();
    }
  }
  for (int i = 0; i < 3; ++i) bench.idle();
  for (int i = C::kFirst; i <= C::kLast; ++i) bench.read(i);
  REQUIRE(reads > 100);
  REQUIRE(overflows > 10);
}

TEMPLATE_TEST_CASE("array counter: events in adjacent cycles on one address all count", "[unit]",
                   ALL_CONFIGS) {
  using C = TestType;
  Bench<C> bench;
  for (int hits = 1; hits <= 7; ++hits) {
    for (int gap = 0; gap <= 3; ++gap) {  // read directly after the last event, or later
      for (int i = 0; i < hits; ++i) bench.count(C::kLast, true);
      for (int i = 0; i < gap; ++i) bench.idle();
      REQUIRE(bench.read(C::kLast) == -hits);
      REQUIRE(bench.read(C::kLast) == 0);
    }
  }
}

TEMPLATE_TEST_CASE("array counter: events alternating between two addresses all count", "[unit]",
                   ALL_CONFIGS) {
  using C = TestType;
  Bench<C> bench;
  for (int i = 0; i < 5; ++i) {
    bench.count(C::kFirst, false);
    bench.count(C::kLast, true);
  }
  REQUIRE(bench.read(C::kFirst) == 5);
  REQUIRE(bench.read(C::kLast) == -5);
}

TEMPLATE_TEST_CASE("array counter: every address is a counter of its own, cleared by reading",
                   "[exhaustive]", ALL_CONFIGS) {
  using C = TestType;
  Bench<C> bench;
  for (int address = C::kFirst; address <= C::kLast; ++address) {
    for (int i = 0; i < 1 + address % 7; ++i) bench.count(address, address % 2 == 1);
  }
  for (int address = C::kFirst; address <= C::kLast; ++address) {
    REQUIRE(bench.read(address) == (address % 2 == 1 ? -1 : 1) * (1 + address % 7));
  }
  for (int address = C::kFirst; address <= C::kLast; ++address) REQUIRE(bench.read(address) == 0);
}

TEMPLATE_TEST_CASE("array counter: passing either end of the range wraps and pulses once", "[unit]",
                   ALL_CONFIGS) {
  using C = TestType;
  const bool negative = GENERATE(false, true);
  const int limit = 1 << (C::kWidth - 1);
  const int room = negative ? limit : limit - 1;  // events that still fit
  const bool spaced = GENERATE(false, true);
  CAPTURE(negative, spaced);
  Bench<C> bench;
  // The bench checks overflow_o, and that it is one cycle long, in every cycle.
  for (int i = 0; i < room; ++i) {
    REQUIRE_FALSE(bench.count(C::kFirst, negative));
    if (spaced) bench.idle();
  }
  REQUIRE(bench.count(C::kFirst, negative));
  for (int i = 0; i < 4; ++i) bench.idle();
  REQUIRE(bench.read(C::kFirst) == (negative ? limit - 1 : -limit));

  // There and back: both directions pulse.
  for (int i = 0; i < room; ++i) bench.count(C::kLast, negative);
  REQUIRE(bench.count(C::kLast, negative));
  REQUIRE(bench.count(C::kLast, !negative));
  for (int i = 0; i < 4; ++i) bench.idle();
  REQUIRE(bench.read(C::kLast) == (negative ? -room : room));
}

TEMPLATE_TEST_CASE("array counter: reading a counter at an end of its range is no overflow",
                   "[unit]", ALL_CONFIGS) {
  using C = TestType;
  const bool negative = GENERATE(false, true);
  const bool at_read = GENERATE(false, true);  // negative_i while it is read
  const int limit = 1 << (C::kWidth - 1);
  const int room = negative ? limit : limit - 1;
  CAPTURE(negative, at_read);
  Bench<C> bench;
  for (int i = 0; i < room; ++i) REQUIRE_FALSE(bench.count(C::kFirst, negative));
  REQUIRE(bench.read(C::kFirst, at_read) == (negative ? -limit : limit - 1));
  for (int i = 0; i < 3; ++i) bench.idle();  // here overflow_o would be up
  REQUIRE(bench.read(C::kFirst) == 0);
}
