// SPDX-License-Identifier: Apache-2.0
// tally_lane against the counting rule of docs/number-systems.md.
#include <Vlane_default.h>
#include <Vlane_paper.h>
#include <Vlane_small.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "verif/counter_reference.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt (those of rtl/configs.json), and when overflow_o
// is up after a step.
template <class Model_, int kMaxN_, int kBanks_, int kOverflowDelay_>
struct Config {
  using Model = Model_;
  static constexpr int kMaxN = kMaxN_, kBanks = kBanks_, kOverflowDelay = kOverflowDelay_;
};
using Paper = Config<Vlane_paper, 7, 1, 3>;
using Default = Config<Vlane_default, 5, 2, 2>;
using Small = Config<Vlane_small, 3, 1, 2>;
constexpr int kWidth = 10;

struct Step {
  int bank, n;
  bool offset;
  int code, slot;  // the sign is bit 7, the index below it
};

template <class C>
class Bench {
 public:
  Bench() {
    sim_->step_valid_i = sim_->read_i = 0;
    sim_.reset();
    for (int address = 0; address < 2 << C::kMaxN; ++address) {
      sim_->read_i = 1;
      sim_->read_array_i = 0;
      sim_->read_addr_i = address;
      sim_.tick();
    }
    sim_->read_i = 0;
    sim_.tick(3);
  }

  void step(const Step& step) {
    drive(step, true);
    const int code = step.code & 127, weight = step.slot & 127;
    const bool bad = weight >= 1 << step.n;
    bool overflow = false;
    if (code != 0 && weight != 0 && !bad) {
      const bool negative = (step.code ^ step.slot) & 128;
      const int bank = C::kBanks == 1 ? 0 : step.bank;
      overflow = reference(bank, 1).count(code + weight, negative);
      if (step.offset) {
        overflow |= reference(bank, 2).count(weight, negative);
        overflow |= reference(bank, 3).count(code, negative);
      }
      ++events;
    }
    cycle(bad, overflow);
  }

  /// A cycle without a step, whatever is on the other inputs.
  void idle(const Step& ignored) {
    drive(ignored, false);
    cycle(false, false);
  }

  int read(int bank, int array, int address) {
    sim_->read_i = 1;
    sim_->read_bank_i = bank;
    sim_->read_array_i = array;
    sim_->read_addr_i = address;
    cycle(false, false);
    sim_->read_i = 0;
    const int got = sign_extend(sim_->read_data_o, kWidth);
    CAPTURE(bank, array, address);
    REQUIRE(got == reference(bank, array).read(address));
    return got;
  }

  /// Reads all counters that codes of n bits reach, and the zero entries next to them.
  void read_bank(int bank, int n) {
    for (int i = 0; i <= (2 << n) - 2; ++i) read(bank, 1, i);
    for (int i = 1; i < 1 << n; ++i) {
      read(bank, 2, i);
      read(bank, 3, i);
    }
  }

  int events = 0, bad_weights = 0, overflows = 0;

 private:
  CounterReference& reference(int bank, int array) {
    return references_.try_emplace({bank, array}, kWidth).first->second;
  }

  void drive(const Step& step, bool valid) {
    sim_->step_valid_i = valid;
    sim_->bank_i = step.bank;
    sim_->n_i = step.n;
    sim_->offset_i = step.offset;
    sim_->code_i = step.code;
    sim_->slot_i = step.slot;
  }

  void cycle(bool bad_weight, bool overflow) {
    sim_.settle();
    CAPTURE(sim_.cycle());
    REQUIRE(static_cast<bool>(sim_->bad_weight_o) == bad_weight_due_.next(bad_weight));
    REQUIRE(static_cast<bool>(sim_->overflow_o) == overflow_due_.next(overflow));
    bad_weights += bad_weight;
    overflows += overflow;
    sim_.tick();
    sim_->step_valid_i = 0;
  }

  Sim<typename C::Model> sim_{5'000'000};
  std::map<std::pair<int, int>, CounterReference> references_;
  Delay bad_weight_due_{1}, overflow_due_{C::kOverflowDelay};
};

}  // namespace

TEMPLATE_TEST_CASE("lane: every activation code with every slot counts as specified",
                   "[exhaustive]", Paper, Default, Small) {
  Bench<TestType> bench;
  for (int n = 2; n <= TestType::kMaxN; ++n) {
    for (int code = 0; code < 256; ++code) {
      if ((code & 127) >= 1 << n) continue;  // the quantizer gives none of these
      for (int slot = 0; slot < 256; ++slot) bench.step({0, n, true, code, slot});
      bench.idle({0, n, true, 1, 1});
      bench.read_bank(0, n);
    }
  }
  REQUIRE(bench.events > 0);
  REQUIRE(bench.bad_weights > 0);
}

TEMPLATE_TEST_CASE("lane: random steps with gaps, banks and offsets", "[random]", Paper, Default,
                   Small) {
  using C = TestType;
  const int seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
  Bench<C> bench;
  for (int segment = 0; segment < 30; ++segment) {
    const int bank = segment % 2, n = 2 + below(C::kMaxN - 1);
    const bool offset = below(2) == 1;
    for (int i = 0; i < 500; ++i) {
      // Half of the activations zero, as after a ReLU, and now and then a weight out of range.
      const int code = below(2) ? 0 : below(1 << n) | (below(2) << 7);
      const Step step{bank, n, offset, code, below(1 << n) | (below(2) << 7)};
      if (below(10) == 0) {
        bench.idle({below(2), n, true, 1 + below(127), 1});
      } else if (n < 7 && below(50) == 0) {
        bench.step({bank, n, offset, code, (1 << n) + below(128 - (1 << n))});
      } else {
        bench.step(step);
      }
    }
    bench.idle({0, n, true, 1, 1});
    bench.read_bank(C::kBanks == 1 ? 0 : bank, n);
  }
  REQUIRE(bench.events > 1000);
  REQUIRE(bench.bad_weights > 10);
}

TEMPLATE_TEST_CASE("lane: a step can be read two cycles later", "[unit]", Paper, Default, Small) {
  Bench<TestType> bench;
  const Step step{0, 3, true, 0x85, 3};  // -, index 5; +, index 3
  for (int i = 1; i <= 3; ++i) {
    for (int j = 0; j < i; ++j) bench.step(step);
    bench.idle(step);
    REQUIRE(bench.read(0, 1, 8) == -i);
    REQUIRE(bench.read(0, 2, 3) == -i);
    REQUIRE(bench.read(0, 3, 5) == -i);
  }
}

TEMPLATE_TEST_CASE("lane: a counter that passes its range is reported in its cycle", "[unit]",
                   Paper, Default, Small) {
  const bool negative = GENERATE(false, true);
  Bench<TestType> bench;
  const int limit = negative ? -512 : 511;
  for (int i = 0; i < std::abs(limit); ++i) bench.step({0, 3, false, 5, negative ? 0x82 : 2});
  REQUIRE(bench.overflows == 0);
  bench.step({0, 3, false, 5, negative ? 0x82 : 2});
  REQUIRE(bench.overflows == 1);
  for (int i = 0; i < 4; ++i) bench.idle({0, 3, false, 5, 2});
  REQUIRE(bench.read(0, 1, 7) == (negative ? 511 : -512));
}
