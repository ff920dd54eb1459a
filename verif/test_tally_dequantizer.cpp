// SPDX-License-Identifier: Apache-2.0
// One Horner unit, driven with random legal operations (not only those of the program), against the
// state of a lane as its header describes it. Every multiply-add is compared with std::fma.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

#include "Vtally_dequantizer_10_2.h"
#include "Vtally_dequantizer_10_8.h"
#include "Vtally_dequantizer_10_8_cut.h"
#include "verif/harness/scoreboard.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

struct Lanes2 {  // four slots, two of them idle: the bypass
  using Model = Vtally_dequantizer_10_2;
  static constexpr int kSlots = 4, kLatency = 4, kCount = 0;
};
struct Lanes8 {
  using Model = Vtally_dequantizer_10_8;
  static constexpr int kSlots = 8, kLatency = 4, kCount = 0;
};
struct Lanes8Cut {
  using Model = Vtally_dequantizer_10_8_cut;
  static constexpr int kSlots = 8, kLatency = 8, kCount = 2;  // the count comes two cycles early
};

/// What a round does, for all lanes alike.
struct Op {
  bool load = false, twice = false, count = false, add_acc = false, wide = false, raw = false;
  bool fma = false, horner = false, start = false, save = false, bias = false, total = false;
};

struct Lane {
  std::uint32_t sum = 0, p = 0, acc = 0;
};

std::uint32_t bits(float value) {
  return std::isnan(value) ? 0x7FC00000u : std::bit_cast<std::uint32_t>(value);
}
float number(std::uint32_t word) { return std::bit_cast<float>(word); }

/// One operation on one lane; the result of the multiply-add, if there is one.
std::uint32_t apply(const Op& op, Lane& lane, int count, std::uint32_t base,
                    std::uint32_t coefficient) {
  const Lane old = lane;
  std::uint32_t sum = op.load ? 0 : op.twice ? 2 * old.sum : old.sum;
  if (op.count) sum += static_cast<std::uint32_t>(count);
  if (op.add_acc) sum += old.acc;
  const std::uint32_t operand = !op.wide ? old.p
                                : op.raw
                                    ? old.sum
                                    : bits(static_cast<float>(static_cast<std::int32_t>(old.sum)));

  lane.sum = op.save ? old.p : sum;
  if (op.start) lane.p = bits(static_cast<float>(count));
  if (op.bias) lane.acc = coefficient;
  if (op.total) lane.acc = sum;
  if (!op.fma) return 0;
  if (op.horner) {
    return lane.p = bits(std::fma(number(old.p), number(base), static_cast<float>(count)));
  }
  return lane.acc = bits(std::fma(number(operand), number(coefficient), number(old.acc)));
}

/// A random operation that the header allows after `before`.
Op random_op(std::mt19937& random, const Op& before) {
  const auto flip = [&](int one_in) { return random() % one_in == 0; };
  Op op{};
  op.fma = !flip(5);
  op.horner = op.fma && flip(2);
  op.load = flip(4);
  op.twice = flip(3);
  op.count = flip(2);
  // The integer total and the multiply-add result share acc: never in adjoining rounds.
  op.add_acc = !op.count && flip(4) && !(before.fma && !before.horner);
  op.wide = !op.horner && flip(2);
  op.raw = flip(2);
  op.start = !op.horner && flip(3);
  op.save = flip(4);
  const bool acc_free = !op.fma || op.horner;
  op.bias = acc_free && flip(4);
  op.total = acc_free && !op.bias && !op.save && flip(4);
  return op;
}

}  // namespace

TEMPLATE_TEST_CASE("a Horner unit does what each operation says, lane by lane", "[random]", Lanes2,
                   Lanes8, Lanes8Cut) {
  constexpr int kSlots = TestType::kSlots;
  const int seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Sim<typename TestType::Model> sim(1'000'000, seed);
  sim->fma_i = 0;
  sim.reset();

  struct Slot {
    Op op;
    std::uint32_t base, coefficient, expected;
  };
  constexpr std::size_t kC = TestType::kCount, kX = kC + 1, kW = kX + TestType::kLatency;
  std::deque<Slot> history(kW + 1);  // [0] brings its count, [kC] is in stage C, [kW] at W
  std::vector<Lane> lanes(kSlots);
  Scoreboard<std::uint32_t> board("multiply-add");
  const auto moderate = [&] {
    return bits(std::ldexp(1.0f + random() % 1000 / 1e3f, random() % 9 - 6));
  };

  Op op{};
  const int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    // The first rounds fill the lines, which hold anything after reset; some later rounds refill
    // them, since random arithmetic ends in infinities.
    const Op before = op;
    const int phase = round % 40;
    op = random_op(random, before);
    if (phase == 0) op = Op{.load = true, .count = true, .start = true, .bias = true};
    for (int j = 0; j < kSlots; ++j) {
      const int count = random() % 8 == 0 ? 0 : static_cast<int>(random() % 1024) - 512;
      const std::uint32_t base = moderate();
      const std::uint32_t coefficient = moderate() | random() % 2 << 31;
      sim->count_i = count & 1023;
      history.push_front({op, base, coefficient, apply(op, lanes[j], count, base, coefficient)});
      history.pop_back();

      const Op& c = history[kC].op;
      sim->sum_load_i = c.load;
      sim->sum_double_i = c.twice;
      sim->sum_count_i = c.count;
      sim->sum_acc_i = c.add_acc;
      sim->wide_i = c.wide;
      sim->wide_raw_i = c.raw;
      const Slot& x = history[kX];
      sim->fma_i = x.op.fma;
      sim->horner_i = x.op.horner;
      sim->start_i = x.op.start;
      sim->save_i = x.op.save;
      sim->bias_i = x.op.bias;
      sim->total_i = x.op.total;
      sim->base_i = x.base;
      sim->coefficient_i = x.coefficient;
      const Slot& w = history[kW];
      sim->to_p_i = w.op.fma && w.op.horner;
      sim->to_acc_i = w.op.fma && !w.op.horner;
      sim.settle();
      if (w.op.fma) {
        board.expect(w.expected);
        board.check(sim->result_o);
      }
      sim.tick();
    }
  }
  board.finish();
  CHECK(board.compared() > kRounds * kSlots / 2);
}
