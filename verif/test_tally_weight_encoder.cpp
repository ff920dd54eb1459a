// SPDX-License-Identifier: Apache-2.0
// tally_weight_encoder: rows of a packet in, rows of the weight buffer out, against sorting terms.
#include <Vweight_encoder.h>
#include <Vweight_encoder_cut.h>
#include <Vweight_encoder_rows.h>

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <type_traits>

#include "verif/digit_reference.hpp"
#include "verif/harness/failure.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt.
constexpr std::size_t kLanes = 4;
constexpr int kBufferRows = 32;

struct Mode {
  bool digits, hese;
  int log2_group, budget;
};

struct RowIn {
  Bytes data;
  bool vector_end;
  Mode mode;
};

struct RowOut {
  Bytes data;
  bool commit;
};

template <class Model>
class Bench {
 public:
  Bench(Stall source, Stall sink) : source_(std::move(source)), sink_(std::move(sink)) {
    sim_->clear_i = sim_->row_valid_i = sim_->row_ready_i = 0;
    sim_.reset();
  }

  /// The rows of one vector, `rows[i][lane]`, and what must come of them.
  void push(const std::vector<Bytes>& rows, const Mode& mode) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      in_.push_back({rows[i], i + 1 == rows.size(), mode});
    }
    std::vector<Bytes> out;
    if (!mode.digits) out = rows;
    const auto g = std::size_t{1} << mode.log2_group;
    for (std::size_t at = 0; mode.digits && at < rows.size(); at += g) {
      std::vector<Bytes> slots(static_cast<std::size_t>(mode.budget), Bytes(kLanes));
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        std::vector<int> group;
        for (std::size_t i = at; i < at + g; ++i) {
          group.push_back(std::max<int>(static_cast<std::int8_t>(rows[i][lane]), -127));
        }
        const auto lane_slots = slots_of(group, mode.hese, mode.budget);
        for (std::size_t i = 0; i < slots.size(); ++i) slots[i][lane] = lane_slots[i];
      }
      out.insert(out.end(), slots.begin(), slots.end());
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool full = static_cast<int>(i) % kBufferRows == kBufferRows - 1;
      out_.push_back({out[i], full || i + 1 == out.size()});
    }
  }

  void cycle() {
    const bool hold = source_.next();
    offering_ = offering_ || (!in_.empty() && !hold);
    sim_->row_valid_i = offering_;
    if (offering_) {
      const RowIn& row = in_.front();
      data_in_.set_bytes(row.data);
      sim_->vector_end_i = row.vector_end;
      sim_->digits_i = row.mode.digits;
      sim_->hese_i = row.mode.hese;
      sim_->log2_group_i = row.mode.log2_group;
      sim_->budget_i = row.mode.budget;
    } else {  // anything
      data_in_.set_bytes(Bytes(kLanes, 0x80));
      sim_->vector_end_i = sim_->digits_i = 1;
      sim_->log2_group_i = 0;
      sim_->budget_i = 3;
    }
    sim_->row_ready_i = !sink_.next();
    sim_.settle();
    CAPTURE(sim_.cycle(), rows);
    if (sim_->row_valid_o && sim_->row_ready_i) {
      REQUIRE_FALSE(out_.empty());
      REQUIRE(data_out_.bytes() == out_.front().data);
      REQUIRE(static_cast<bool>(sim_->row_commit_o) == out_.front().commit);
      out_.pop_front();
      ++rows;
      last_cycle = sim_.cycle();
      if (rows == 1) first_cycle = last_cycle;
    }
    const bool taken = offering_ && sim_->row_ready_o;
    bool bad = false;
    if (taken) {
      for (const std::uint8_t byte : in_.front().data) {
        bad = bad || (in_.front().mode.digits && byte == 0x80);
      }
      in_.pop_front();
      offering_ = false;
    }
    REQUIRE(static_cast<bool>(sim_->bad_weight_o) == bad);
    bad_weights += bad;
    sim_.tick();
  }

  void run() {
    for (int i = 0; !in_.empty() || !out_.empty(); ++i) {
      if (i == 1'000'000) throw Failure("weight encoder: rows are missing");
      cycle();
    }
    for (int i = 0; i < 5; ++i) cycle();
  }

  void clear() {
    sim_->clear_i = 1;
    sim_.tick();
    sim_->clear_i = 0;
    in_.clear();
    out_.clear();
    offering_ = false;
  }

  std::uint64_t rows = 0, bad_weights = 0, first_cycle = 0, last_cycle = 0;

 private:
  Sim<Model> sim_{10'000'000};
  Port data_in_{sim_->row_data_i}, data_out_{sim_->row_data_o};
  Stall source_, sink_;
  std::deque<RowIn> in_;
  std::deque<RowOut> out_;
  bool offering_ = false;
};

