// SPDX-License-Identifier: Apache-2.0
// The surroundings of a post-processor: counters that are cleared by a read and spoilt when their
// bank is given back, coefficients that are spoilt when their tile is done, segments in alternating
// banks. Every result is compared with post_reference.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "verif/harness/axi_stream.hpp"
#include "verif/harness/scoreboard.hpp"
#include "verif/harness/sim.hpp"
#include "verif/post_reference.hpp"

namespace tally::verif {

/// A model of tally_postprocessor with its parameters.
template <class M, int lanes, int max_n, int count_width, int units, int read_delay = 1>
struct PostShape {
  using Model = M;
  static constexpr int kLanes = lanes, kMaxN = max_n, kCountWidth = count_width, kUnits = units;
  static constexpr int kReadDelay = read_delay;  // cycles from a read to its counter
  static constexpr int kPerUnit = lanes / units, kSlots = kPerUnit < 4 ? 4 : kPerUnit;
};

/// Everything around a post-processor. run() takes tiles through it and compares every result.
template <class S>
class PostBench : public Agent {
 public:
  explicit PostBench(Stall tokens = {}, Stall results = {}, bool ping_pong = true)
      : sim(50'000'000),
        sink_(sim,
              {sim->result_valid_o, sim->result_ready_i, sim->result_data_o, sim->result_last_o},
              std::move(results)),
        token_stall_(std::move(tokens)),
        ping_pong_(ping_pong) {
    sim.attach(*this);
    sim->clear_i = 0;
    sim.reset();
  }

  /// Queues the segments of `tiles` and what must come of them.
  void push(std::vector<PostTile> tiles) {
    for (PostTile& made : tiles) {
      auto tile = std::make_shared<const PostTile>(std::move(made));
      for (std::size_t v = 0; v < tile->vectors.size(); ++v) {
        const auto& segments = tile->vectors[v];
        const bool last_vector = v + 1 == tile->vectors.size();
        for (std::size_t s = 0; s < segments.size(); ++s) {
          queue_.push_back(
              {tile, &segments[s], next_tile_bank_, s == 0, s + 1 == segments.size(), last_vector});
        }
        expect(*tile, segments, last_vector);
      }
      next_tile_bank_ = !next_tile_bank_;
      ++tiles_;
    }
  }

  void run(std::uint64_t limit = 1'000'000) {
    sim.tick_until(
        [&] { return queue_.empty() && sink_.received() - dropped_ >= expected_.size(); }, limit);
    sim.tick(300);
    check();
  }

  /// Compares everything since the last check.
  void check() {
    Scoreboard<Beat> board("results");
    board.expect_all(expected_);
    board.check_all(sink_.take());
    board.finish();
    compared += expected_.size();
    CHECK(overflow_pulses_ == expected_overflow_);
    CHECK(nan_pulses_ == expected_nan_);
    CHECK(tiles_ == tiles_done_);
    CHECK(banks_freed_ == segments_taken_);
    expected_.clear();
    dropped_ = sink_.received();
  }

  /// Soft reset for `cycles` cycles; everything queued and in flight is gone.
  void clear(int cycles) {
    sim->clear_i = 1;
    clearing_ = true;
    // The first cycle may take back a result that is on offer.
    for (int i = 0; i < cycles; ++i) {
      sim.tick();
      sink_.restart();
    }
    sim->clear_i = 0;
    clearing_ = false;
    sink_.take();
    sink_.restart();
    dropped_ = sink_.received();
    queue_.clear();
    expected_.clear();
    restart();
  }

  void restart() override {
    tile_owner_ = {};
    counter_owner_ = {};
    for (auto& reads : reads_) reads.clear();
    offering_ = false;
    next_tile_bank_ = oldest_tile_bank_ = next_counter_bank_ = 0;
    segments_taken_ = banks_freed_ = tiles_ = tiles_done_ = 0;
    overflow_pulses_ = nan_pulses_ = expected_overflow_ = expected_nan_ = 0;
    sim->token_valid_i = 0;
  }

