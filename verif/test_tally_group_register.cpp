// SPDX-License-Identifier: Apache-2.0
// tally_group_register against a list of groups.
#include <Vgroup_register.h>
#include <Vgroup_register_cut.h>

#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <type_traits>

#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

using namespace tally::verif;

namespace {

constexpr std::size_t kGroup = 8;

struct Group {
  std::array<int, kGroup> words{};
  int tag = 0;
};

template <class Model>
class Bench {
 public:
  // With Cut a complete group is a cycle longer where it was collected.
  static constexpr bool kCut = std::is_same_v<Model, Vgroup_register_cut>;

  explicit Bench(std::uint32_t seed) : random_(seed) {
    sim_->clear_i = sim_->valid_i = sim_->done_i = 0;
    sim_.reset();
    new_group();
  }

  /// One cycle; `offer` and `done` say whether the two sides want to move.
  void cycle(bool offer, bool done) {
    sim_->valid_i = offer;
    sim_->data_i = word_;
    sim_->tag_i = tag_;
    sim_->log2_group_i = log2_group_;
    sim_->end_i = ends();
    sim_.settle();
    const bool valid = sim_->valid_o;
    CAPTURE(sim_.cycle());
    REQUIRE(valid == (kCut ? output_ : !complete_.empty()));
    REQUIRE(static_cast<bool>(sim_->held_o) == (!complete_.empty() || position_ != 0));
    if (valid) {
      const Bytes words = data_.bytes();
      for (std::size_t i = 0; i < kGroup; ++i) {
        REQUIRE((words[2 * i] | words[2 * i + 1] << 8) == complete_.front().words[i]);
      }
      REQUIRE(sim_->tag_o == complete_.front().tag);
    }
    sim_->done_i = valid && done;
    sim_.settle();
    const bool taken = offer && sim_->ready_o;
    // It waits only for the one group that is ahead.
    const bool leaves = valid && done;
    const bool collected = complete_.size() > static_cast<std::size_t>(output_);
    REQUIRE(static_cast<bool>(sim_->ready_o) ==
            (kCut ? !collected || !output_ || done : !ends() || complete_.empty() || done));
    if (leaves) complete_.pop_front(), ++groups;
    output_ = (collected && (!output_ || leaves)) || (output_ && !leaves);
    if (taken) take();
    sim_.tick();
  }

  void clear(bool reset) {
    sim_->clear_i = !reset;
    sim_->valid_i = 1;
    sim_->done_i = 0;
    if (reset) {
      sim_.reset();
    } else {
      sim_.tick();
    }
    sim_->clear_i = 0;
    complete_.clear();
    output_ = false;
    filling_ = {};
    position_ = 0;
    new_group();
  }

  /// Groups of this size only, never cut short.
  void fix_size(int log2_group) {
    fixed_ = true;
    log2_group_ = log2_group;
    length_ = 1u << log2_group;
  }

  std::uint64_t groups = 0, words = 0;

 private:
  bool ends() const { return position_ + 1 == length_; }

  void take() {
    filling_.words[position_++] = word_;
    filling_.tag = tag_;
    ++words;
    if (position_ == length_) {
      complete_.push_back(filling_);
      filling_ = {};
      position_ = 0;
      if (!fixed_) new_group();
    }
    new_word();
  }

  void new_word() {
    word_ = static_cast<int>(random_() & 0xFFFF);
    tag_ = static_cast<int>(random_() & 0xFF);
  }

  void new_group() {
    log2_group_ = static_cast<int>(random_() % 4);
    length_ = 1u << log2_group_;
    if (random_() % 4 == 0) length_ = 1 + random_() % length_;
    new_word();
  }

  Sim<Model> sim_;
  Port data_{sim_->data_o, 2 * kGroup};
  std::mt19937 random_;
  std::deque<Group> complete_;
  Group filling_;
  std::size_t position_ = 0, length_ = 1;
  int word_ = 0, tag_ = 0, log2_group_ = 0;
  bool fixed_ = false, output_ = false;  // with Cut: complete_.front() is at the output
};

}  // namespace

TEMPLATE_TEST_CASE("group register: random groups, full and cut short, under every stall",
                   "[random][stall]", Vgroup_register, Vgroup_register_cut) {
  for (const Stall& source : Stall::all(5)) {
    for (const Stall& reader : Stall::all(9)) {
      CAPTURE(source.name(), reader.name());
      Bench<TestType> bench(31);
      Stall offer = source, done = reader;
      for (int i = 0; i < 1500; ++i) bench.cycle(!offer.next(), !done.next());
      REQUIRE(bench.groups > 10);
      REQUIRE(bench.words > bench.groups);
    }
  }
}

TEMPLATE_TEST_CASE("group register: clear and reset in mid-group leave nothing behind", "[random]",
                   Vgroup_register, Vgroup_register_cut) {
  Bench<TestType> bench(32);
  std::mt19937 random(33);
  for (int i = 0; i < 300; ++i) {
    for (unsigned cycle = random() % 30; cycle > 0; --cycle) bench.cycle(true, random() % 3 == 0);
    bench.clear(random() % 2 == 0);
  }
  REQUIRE(bench.groups > 100);
}

TEMPLATE_TEST_CASE(
    "group register: neither side waits when a reader takes as long as a group collects", "[unit]",
    Vgroup_register, Vgroup_register_cut) {
  for (int log2_group = 0; log2_group < 4; ++log2_group) {
    CAPTURE(log2_group);
    const std::uint64_t g = 1u << log2_group;
    Bench<TestType> bench(34);
    bench.fix_size(log2_group);
    for (std::uint64_t i = 0; i < 20 * g; ++i) {
      bench.cycle(true, i % g == (Bench<TestType>::kCut ? 0 : g - 1));
    }
    REQUIRE(bench.words == 20 * g);
    // The first was being collected, and with Cut the last comes a cycle later.
    REQUIRE(bench.groups == (Bench<TestType>::kCut ? 18 : 19));
  }
}
