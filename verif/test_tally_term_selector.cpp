// SPDX-License-Identifier: Apache-2.0
// tally_term_selector, and tally_term_picker, which gives the same rows, against sorting all terms
// of a group.
#include <Vpicker_data.h>
#include <Vpicker_pairs.h>
#include <Vpicker_weights.h>
#include <Vselector_data.h>
#include <Vselector_pairs.h>
#include <Vselector_weights.h>

#include <catch2/catch.hpp>
#include <random>

#include "verif/digit_reference.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt: lanes side by side, values of a group.
template <class Model_, int kGroups_, int kGroup_, bool kPicker_ = false>
struct Config {
  using Model = Model_;
  static constexpr std::size_t kGroups = kGroups_, kGroup = kGroup_;
  static constexpr bool kPicker =
      kPicker_;  // is told when a group is there, and says when a row is
};
using Weights = Config<Vselector_weights, 4, 8>;
using Pairs = Config<Vselector_pairs, 16, 2>;
using Data = Config<Vselector_data, 8, 1>;
using PickerWeights = Config<Vpicker_weights, 4, 8, true>;
using PickerPairs = Config<Vpicker_pairs, 16, 2, true>;
using PickerData = Config<Vpicker_data, 8, 1, true>;

template <class C>
class Bench {
 public:
  Bench() {
    sim_->clear_i = sim_->next_i = 0;
    sim_->budget_i = 1;
    if constexpr (C::kPicker) sim_->valid_i = 0;
    sim_.reset();
  }

  /// Puts one group a lane on the inputs; short groups are filled with zeros.
  void set(const std::vector<std::vector<int>>& groups, bool hese, int budget) {
    Bytes pos, neg;
    for (const auto& group : groups) {
      for (std::size_t p = 0; p < C::kGroup; ++p) {
        std::uint8_t masks[2] = {0, 0};
        for (const Term& digit : digits_of(p < group.size() ? group[p] : 0, hese)) {
          masks[digit.negative] |= static_cast<std::uint8_t>(1 << digit.exponent);
        }
        pos.push_back(masks[0]);
        neg.push_back(masks[1]);
      }
    }
    pos_.set_bytes(pos);
    neg_.set_bytes(neg);
    sim_->budget_i = budget;
    if constexpr (C::kPicker) {
      // No row without a group, and the first one two cycles after it.
      for (int idle = random_() % 3; idle > 0; --idle) {
        sim_.tick();
        REQUIRE_FALSE(sim_->valid_o);
      }
      sim_->valid_i = 1;
      for (int cycle = 0; cycle < 2; ++cycle) {
        REQUIRE_FALSE(sim_->valid_o);
        sim_.tick();
      }
    }
    expected_.clear();
    for (const auto& group : groups) expected_.push_back(slots_of(group, hese, budget));
    budget_ = static_cast<std::size_t>(budget);
  }

  /// Reads `rows` of the group, with idle cycles between them.
  void read(std::size_t rows, Stall& stall) {
    for (std::size_t row = 0; row < rows;) {
      const bool next = !stall.next();
      sim_->next_i = next;
      sim_.settle();
      if constexpr (C::kPicker) REQUIRE(sim_->valid_o);
      const Bytes slots = slots_out_.bytes();
      CAPTURE(row, budget_);
      for (std::size_t lane = 0; lane < C::kGroups; ++lane) {
        REQUIRE(static_cast<int>(slots[lane]) == static_cast<int>(expected_[lane][row]));
        checks += expected_[lane][row] != 0;
      }
      REQUIRE(static_cast<bool>(sim_->last_o) == (row + 1 == budget_));
      sim_.tick();
      row += next;
    }
    sim_->next_i = 0;
  }

  void read_all(Stall& stall) {
    read(budget_, stall);
    if constexpr (C::kPicker) sim_->valid_i = 0;
  }
  void clear() {
    sim_->clear_i = 1;
    if constexpr (C::kPicker) sim_->valid_i = 0;
    sim_.tick();
    sim_->clear_i = 0;
  }
  void reset() {
    if constexpr (C::kPicker) sim_->valid_i = 0;
    sim_.reset();
  }

  std::uint64_t checks = 0;

 private:
  Sim<typename C::Model> sim_{100'000'000};
  Port pos_{sim_->pos_i}, neg_{sim_->neg_i}, slots_out_{sim_->slot_o, C::kGroups};
  std::vector<std::vector<std::uint8_t>> expected_;
  std::size_t budget_ = 1;
  std::minstd_rand random_{5};
};

}  // namespace

TEMPLATE_TEST_CASE("term selector: all pairs of values in groups of two, all their terms and fewer",
                   "[exhaustive]", Pairs, PickerPairs) {
  Bench<TestType> bench;
  Stall none;
  int pairs = 0;
  for (const bool hese : {false, true}) {
    std::vector<std::vector<int>> groups;
    for (int a = -127; a <= 127; ++a) {
      for (int b = -127; b <= 127; ++b) {
        groups.push_back({a, b});
        if (groups.size() < TestType::kGroups && !(a == 127 && b == 127)) continue;
        pairs += static_cast<int>(groups.size());
        groups.resize(TestType::kGroups, {0, 0});
        // Rows of a smaller budget begin like those of the largest one; its end is its own.
        const int largest = 2 * max_digits(hese);
        bench.set(groups, hese, largest);
        bench.read_all(none);
        bench.set(groups, hese, 1 + pairs / 16 % largest);
        bench.read_all(none);
        groups.clear();
      }
    }
  }
  REQUIRE(pairs == 2 * 255 * 255);
  REQUIRE(bench.checks > 0);
}

TEMPLATE_TEST_CASE("term selector: the digits of every data value for every s", "[exhaustive]",
                   Data, PickerData) {
  Bench<TestType> bench;
  Stall none;
  for (const bool hese : {false, true}) {
    for (int s = 1; s <= max_digits(hese); ++s) {
      for (int first = -127; first <= 127; first += 8) {
        std::vector<std::vector<int>> groups;
        for (int i = 0; i < 8; ++i) groups.push_back({std::min(first + i, 127)});
        // A data value serves one slot after the other.
        for (int slot = 0; slot < 3; ++slot) {
          if (slot == 0 || TestType::kPicker) bench.set(groups, hese, s);
          bench.read_all(none);
        }
      }
    }
  }
  REQUIRE(bench.checks > 1000);
}

TEMPLATE_TEST_CASE(
    "term selector: random groups of every g and k with idle cycles, cleared in between",
    "[random][stall]", Weights, PickerWeights) {
  for (const Stall& kind : Stall::all(3)) {
    CAPTURE(kind.name());
    Stall stall = kind;
    std::mt19937 random(17);
    Bench<TestType> bench;
    int groups_read = 0;
    for (int round = 0; round < 2; ++round) {
      for (const bool hese : {false, true}) {
        for (std::size_t g = 1; g <= 8; g *= 2) {
          for (int k = 1; k <= max_digits(hese) * static_cast<int>(g); ++k) {
            std::vector<std::vector<int>> groups(TestType::kGroups, std::vector<int>(g));
            for (auto& group : groups) {
              for (int& value : group) value = random_weight(random);
            }
            bench.set(groups, hese, k);
            bench.read_all(stall);
            ++groups_read;
            if (random() % 8 != 0) continue;
            if (TestType::kPicker) bench.set(groups, hese, k);
            bench.read(random() % static_cast<unsigned>(k), stall);
            random() % 2 ? bench.clear() : bench.reset();
          }
        }
      }
    }
    REQUIRE(groups_read == 2 * (4 + 7) * 15);
    REQUIRE(bench.checks > 1000);
  }
}