  void drive() override {
    const bool hold = token_stall_.next();
    if (!offering_ && !queue_.empty() && !hold && !clearing_) {
      Token& token = queue_.front();
      // Only when its counters and coefficients would be there.
      const bool tile_ready =
          !tile_owner_[token.tile_bank] || tile_owner_[token.tile_bank].get() == token.tile.get();
      if (tile_ready && !counter_owner_[next_counter_bank_]) {
        tile_owner_[token.tile_bank] = token.tile;
        token.counter_bank = next_counter_bank_;
        if (ping_pong_) next_counter_bank_ = !next_counter_bank_;
        counter_owner_[token.counter_bank] =
            Owner{token.tile, token.segment->lanes, std::vector<int>(3 * 512 * S::kLanes), 0};
        offering_ = true;
      }
    }
    sim->token_valid_i = offering_;
    sim->token_i = offering_ ? encode(queue_.front()) : noise_() & 0xFFFFF;
    drive_counters();
    drive_coefficients();
  }

  void sample(std::uint64_t cycle) override {
    if (clearing_) return;
    if (offering_ && sim->token_ready_o) {
      queue_.pop_front();
      offering_ = false;
      ++segments_taken_;
    }
    std::rotate(reads_.begin(), reads_.end() - 1, reads_.end());
    reads_.front().clear();
    for (int lane = 0; lane < S::kLanes; ++lane) {
      if (sim->read_o >> lane & 1) reads_.front().push_back(read(lane));
    }
    if (sim->bank_free_o) free_bank(sim->bank_free_bank_o, cycle);
    if (sim->tile_done_o) {
      if (!tile_owner_[oldest_tile_bank_]) throw Failure("tile_done_o without a tile");
      if (asked_lane_ != S::kPerUnit - 1 || asked_bank_ != oldest_tile_bank_) {
        throw Failure("tile_done_o, but the last lane's coefficients were not read just before");
      }
      tile_owner_[oldest_tile_bank_] = nullptr;
      oldest_tile_bank_ = !oldest_tile_bank_;
      ++tiles_done_;
    }
    asked_lane_ = sim->coefficient_lane_o;
    asked_bank_ = sim->coefficient_bank_o;
    overflow_pulses_ += sim->result_overflow_o;
    nan_pulses_ += sim->nan_result_o;
  }

  Sim<typename S::Model> sim;
  std::uint64_t compared = 0;
  std::uint64_t finite = 0, infinite = 0, nan = 0, negative = 0;  // expected results by kind
  std::vector<std::uint64_t> free_cycles;                         // of each bank_free_o

 private:
  struct Token {
    std::shared_ptr<const PostTile> tile;
    const PostSegment* segment;
    int tile_bank;
    bool first, last, last_vector;
    int counter_bank = 0;
  };
  /// A counter bank in use.
  struct Owner {
    std::shared_ptr<const PostTile> tile;
    std::vector<Counters> lanes;
    std::vector<int> times_read;
    int reads;
  };
  struct Read {
    int lane, value;
  };

  static std::uint32_t encode(const Token& token) {
    const PostTile& tile = *token.tile;
    return token.counter_bank << 19 | token.tile_bank << 18 | token.first << 17 | token.last << 16 |
           token.last_vector << 15 | tile.n << 12 | tile.offset << 11 | tile.relu << 10 |
           tile.number_system << 8 | tile.valid_lanes;
  }

  void expect(const PostTile& tile, const std::vector<PostSegment>& segments, bool last_vector) {
    std::vector<PostResult> results;
    for (int lane = 0; lane < tile.valid_lanes; ++lane) {
      results.push_back(post_result(tile, segments, lane));
      const std::uint16_t half = results.back().half;
      expected_.push_back({to_bytes(half), last_vector && lane == tile.valid_lanes - 1});
      (results.back().nan ? nan : (half & 0x7FFF) == 0x7C00 ? infinite : finite) += 1;
      negative += half >> 15;
    }
    // The units raise their flags together, a lane of each a cycle.
    for (int j = 0; j < S::kPerUnit; ++j) {
      bool overflow = false, is_nan = false;
      for (int lane = j; lane < tile.valid_lanes; lane += S::kPerUnit) {
        overflow |= results[lane].overflow;
        is_nan |= results[lane].nan;
      }
      expected_overflow_ += overflow;
      expected_nan_ += is_nan;
    }
  }

