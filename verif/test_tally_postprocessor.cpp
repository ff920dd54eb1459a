// SPDX-License-Identifier: Apache-2.0
// The post-processor in its surroundings (post_bench.hpp) against docs/number-systems.md: results
// of every kind, stalls, soft resets, and the cycles that its header promises.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "Vpost_16_4_10_8.h"
#include "Vpost_16_5_10_1.h"
#include "Vpost_16_5_10_2.h"
#include "Vpost_16_5_10_2_cut.h"
#include "Vpost_16_5_10_4.h"
#include "Vpost_16_7_10_2.h"
#include "Vpost_4_2_12_4.h"
#include "Vpost_4_3_10_1.h"
#include "verif/post_bench.hpp"

using namespace tally::verif;

namespace {

using Default = PostShape<Vpost_16_5_10_2, 16, 5, 10, 2>;
using Cut = PostShape<Vpost_16_5_10_2_cut, 16, 5, 10, 2, 2>;
using Paper = PostShape<Vpost_16_7_10_2, 16, 7, 10, 2>;
using Fast = PostShape<Vpost_16_5_10_4, 16, 5, 10, 4>;
using Small = PostShape<Vpost_4_3_10_1, 4, 3, 10, 1>;
using OneUnit = PostShape<Vpost_16_5_10_1, 16, 5, 10, 1>;
using EightUnits = PostShape<Vpost_16_4_10_8, 16, 4, 10, 8>;
using LaneUnits = PostShape<Vpost_4_2_12_4, 4, 2, 12, 4>;

/// All n, offset on and off, and both integer systems, each `copies` times, in random order.
template <class S>
std::vector<PostTile> all_kinds(PostTileMaker& maker, int copies, std::mt19937& random) {
  struct Kind {
    int n, offset, system;
  };
  std::vector<Kind> kinds;
  for (int copy = 0; copy < copies; ++copy) {
    for (int n = 2; n <= S::kMaxN; ++n) kinds.insert(kinds.end(), {{n, 0, 0}, {n, 1, 0}});
    if (S::kMaxN >= 3) kinds.insert(kinds.end(), {{7, 0, 1}, {7, 0, 2}});
  }
  std::shuffle(kinds.begin(), kinds.end(), random);
  std::vector<PostTile> tiles;
  for (const Kind& kind : kinds) {
    tiles.push_back(maker.make(kind.n, kind.offset, kind.system, 3, 3));
  }
  return tiles;
}

/// `vectors` full vectors of one segment each, all lanes.
template <class S>
PostTile long_tile(PostTileMaker& maker, int n, bool offset, int system, int vectors) {
  PostTile tile = maker.make(n, offset, system, 1, 1);
  while (tile.vectors[0].size() > 1) tile.vectors[0].pop_back();
  tile.vectors.resize(vectors, tile.vectors[0]);
  tile.valid_lanes = S::kLanes;
  return tile;
}

/// Cycles from one bank_free_o to the next, four vectors back to back.
template <class S>
std::uint64_t vector_cycles(const PostTile& tile) {
  PostBench<S> bench;
  bench.push({tile});
  bench.run();
  return bench.free_cycles[3] - bench.free_cycles[2];
}

}  // namespace

TEMPLATE_TEST_CASE("every n, with and without offset, and integers, give the specified results",
                   "[random]", Default, Cut, Paper, Fast, Small, OneUnit, EightUnits, LaneUnits) {
  using S = TestType;
  std::mt19937 random(1);
  PostTileMaker maker(S::kLanes, S::kCountWidth, 100);
  PostBench<S> bench;
  bench.push(all_kinds<S>(maker, 256 >> S::kMaxN, random));
  bench.run();
  // The cases that must not be missed did happen.
  CHECK(bench.finite > bench.compared / 2);
  CHECK(bench.infinite > 10);
  CHECK(bench.nan > 0);
  CHECK(bench.negative > bench.compared / 10);
  std::cout << S::kLanes << " lanes, " << S::kUnits << " units, n <= " << S::kMaxN << ": "
            << bench.compared << " results, " << bench.infinite << " infinite, " << bench.nan
            << " NaN, " << bench.sim.cycle() << " cycles\n";
}

