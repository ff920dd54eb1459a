// SPDX-License-Identifier: Apache-2.0
// tally_quantizer against counting the boundaries at or below |x|, one after the other.
#include <Vquantizer_3.h>
#include <Vquantizer_5.h>
#include <Vquantizer_7.h>
#include <Vquantizer_cut.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <vector>

#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

using Table = std::vector<int>;  // t[0..2^n-1], t[0] is not used
constexpr int kInfinity = 0x7C00;

// The parameters of the models in CMakeLists.txt.
template <class Model_, int kStages_, int kTagWidth_>
struct Config {
  using Model = Model_;
  static constexpr int kStages = kStages_, kTagWidth = kTagWidth_;
};
using Stages7 = Config<Vquantizer_7, 7, 11>;
using Stages5 = Config<Vquantizer_5, 5, 3>;
using Stages3 = Config<Vquantizer_3, 3, 1>;
using Cut = Config<Vquantizer_cut, 5, 3>;

struct Result {
  int index, sign, nan, tag;
  friend bool operator==(const Result&, const Result&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Result& r) {
    return out << "index " << r.index << " sign " << r.sign << " nan " << r.nan << " tag " << r.tag;
  }
};

Result expected_of(int x, const Table& table, int tag) {
  const int magnitude = x & 0x7FFF;
  if (magnitude > kInfinity) return {0, 0, 1, tag};
  int index = 0;
  for (std::size_t j = 1; j < table.size(); ++j) index += table[j] <= magnitude;
  return {index, index == 0 ? 0 : x >> 15, 0, tag};
}

// Tables that are easy to get wrong, then random ones.
std::vector<Table> tables_of(int n, std::mt19937& random) {
  const int size = 1 << n;
  std::vector<Table> tables;
  auto fill = [&](auto value) {
    Table table(size);
    for (int j = 1; j < size; ++j) table[j] = value(j);
    std::sort(table.begin() + 1, table.end());
    tables.push_back(table);
  };
  auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  fill([](int) { return 1; });
  fill([](int) { return kInfinity; });
  fill([&](int j) { return j < size / 2 ? 1 : kInfinity; });
  fill([](int j) { return j; });                                  // the smallest numbers
  fill([&](int j) { return kInfinity - size + 1 + j; });          // the largest and infinity
  fill([&](int) { return between(1, kInfinity); });               // spread
  fill([&](int j) { return 0x3800 + (j / 4) * between(0, 3); });  // equal neighbours
  return tables;
}

template <class C>
class Bench {
 public:
  Bench() : sim_(20'000'000) {
    sim_->valid_i = sim_->table_we_i = sim_->clear_i = 0;
    sim_->ready_i = 1;
    sim_.reset();
  }

  Sim<typename C::Model>& sim() { return sim_; }

  /// Queues the writes of a table, one a cycle from the next cycle on.
  void write_table(int bank, int n, const Table& table) {
    for (std::size_t e = 0; e < table.size(); e += 2) {
      // Entry 0 and the sign bits are not looked at.
      const std::uint32_t low = e == 0 ? 0xABCD : table[e] | 0x8000;
      writes_.push_back(
          {bank, n, static_cast<int>(e), low | static_cast<std::uint32_t>(table[e + 1]) << 16});
    }
  }

  void push(int x, int bank, int n, const Table& table) {
    const int tag = next_tag_++ & ((1 << C::kTagWidth) - 1);
    beats_.push_back({x, bank, n, tag});
    expected_.push_back(expected_of(x, table, tag));
  }

