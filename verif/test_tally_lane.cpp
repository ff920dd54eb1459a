// SPDX-License-Identifier: Apache-2.0
// tally_lane against the counting rule of docs/number-systems.md.
#include <Vlane_default.h>
#include <Vlane_exponential.h>
#include <Vlane_fast.h>
#include <Vlane_no_offset.h>
#include <Vlane_paper.h>
#include <Vlane_small.h>

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "verif/counter_reference.hpp"
#include "verif/digit_reference.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

// The parameters of the models in CMakeLists.txt (those of rtl/configs.json), and when overflow_o
// is up after a step.
template <class Model_, int kMaxN_, int kBanks_, int kOverflowDelay_, bool kParallel_ = false,
          bool kOffset_ = true>
struct Config {
  using Model = Model_;
  static constexpr int kMaxN = kMaxN_, kBanks = kBanks_, kOverflowDelay = kOverflowDelay_;
  static constexpr bool kParallel = kParallel_, kOffset = kOffset_;
};
using Paper = Config<Vlane_paper, 7, 1, 3>;
using Default = Config<Vlane_default, 5, 2, 2>;
using Small = Config<Vlane_small, 3, 1, 2>;
using Fast = Config<Vlane_fast, 5, 2, 2, true>;
using Exponential = Config<Vlane_exponential, 2, 2, 2>;  // Digits = 0
using NoOffset = Config<Vlane_no_offset, 3, 2, 2, false, false>;
constexpr int kWidth = 10;

struct Step {
  int bank, n;
  bool offset;
  int code, slot;  // the sign is bit 7, the index below it
};

// A step in uniform or reveal: the digits of eight data values, and a slot.
struct TermStep {
  int bank;
  std::array<std::vector<Term>, 8> values;  // serial: at most one term a value
  int slot;
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
    bool overflow = false, event = false;
    if (code != 0 && weight != 0 && !bad) {
      const bool negative = (step.code ^ step.slot) & 128;
      const int bank = C::kBanks == 1 ? 0 : step.bank;
      overflow = reference(bank, 1).count(code + weight, negative);
      if (step.offset && C::kOffset) {
        overflow |= reference(bank, 2).count(weight, negative);
        overflow |= reference(bank, 3).count(code, negative);
      }
      ++events;
      event = true;
    }
    cycle(bad, overflow, event);
  }

  void step(const TermStep& step) {
    drive(step);
    int pairs = 0;
    bool overflow = false;
    if ((step.slot & 0x80) != 0) {
      for (const Term& term : step.values[static_cast<std::size_t>(step.slot & 7)]) {
        const bool negative = term.negative != ((step.slot & 0x40) != 0);
        const int bank = C::kBanks == 1 ? 0 : step.bank;
        overflow |= reference(bank, 1).count(term.exponent + (step.slot >> 3 & 7), negative);
        ++pairs;
      }
    }
    term_pairs += pairs;
    cycle(false, overflow, pairs);
  }

  /// A cycle without a step, whatever is on the other inputs.
  void idle(const Step& ignored) {
    drive(ignored, false);
    cycle(false, false, 0);
  }

  int read(int bank, int array, int address) {
    sim_->read_i = 1;
    sim_->read_bank_i = bank;
    sim_->read_array_i = array;
    sim_->read_addr_i = address;
    cycle(false, false, 0);
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

  int events = 0, bad_weights = 0, overflows = 0, term_pairs = 0;

 private:
  CounterReference& reference(int bank, int array) {
    return references_.try_emplace({bank, array}, kWidth).first->second;
  }

  void drive(const Step& step, bool valid) {
    sim_->step_valid_i = valid;
    sim_->digits_i = 0;
    // Terms that would count, were they looked at.
    terms_.set_bytes(Bytes(terms_.size(), 0xFF));
    sim_->bank_i = step.bank;
    sim_->n_i = step.n;
    sim_->offset_i = step.offset;
    sim_->code_i = step.code;
    sim_->slot_i = step.slot;
  }

  void drive(const TermStep& step) {
    sim_->step_valid_i = 1;
    sim_->digits_i = 1;
    sim_->bank_i = step.bank;
    sim_->n_i = 7;
    sim_->offset_i = 0;
    sim_->code_i = 0x81;
    sim_->slot_i = step.slot;
    Bytes bytes(terms_.size());
    const std::size_t width = C::kParallel ? 16 : 5;
    auto set = [&](std::size_t bit) { bytes[bit / 8] |= static_cast<std::uint8_t>(1 << bit % 8); };
    for (std::size_t i = 0; i < step.values.size(); ++i) {
      for (const Term& term : step.values[i]) {
        const auto exponent = static_cast<std::size_t>(term.exponent);
        if (C::kParallel) {
          set(width * i + exponent + (term.negative ? 8 : 0));
          continue;
        }
        set(width * i + 4);
        if (term.negative) set(width * i + 3);
        for (std::size_t bit = 0; bit < 3; ++bit) {
          if ((exponent >> bit & 1) != 0) set(width * i + bit);
        }
      }
    }
    terms_.set_bytes(bytes);
  }

  void cycle(bool bad_weight, bool overflow, int pairs) {
    sim_.settle();
    CAPTURE(sim_.cycle());
    REQUIRE(static_cast<bool>(sim_->bad_weight_o) == bad_weight_due_.next(bad_weight));
    REQUIRE(static_cast<bool>(sim_->overflow_o) == overflow_due_.next(overflow));
    REQUIRE(sim_->pairs_o == pairs_due_);
    pairs_due_ = pairs;
    bad_weights += bad_weight;
    overflows += overflow;
    sim_.tick();
    sim_->step_valid_i = 0;
  }

  Sim<typename C::Model> sim_{5'000'000};
  std::map<std::pair<int, int>, CounterReference> references_;
  Port terms_{sim_->term_i, C::kParallel ? 16u : 5u};
  int pairs_due_ = 0;
  Delay bad_weight_due_{1}, overflow_due_{C::kOverflowDelay};
};

}  // namespace