TEMPLATE_TEST_CASE("stalled results and late segments change nothing", "[random][stall]", Default,
                   Cut, Small, EightUnits) {
  using S = TestType;
  const auto results = GENERATE(from_range(Stall::all(3)));
  const auto tokens = GENERATE(Stall::none(), Stall::bursts(9, 1, 200));
  const bool ping_pong = GENERATE(true, false);
  CAPTURE(results.name(), tokens.name(), ping_pong);
  std::mt19937 random(2);
  PostTileMaker maker(S::kLanes, S::kCountWidth, 200);
  PostBench<S> bench(tokens, results, ping_pong);
  bench.push(all_kinds<S>(maker, 2, random));
  bench.run();
  CHECK(bench.compared > 50);
}

TEST_CASE("a result stream that is hardly ever ready stops the unit and loses nothing", "[stall]") {
  PostTileMaker maker(Default::kLanes, Default::kCountWidth, 300);
  PostBench<Default> bench({}, Stall::random(4, 0.97));
  for (int i = 0; i < 4; ++i) bench.push({long_tile<Default>(maker, 2, i % 2, 0, 10)});
  bench.run();
  CHECK(bench.sim.cycle() > 40 * 16 * 20);
}

TEMPLATE_TEST_CASE("a soft reset at any time leaves a unit that works", "[random]", Default, Cut,
                   Small, EightUnits) {
  using S = TestType;
  std::mt19937 random(7);
  PostTileMaker maker(S::kLanes, S::kCountWidth, 400);
  PostBench<S> bench({}, Stall::random(8, 0.3));
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    bench.push(all_kinds<S>(maker, 1, random));
    bench.sim.tick(1 + random() % (i % 2 ? 3000 : 100));
    bench.clear(1 + random() % 3);
    REQUIRE(bench.sim->result_valid_o == 0);
    if (i % 4 != 0) continue;  // else: a reset soon after another
    bench.push({maker.make(2, i % 8 == 0, 0, 2, 2)});
    bench.run();
  }
  CHECK(bench.compared > 10);
}

TEMPLATE_TEST_CASE("back to back, segments take the cycles that the header says", "[cycles]",
                   Default, Cut, Paper, Fast, Small, OneUnit, EightUnits, LaneUnits) {
  using S = TestType;
  PostTileMaker maker(S::kLanes, S::kCountWidth, 500);
  struct Kind {
    int n;
    bool offset;
    int system;
  };
  std::vector<Kind> kinds;
  for (int n = 2; n <= S::kMaxN; ++n) kinds.insert(kinds.end(), {{n, false, 0}, {n, true, 0}});
  if (S::kMaxN >= 3) kinds.push_back({7, false, 1});
  for (const Kind& kind : kinds) {
    CAPTURE(kind.n, kind.offset, kind.system);
    const PostTile tile = long_tile<S>(maker, kind.n, kind.offset, kind.system, 4);
    const std::uint64_t cycles = vector_cycles<S>(tile);
    const std::uint64_t formula = S::kSlots * post_rounds(tile);
    // With few rounds the stream of the results is the bound: a vector, its way and the wait.
    const std::uint64_t stream = S::kLanes + 16;
    if (formula > stream) {
      CHECK(cycles == formula);
    } else {
      CHECK(cycles <= stream + S::kSlots);
    }
    std::cout << S::kLanes << " lanes, " << S::kUnits << " units, "
              << (kind.system ? "integers" : "n = " + std::to_string(kind.n))
              << (kind.offset ? ", offset: " : ": ") << cycles << " cycles a vector\n";
  }
}

TEST_CASE("at n = 5, K = 512 and ping-pong, counting gets half of the cycles, fast nearly all",
          "[cycles]") {
  PostTileMaker maker(16, 10, 600);
  CHECK(vector_cycles<Default>(long_tile<Default>(maker, 5, true, 0, 4)) <= 1015);
  CHECK(vector_cycles<Default>(long_tile<Default>(maker, 5, false, 0, 4)) <= 500);
  CHECK(vector_cycles<Fast>(long_tile<Fast>(maker, 5, true, 0, 4)) <= 500);
}