  Read read(int lane) {
    const int array = sim->read_array_o, address = sim->read_addr_o, bank = sim->read_bank_o;
    auto& owner = counter_owner_[bank];
    if (!owner) throw Failure("read of a counter bank that is not the unit's");
    if (array == 0) throw Failure("read of array 0");
    const PostRange range = post_range(*owner->tile, array);
    if (address < range.first || address > range.last) {
      throw Failure("read of array " + std::to_string(array) + " at " + std::to_string(address));
    }
    if (owner->times_read[((array - 1) * 512 + address) * S::kLanes + lane]++ != 0) {
      throw Failure("second read of a counter");
    }
    ++owner->reads;
    return {lane, owner->lanes[lane][array][address]};
  }

  void free_bank(int bank, std::uint64_t cycle) {
    auto& owner = counter_owner_[bank];
    if (!owner) throw Failure("bank_free_o for a free bank");
    int expected_reads = 0;
    for (int array = 1; array <= 3; ++array) {
      const PostRange range = post_range(*owner->tile, array);
      expected_reads += (range.last - range.first + 1) * S::kLanes;
    }
    if (owner->reads != expected_reads) {
      throw Failure("bank_free_o after " + std::to_string(owner->reads) + " of " +
                    std::to_string(expected_reads) + " reads");
    }
    owner.reset();
    ++banks_freed_;
    free_cycles.push_back(cycle);
  }

  /// What was read kReadDelay cycles ago; noise on the other lanes.
  void drive_counters() {
    constexpr int kBits = S::kLanes * S::kCountWidth;
    Bytes data((kBits + 7) / 8);
    for (auto& byte : data) byte = noise_();
    const auto set = [&](int bit, bool value) {
      data[bit / 8] = (data[bit / 8] & ~(1 << bit % 8)) | value << bit % 8;
    };
    for (const Read& r : reads_.back()) {
      for (int i = 0; i < S::kCountWidth; ++i) set(r.lane * S::kCountWidth + i, r.value >> i & 1);
    }
    for (int bit = kBits; bit < static_cast<int>(data.size()) * 8; ++bit) set(bit, false);
    Port(sim->read_data_i).set_bytes(data);
  }

  /// The store answers a cycle later with coefficients, and at once with the base; its address
  /// comes from registers.
  void drive_coefficients() {
    const auto word = [](float value) { return std::bit_cast<std::uint32_t>(value); };
    const auto& tile = tile_owner_[sim->coefficient_bank_o];
    Bytes data(4 * S::kUnits);
    for (int unit = 0; unit < S::kUnits; ++unit) {
      std::uint32_t value = noise_();
      if (tile && sim->coefficient_field_o < 5) {
        const int lane = unit * S::kPerUnit + sim->coefficient_lane_o;
        value = word(tile->coefficients.at(lane)[sim->coefficient_field_o]);
      }
      std::memcpy(&data[4 * unit], &value, 4);
    }
    Port(sim->coefficient_data_i).set_bytes(asked_coefficients_);
    asked_coefficients_ = data;
    const auto& base_tile = tile_owner_[sim->base_bank_o];
    sim->base_i = base_tile ? word(base_tile->base) : noise_();
  }

  StreamSink sink_;
  Stall token_stall_;
  bool ping_pong_;
  bool clearing_ = false, offering_ = false;
  std::deque<Token> queue_;
  std::vector<Beat> expected_;
  std::uint64_t dropped_ = 0;
  std::array<std::shared_ptr<const PostTile>, 2> tile_owner_;
  std::array<std::optional<Owner>, 2> counter_owner_;
  Bytes asked_coefficients_ = Bytes(4 * S::kUnits);
  std::array<std::vector<Read>, S::kReadDelay> reads_;  // of the newest cycle first
  int asked_lane_ = 0, asked_bank_ = 0;                 // of the coefficients, in the cycle before
  int next_tile_bank_ = 0, oldest_tile_bank_ = 0, next_counter_bank_ = 0;
  std::uint64_t segments_taken_ = 0, banks_freed_ = 0, tiles_ = 0, tiles_done_ = 0;
  std::uint64_t overflow_pulses_ = 0, nan_pulses_ = 0, expected_overflow_ = 0, expected_nan_ = 0;
  std::minstd_rand noise_{42};
};

}  // namespace tally::verif
