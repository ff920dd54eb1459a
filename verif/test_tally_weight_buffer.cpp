// SPDX-License-Identifier: Apache-2.0
// tally_weight_buffer against a queue of chunks.
#include <Vweight_buffer.h>
#include <Vweight_buffer_cut.h>
#include <Vweight_buffer_small.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <vector>

#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt.
template <class Model_, int kRows_, int kBytes_>
struct Config {
  using Model = Model_;
  static constexpr int kRows = kRows_, kBytes = kBytes_;
};
using Wide = Config<Vweight_buffer, 16, 16>;
using Small = Config<Vweight_buffer_small, 4, 2>;
using Cut = Config<Vweight_buffer_cut, 4, 2>;

// Sets the inputs of a cycle with write(), read() and release(); cycle() checks both sides.
template <class C>
class Bench {
 public:
  Bench() {
    idle_inputs();
    sim_.reset();
  }

  bool row_ready() { return settled()->row_ready_o; }
  bool chunk_valid() { return settled()->chunk_valid_o; }
  int chunk_rows() const { return static_cast<int>(chunks_.front().size()); }

  void write(bool commit) {
    Bytes row(C::kBytes);
    for (auto& byte : row) byte = static_cast<std::uint8_t>(random_());
    sim_->row_valid_i = 1;
    sim_->row_commit_i = commit;
    data_in_.set_bytes(row);
    row_ = row;
  }
  void read(int row) {
    sim_->read_i = 1;
    sim_->read_row_i = row;
    expected_ = chunks_.front().at(row);
    expecting_ = true;
  }
  void release() { sim_->release_i = 1; }
  void clear() { sim_->clear_i = 1; }

  void cycle() {
    sim_.settle();
    CAPTURE(sim_.cycle());
    // Handshakes exactly as the rules say: two banks, committed chunks only.
    REQUIRE(static_cast<bool>(sim_->row_ready_o) == chunks_.size() < 2);
    REQUIRE(static_cast<bool>(sim_->chunk_valid_o) == !chunks_.empty());
    const bool taken = sim_->row_valid_i && sim_->row_ready_o;
    if (sim_->release_i) chunks_.pop_front();
    if (taken) {
      filling_.push_back(row_);
      ++rows;
      if (sim_->row_commit_i) {
        chunks_.push_back(filling_);
        filling_.clear();
      }
    }
    if (sim_->clear_i) {
      chunks_.clear();
      filling_.clear();
      expecting_ = false;
    }
    sim_.tick();
    if (expecting_) {
      REQUIRE(data_out_.bytes() == expected_);  // and in every later cycle until the next read
      ++checks;
    }
    idle_inputs();
  }

  int filling() const { return static_cast<int>(filling_.size()); }

  std::uint64_t rows = 0, checks = 0;

 private:
  Sim<typename C::Model>& settled() {
    sim_.settle();
    return sim_;
  }
  void idle_inputs() {
    sim_->clear_i = sim_->row_valid_i = sim_->row_commit_i = sim_->read_i = sim_->release_i = 0;
    data_in_.set_bytes(Bytes(C::kBytes, 0xEE));
  }

  Sim<typename C::Model> sim_;
  Port data_in_{sim_->row_data_i}, data_out_{sim_->read_data_o};
  std::deque<std::vector<Bytes>> chunks_;
  std::vector<Bytes> filling_;
  Bytes row_, expected_;
  bool expecting_ = false;
  std::mt19937 random_{20261123};
};

}  // namespace

TEMPLATE_TEST_CASE("weight buffer: random chunks, reads and releases, with stalls",
                   "[random][stall]", Wide, Small, Cut) {
  using C = TestType;
  for (const Stall& writer : Stall::all(1)) {
    for (const Stall& reader : Stall::all(10)) {
      CAPTURE(writer.name(), reader.name());
      std::mt19937 random(7);
      auto below = [&](int limit) {
        return std::uniform_int_distribution<int>(0, limit - 1)(random);
      };
      Stall write_stall = writer, read_stall = reader;
      Bench<C> bench;
      int length = C::kRows, reads_left = 1, releases = 0;
      for (int i = 0; i < 3000; ++i) {
        if (!write_stall.next()) {
          const bool commit = bench.filling() + 1 >= length;
          const bool taken = bench.row_ready();
          bench.write(commit);
          if (taken && commit) length = below(3) ? 1 + below(C::kRows) : C::kRows;
        }
        if (!read_stall.next() && bench.chunk_valid()) {
          // Any row, in any order; the last read and the release in one cycle, or the release
          // later.
          if (reads_left > 0) bench.read(below(bench.chunk_rows()));
          if (--reads_left <= 0 && below(3) > 0) {
            bench.release();
            ++releases;
            reads_left = below(2 * C::kRows);
          }
        }
        bench.cycle();
        if (below(500) == 0) {
          bench.clear();
          bench.cycle();
          reads_left = 1 + below(C::kRows);
        }
      }
      REQUIRE(releases > 5);
      REQUIRE(bench.checks > 100);
    }
  }
}

TEMPLATE_TEST_CASE("weight buffer: chunks stream through at one row a cycle", "[unit]", Wide, Small,
                   Cut) {
  using C = TestType;
  Bench<C> bench;
  const int chunks = 6;
  // The reader is one chunk behind the writer; neither ever waits.
  for (int chunk = 0; chunk <= chunks; ++chunk) {
    for (int row = 0; row < C::kRows; ++row) {
      if (chunk < chunks) {
        REQUIRE(bench.row_ready());
        bench.write(row == C::kRows - 1);
      }
      if (chunk > 0) {
        REQUIRE(bench.chunk_valid());
        bench.read(row);
        if (row == C::kRows - 1) bench.release();
      }
      bench.cycle();
    }
  }
  REQUIRE(bench.rows == static_cast<std::uint64_t>(chunks * C::kRows));
  REQUIRE(bench.checks == static_cast<std::uint64_t>(chunks * C::kRows));
}

TEMPLATE_TEST_CASE("weight buffer: an uncommitted chunk is not readable and clear forgets it",
                   "[unit]", Wide, Small, Cut) {
  using C = TestType;
  Bench<C> bench;
  for (int rows = 1; rows < C::kRows; ++rows) {
    for (int i = 0; i < rows; ++i) {
      bench.write(false);
      bench.cycle();  // checks that no chunk is offered
    }
    // A clear beats a row that comes with it.
    bench.write(true);
    bench.clear();
    bench.cycle();
    REQUIRE_FALSE(bench.chunk_valid());
    // Both banks are whole again, and rows start at 0.
    for (int chunk = 0; chunk < 2; ++chunk) {
      for (int i = 0; i < C::kRows; ++i) {
        bench.write(i == C::kRows - 1);
        bench.cycle();
      }
    }
    REQUIRE_FALSE(bench.row_ready());
    for (int chunk = 0; chunk < 2; ++chunk) {
      for (int i = 0; i < C::kRows; ++i) {
        bench.read(i);
        if (i == C::kRows - 1) bench.release();
        bench.cycle();
      }
    }
  }
  REQUIRE(bench.checks > 0);
}