std::vector<Bytes> random_rows(std::mt19937& random, std::size_t count) {
  std::vector<Bytes> rows(count, Bytes(kLanes));
  for (Bytes& row : rows) {
    for (auto& byte : row) {
      byte = static_cast<std::uint8_t>(random() % 40 == 0 ? 0x80 : random_weight(random));
    }
  }
  return rows;
}

Mode random_mode(std::mt19937& random) {
  Mode mode{random() % 4 != 0, random() % 2 == 0, static_cast<int>(random() % 4), 0};
  if (!mode.digits) return {false, false, 0, 1};
  const int most = max_digits(mode.hese) << mode.log2_group;
  mode.budget = random() % 4 == 0 ? most : 1 + static_cast<int>(random()) % most;
  mode.budget = std::max(mode.budget, 1);
  return mode;
}

/// A few vectors of rows in one mode.
template <class Model>
void push_tile(Bench<Model>& bench, std::mt19937& random, const Mode& mode) {
  const auto groups = 1 + random() % 9;
  bench.push(random_rows(random, groups << mode.log2_group), mode);
}

}  // namespace

TEMPLATE_TEST_CASE("weight encoder: all 256 weight bytes in both encodings", "[exhaustive]",
                   Vweight_encoder, Vweight_encoder_cut) {
  Bench<TestType> bench({}, {});
  for (const bool hese : {false, true}) {
    std::vector<Bytes> rows;
    for (int byte = 0; byte < 256; byte += 4) {
      rows.push_back(to_bytes(static_cast<std::uint32_t>(byte * 0x01010101u + 0x03020100u)));
    }
    bench.push(rows, {true, hese, 0, max_digits(hese)});
  }
  bench.run();
  REQUIRE(bench.rows == 64 * (4 + 7));
  REQUIRE(bench.bad_weights == 2);  // the rows with -128, which is taken as -127
}

TEMPLATE_TEST_CASE(
    "weight encoder: random vectors in all modes one after the other, under every stall",
    "[random][stall]", Vweight_encoder, Vweight_encoder_cut) {
  for (const Stall& source : Stall::all(41)) {
    for (const Stall& sink : Stall::all(51)) {
      CAPTURE(source.name(), sink.name());
      std::mt19937 random(61);
      Bench<TestType> bench(source, sink);
      for (int tile = 0; tile < 25; ++tile) push_tile(bench, random, random_mode(random));
      bench.run();
      REQUIRE(bench.rows > 100);
      REQUIRE(bench.bad_weights > 0);
    }
  }
}

TEST_CASE("weight encoder: without digits rows pass and chunks end in the same places",
          "[random][stall]") {
  std::mt19937 random(62);
  Bench<Vweight_encoder_rows> bench(Stall::random(1, 0.3), Stall::random(2, 0.3));
  for (const std::size_t rows : {1, 2, 31, 32, 33, 64, 70}) {
    bench.push(random_rows(random, rows), {false, false, 0, 1});
  }
  bench.run();
  REQUIRE(bench.rows == 1 + 2 + 31 + 32 + 33 + 64 + 70);
}

TEMPLATE_TEST_CASE("weight encoder: cleared at any moment it starts anew", "[random]",
                   Vweight_encoder, Vweight_encoder_cut) {
  std::mt19937 random(63);
  Bench<TestType> bench({}, Stall::random(3, 0.3));
  for (int i = 0; i < 200; ++i) {
    push_tile(bench, random, random_mode(random));
    push_tile(bench, random, random_mode(random));
    for (unsigned cycle = random() % 100; cycle > 0; --cycle) bench.cycle();
    bench.clear();
    push_tile(bench, random, random_mode(random));
    bench.run();
  }
  REQUIRE(bench.rows > 5000);
}

TEMPLATE_TEST_CASE("weight encoder: a group takes as many cycles as it has rows or slots", "[unit]",
                   Vweight_encoder, Vweight_encoder_cut) {
  // With Cut three cycles more go by between the last slot of a group and the first of the next.
  constexpr int kPause = std::is_same_v<TestType, Vweight_encoder_cut> ? 3 : 0;
  std::mt19937 random(64);
  for (int log2_group = 0; log2_group < 4; ++log2_group) {
    for (const int budget : {1, 2, 5, 12}) {
      if (budget > 4 << log2_group) continue;
      CAPTURE(log2_group, budget);
      Bench<TestType> bench({}, {});
      constexpr std::uint64_t kGroups = 30;
      bench.push(random_rows(random, kGroups << log2_group), {true, true, log2_group, budget});
      bench.run();
      REQUIRE(bench.rows == kGroups * static_cast<std::uint64_t>(budget));
      // From the first slot to the last: all groups but one at full length, one at its slots.
      const auto cycles = bench.last_cycle - bench.first_cycle + 1;
      const auto group_cycles =
          static_cast<std::uint64_t>(std::max(1 << log2_group, budget + kPause));
      REQUIRE(cycles == (kGroups - 1) * group_cycles + static_cast<std::uint64_t>(budget));
    }
  }
}