TEMPLATE_TEST_CASE("lane: every activation code with every slot counts as specified",
                   "[exhaustive]", Paper, Default, Small, Fast, Exponential, NoOffset) {
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
                   Small, Fast, Exponential, NoOffset) {
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

TEMPLATE_TEST_CASE("lane: a step can be read two cycles later", "[unit]", Paper, Default, Small,
                   Fast) {
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

TEMPLATE_TEST_CASE("lane: every slot with every term counts at the sum of their exponents",
                   "[exhaustive]", Paper, Default, Small, Fast) {
  Bench<TestType> bench;
  std::mt19937 random(4);
  for (int slot = 0; slot < 256; ++slot) {
    for (int exponent = 0; exponent < 8; ++exponent) {
      for (const int kind : {0, 1, 2}) {  // plus, minus, none
        TermStep step{0, {}, slot};
        for (auto& value : step.values) {  // the others must not matter
          if (random() % 2) value.push_back({static_cast<int>(random() % 8), 0, random() % 2 == 0});
        }
        auto& value = step.values[static_cast<std::size_t>(slot & 7)];
        value.clear();
        if (kind != 2) value.push_back({exponent, 0, kind == 1});
        bench.step(step);
      }
    }
    bench.idle({0, 3, true, 1, 1});
    bench.read_bank(0, 3);
  }
  REQUIRE(bench.term_pairs == 128 * 8 * 2);
}

TEST_CASE("lane: all digits of every data value count in one step", "[exhaustive]") {
  Bench<Fast> bench;
  std::mt19937 random(5);
  for (const bool hese : {false, true}) {
    for (int value = -127; value <= 127; ++value) {
      for (int exponent = 0; exponent < 8; ++exponent) {
        for (const int sign : {0x00, 0x40}) {
          const auto position = random() % 8;
          TermStep step{0, {}, 0x80 | sign | exponent << 3 | static_cast<int>(position)};
          for (auto& other : step.values) other = digits_of(random_weight(random), hese);
          step.values[position] = digits_of(value, hese);
          bench.step(step);
        }
      }
      bench.idle({0, 3, true, 1, 1});
      bench.read_bank(0, 3);
    }
  }
  REQUIRE(bench.term_pairs > 10'000);
}

TEMPLATE_TEST_CASE("lane: steps of all number systems mixed, with gaps and banks", "[random]",
                   Paper, Default, Small, Fast) {
  using C = TestType;
  std::mt19937 random(6);
  auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Bench<C> bench;
  for (int segment = 0; segment < 30; ++segment) {
    const int bank = C::kBanks == 1 ? 0 : segment % 2;
    for (int i = 0; i < 300; ++i) {
      TermStep step{bank, {}, below(256)};
      for (auto& value : step.values) {
        const auto digits = digits_of(random_weight(random), random() % 2 == 0);
        if (C::kParallel) {
          value = digits;
        } else if (!digits.empty()) {
          value = {digits[random() % digits.size()]};
        }
      }
      const int code = below(8) | below(2) << 7;
      switch (below(4)) {
        case 0:
          bench.step({bank, 3, below(2) == 1, code, below(8) | below(2) << 7});
          break;
        case 1:
          bench.idle({below(2), 3, true, 1 + below(127), 1});
          break;
        default:
          bench.step(step);
      }
    }
    bench.idle({0, 3, true, 1, 1});
    bench.read_bank(bank, 3);
  }
  REQUIRE(bench.term_pairs > 1000);
  REQUIRE(bench.events > 100);
}

TEMPLATE_TEST_CASE("lane: a counter that terms drive past its range is reported in its cycle",
                   "[unit]", Paper, Default, Small, Fast) {
  const bool negative = GENERATE(false, true);
  Bench<TestType> bench;
  TermStep step{0, {}, 0x80 | 7 << 3 | 2};
  step.values[2] = {{7, 0, negative}};
  for (int i = 0; i < (negative ? 512 : 511); ++i) bench.step(step);
  REQUIRE(bench.overflows == 0);
  bench.step(step);
  REQUIRE(bench.overflows == 1);
  for (int i = 0; i < 4; ++i) bench.idle({0, 3, false, 5, 2});
  REQUIRE(bench.read(0, 1, 14) == (negative ? 511 : -512));
}