  void cycle() {
    sim_->table_we_i = !writes_.empty();
    // Without a write the table inputs are noise.
    const Write write = writes_.empty()
                            ? Write{static_cast<int>(noise_() & 1),
                                    static_cast<int>(2 + noise_() % (C::kStages - 1)),
                                    static_cast<int>(noise_() & ((1 << C::kStages) - 1)),
                                    static_cast<std::uint32_t>(noise_())}
                            : writes_.front();
    sim_->table_bank_i = write.bank;
    sim_->table_n_i = write.n;
    sim_->table_entry_i = write.entry;
    sim_->table_data_i = write.data;
    writing_ = !writes_.empty();
    if (writing_) writes_.pop_front();
    const bool hold_input = input_stall.next();
    if (!offered_) offered_ = !beats_.empty() && !hold_input;
    sim_->valid_i = offered_;
    if (offered_) {
      sim_->data_i = beats_.front().x;
      sim_->bank_i = beats_.front().bank;
      sim_->n_i = beats_.front().n;
      sim_->tag_i = beats_.front().tag;
    }
    sim_->ready_i = !output_stall.next();
    sim_.settle();
    CAPTURE(sim_.cycle(), compared);
    if (sim_->valid_o) {
      const int code = sim_->code_o;
      const Result got{code & 127, code >> 7, sim_->nan_o, static_cast<int>(sim_->tag_o)};
      if (expected_.empty()) FAIL("a beat too many: " << got);
      // In every cycle, so it has to hold still while the receiver stalls.
      if (!(got == expected_.front())) FAIL("got " << got << ", expected " << expected_.front());
      if (sim_->ready_i) {
        expected_.pop_front();
        ++compared;
      }
    }
    if (offered_ && sim_->ready_o) {
      beats_.pop_front();
      offered_ = false;
      ++accepted;
    }
    sim_.tick();
  }

  /// With Cut = 1 a table is there a cycle after its last write.
  bool all_accepted() const {
    return beats_.empty() && writes_.empty() && !(std::is_same_v<C, Cut> && writing_);
  }

  /// Runs until every beat came out.
  void drain() {
    while (!expected_.empty() || !writes_.empty()) cycle();
    sim_->valid_i = 0;
  }

  void forget() {
    beats_.clear();
    expected_.clear();
    offered_ = false;
  }

  Stall input_stall, output_stall;
  std::uint64_t compared = 0, accepted = 0;

 private:
  struct Write {
    int bank, n, entry;
    std::uint32_t data;
  };
  struct Beat {
    int x, bank, n, tag;
  };

  Sim<typename C::Model> sim_;
  std::deque<Write> writes_;
  std::deque<Beat> beats_;
  std::deque<Result> expected_;
  bool offered_ = false, writing_ = false;
  int next_tag_ = 0;
  std::mt19937 noise_{42};
};

}  // namespace

TEMPLATE_TEST_CASE("quantizer: all binary16 inputs, for several tables of every width",
                   "[exhaustive]", Stages7, Stages5, Stages3, Cut) {
  using C = TestType;
  std::mt19937 random(20261123);
  Bench<C> bench;
  int bank = 0, tables = 0;
  for (int n = 2; n <= C::kStages; ++n) {
    for (const Table& table : tables_of(n, random)) {
      CAPTURE(n, tables);
      bench.write_table(bank, n, table);
      while (!bench.all_accepted()) bench.cycle();
      for (int x = 0; x < 0x10000; ++x) bench.push(x, bank, n, table);
      bench.drain();
      bank = 1 - bank;
      ++tables;
    }
  }
  REQUIRE(bench.compared == 0x10000ull * tables);
  REQUIRE(tables == 7 * (C::kStages - 1));
}

TEMPLATE_TEST_CASE("quantizer: tables of any width switched back to back, with stalls",
                   "[random][stall]", Stages7, Stages5, Stages3, Cut) {
  using C = TestType;
  for (const Stall& input : Stall::all(11)) {
    for (const Stall& output : Stall::all(22)) {
      CAPTURE(input.name(), output.name());
      std::mt19937 random(33);
      auto between = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
      };
      Bench<C> bench;
      bench.input_stall = input;
      bench.output_stall = output;
      struct Tile {
        int n;
        Table table;
      };
      auto random_tile = [&] {
        const int n = between(2, C::kStages);
        const std::vector<Table> tables = tables_of(n, random);
        return Tile{n, tables[between(0, static_cast<int>(tables.size()) - 1)]};
      };
      int expected = 0;
      Tile tile = random_tile();
      bench.write_table(0, tile.n, tile.table);
      for (int bank = 0, count = 0; count < 40; ++count, bank = 1 - bank) {
        while (!bench.all_accepted()) bench.cycle();
        const int beats = between(1, 2 * C::kStages + 90);
        for (int i = 0; i < beats; ++i) {
          // Near a boundary as often as anywhere.
          const int near = tile.table[between(1, (1 << tile.n) - 1)] + between(-1, 1);
          bench.push(between(0, 1) ? between(0, 0xFFFF) : near | between(0, 1) << 15, bank, tile.n,
                     tile.table);
        }
        expected += beats;
        // The next table is written while these beats run, from when the last beat of the tile
        // before, which used that bank, has left.
        const int before = expected - beats;
        while (bench.compared < static_cast<std::uint64_t>(before)) bench.cycle();
        tile = random_tile();
        bench.write_table(1 - bank, tile.n, tile.table);
      }
      bench.drain();
      REQUIRE(bench.compared == static_cast<std::uint64_t>(expected));
    }
  }
}

TEMPLATE_TEST_CASE("quantizer: one activation a cycle, each Stages cycles later, for any n",
                   "[unit]", Stages7, Stages5, Stages3, Cut) {
  using C = TestType;
  const int n = GENERATE(range(2, 8));
  if (n > C::kStages) return;
  CAPTURE(n);
  std::mt19937 random(n);
  Bench<C> bench;
  const Table table = tables_of(n, random)[5];
  bench.write_table(0, n, table);
  while (!bench.all_accepted()) bench.cycle();
  for (int i = 0; i < 50; ++i) bench.push(random() & 0xFFFF, 0, n, table);
  for (int i = 1; i <= 50 + C::kStages; ++i) {
    bench.cycle();
    REQUIRE(bench.accepted == static_cast<std::uint64_t>(std::min(i, 50)));
    REQUIRE(bench.compared == static_cast<std::uint64_t>(std::max(i - C::kStages, 0)));
  }
}

TEMPLATE_TEST_CASE("quantizer: gaps close up behind a stalled receiver", "[stall]", Stages7,
                   Stages5, Stages3, Cut) {
  using C = TestType;
  std::mt19937 random(5);
  Bench<C> bench;
  const Table table = tables_of(3, random)[5];
  bench.write_table(1, 3, table);
  while (!bench.all_accepted()) bench.cycle();
  for (int i = 0; i < 3 * C::kStages; ++i) bench.push(random() & 0xFFFF, 1, 3, table);
  bench.input_stall = Stall::alternate();
  bench.output_stall = Stall::random(1, 1.0);
  for (int i = 0; i < 6 * C::kStages; ++i) bench.cycle();
  REQUIRE(bench.compared == 0);
  REQUIRE(bench.accepted == C::kStages);  // full, every stage

  bench.input_stall = bench.output_stall = Stall::none();
  for (int i = 1; i <= 3 * C::kStages; ++i) {
    bench.cycle();
    REQUIRE(bench.compared == static_cast<std::uint64_t>(i));
  }
}

TEMPLATE_TEST_CASE("quantizer: clear drops what is in the pipeline and takes nothing", "[unit]",
                   Stages7, Stages5, Stages3, Cut) {
  using C = TestType;
  std::mt19937 random(6);
  Bench<C> bench;
  const Table table = tables_of(3, random)[5];
  bench.write_table(0, 3, table);
  while (!bench.all_accepted()) bench.cycle();
  for (int fill = 1; fill <= C::kStages; ++fill) {
    bench.output_stall = Stall::random(1, 1.0);
    for (int i = 0; i < fill; ++i) bench.push(0x3C00 + i, 0, 3, table);
    while (!bench.all_accepted()) bench.cycle();
    bench.forget();
    auto& sim = bench.sim();
    sim->clear_i = 1;
    sim->valid_i = 1;
    sim.settle();
    REQUIRE(sim->ready_o == 0);
    sim.tick();
    sim->clear_i = sim->valid_i = 0;
    // The next beats find an empty pipeline: the first to come out is the first of them.
    bench.output_stall = Stall::none();
    bench.compared = 0;
    for (int i = 0; i < 20; ++i) bench.push(random() & 0xFFFF, 0, 3, table);
    for (int i = 0; i < 20 + C::kStages; ++i) bench.cycle();
    REQUIRE(bench.compared == 20);
  }
}
