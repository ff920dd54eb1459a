// SPDX-License-Identifier: Apache-2.0
// tally_control_check against control_fault of the golden library: random sequences of control
// words, legal ones and such with one or more fields changed.
#include <Vcontrol_check.h>
#include <Vcontrol_check_cut.h>
#include <Vcontrol_check_exponential.h>

#include <catch2/catch.hpp>

#include "golden/tests/random_tile.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

// The parameters of the models in CMakeLists.txt.
constexpr PeConfig kDigits = {.name = "check",
                              .lanes = 16,
                              .max_n = 5,
                              .dequantizers = 1,
                              .ping_pong = true,
                              .parallel_terms = false,
                              .cnt_w = 10,
                              .counter_style = CounterStyle::kFlipFlop,
                              .buffer_rows = 256,
                              .digits = true};
constexpr PeConfig kExponentialOnly = {.name = "check",
                                       .lanes = 16,
                                       .max_n = 5,
                                       .dequantizers = 1,
                                       .ping_pong = true,
                                       .parallel_terms = false,
                                       .cnt_w = 10,
                                       .counter_style = CounterStyle::kFlipFlop,
                                       .buffer_rows = 256,
                                       .digits = false};

template <class Model>
class Bench {
 public:
  explicit Bench(const PeConfig& config) : config_(config) {
    sim_->clear_i = sim_->check_i = sim_->accept_i = 0;
    sim_.reset();
  }

  /// Judges these words and, when they are legal, takes them; returns whether they are.
  bool judge(const ControlWords& words) {
    Bytes bytes;
    for (const std::uint32_t word : words) {
      for (const std::uint8_t byte : to_bytes(word)) bytes.push_back(byte);
    }
    control_.set_bytes(bytes);
    sim_->check_i = 1;
    sim_.settle();
    if (kCut) wait();
    const std::string fault = control_fault(words, config_, resident_);
    CAPTURE(fault, words[0], words[1], words[2], words[3]);
    const bool ok = sim_->ok_o != 0;
    REQUIRE(ok == fault.empty());
    if (ok) accept(ControlWord::decode(words));
    sim_->check_i = sim_->accept_i = 0;
    sim_.tick();
    return ok;
  }

  void clear() {
    sim_->clear_i = 1;
    sim_.tick();
    sim_->clear_i = 0;
    resident_ = {};
  }

  /// The slots loaded last, whether they are still there or never were.
  const ResidentSlots& loaded() const { return loaded_; }
  int streamed = 0, reused = 0;

 private:
  static constexpr bool kCut = std::is_same_v<Model, Vcontrol_check_cut>;

  /// With Cut = 1 the judgement is there when the packet's rows are known.
  void wait() {
    int cycles = 0;
    for (; !sim_->ready_o; ++cycles) {
      sim_.tick();
      sim_.settle();
    }
    REQUIRE(cycles <= (kCut ? 9 : 6));
  }
  void accept(const ControlWord& control) {
    wait();
    sim_->accept_i = 1;
    sim_.tick();
    sim_->check_i = sim_->accept_i = 0;
    sim_.settle();
    const bool digits = control.number_system != kExponential;
    const PacketLayout layout = packet_layout(control, config_);
    // From bit 0: number_system 2, offset, relu, n 3, valid_lanes 8, inputs 20, segment 20, terms
    // 4, skip 6, budget 6, log2_group 2, hese, reuse, streamed.
    const std::uint32_t loaded = control.reuse != 0 ? resident_.budget : control.budget;
    CHECK(field(0, 2) == control.number_system);
    CHECK(field(2, 1) == control.offset);
    CHECK(field(3, 1) == control.relu);
    CHECK(field(4, 3) == control.n);
    CHECK(field(7, 8) == control.valid_lanes);
    CHECK(field(15, 20) == control.inputs);
    CHECK(field(35, 20) == control.segment);
    CHECK(field(55, 4) == (digits ? control.terms : 1));
    CHECK(field(59, 6) == loaded - control.budget);
    CHECK(field(65, 6) == (digits ? control.budget : 1));
    CHECK(field(71, 2) == control.log2_group);
    CHECK(field(73, 1) == control.hese);
    CHECK(field(74, 1) == control.reuse);
    CHECK(field(75, 1) == (layout.streamed ? 1u : 0u));
    CHECK(sim_->last_row_o + 1u == groups_of(control) * group_size(control));
    streamed += layout.streamed;
    reused += control.reuse != 0;
    resident_ = resident_after(control, config_, resident_);
    if (digits && control.reuse == 0) {
      loaded_ = {true, control.inputs, control.log2_group, control.hese, control.budget};
    }
  }

  std::uint32_t field(std::size_t lsb, std::size_t width) {
    std::uint32_t value = 0;
    for (std::size_t bit = 0; bit < width; ++bit) {
      value |= (sim_->tile_o[(lsb + bit) / 32] >> (lsb + bit) % 32 & 1) << bit;
    }
    return value;
  }

  const PeConfig& config_;
  Sim<Model> sim_{100'000'000};
  Port control_{sim_->control_i};
  ResidentSlots resident_, loaded_;
};

/// A word, often one that reuses these slots, in 3 of 4 cases with fields changed to any value.
ControlWords random_words(RandomTiles& random, const ResidentSlots& loaded) {
  const std::uint32_t most = random.one_in(4) ? 1'000'000 : 300;
  ControlWord control = random.one_in(4) ? random.control(most) : random.digit_control(most);
  if (loaded.usable && random.one_in(2)) {
    control.inputs = loaded.inputs;
    control.log2_group = loaded.log2_group;
    control.hese = loaded.hese;
    control.budget = loaded.budget;
    control = random.reuse_control(control);
  }
  ControlWords words = control.encode();
  if (random.one_in(4)) return words;
  if (random.one_in(5)) words[random.below(4)] ^= 1u << random.below(32);
  for (std::uint32_t changes = random.below(3); changes > 0; --changes) {
    const ControlField& field = kControlFields[random.below(std::size(kControlFields))];
    const std::uint32_t mask = field.width == 32 ? ~0u : (1u << field.width) - 1;
    auto& word = words[static_cast<std::size_t>(field.word)];
    const std::uint32_t near = (word >> field.lsb) + random.below(3) - 1;
    const std::uint32_t value = random.one_in(2) ? near : random.below(1u << 31);
    word = (word & ~(mask << field.lsb)) | (value & mask) << field.lsb;
  }
  return words;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "control check: random control words one after the other are judged as in the library",
    "[random]", Vcontrol_check, Vcontrol_check_cut) {
  RandomTiles random(kDigits, 141);
  Bench<TestType> bench(kDigits);
  int legal = 0, illegal = 0;
  for (int i = 0; i < 40'000; ++i) {
    CAPTURE(i);
    if (random.one_in(200)) bench.clear();
    ++(bench.judge(random_words(random, bench.loaded())) ? legal : illegal);
  }
  CHECK(legal > 5000);
  CHECK(illegal > 5000);
  CHECK(bench.streamed > 500);
  CHECK(bench.reused > 500);
}

TEST_CASE("control check: without digits only exponential control words are legal", "[random]") {
  RandomTiles random(kDigits, 142);
  Bench<Vcontrol_check_exponential> bench(kExponentialOnly);
  int legal = 0, illegal = 0;
  for (int i = 0; i < 10'000; ++i) {
    CAPTURE(i);
    ++(bench.judge(random_words(random, {})) ? legal : illegal);
  }
  CHECK(legal > 500);
  CHECK(illegal > 2000);
  CHECK(bench.streamed > 100);
}

TEST_CASE("control check: a number with any one bit set is not zero", "[unit]") {
  RandomTiles random(kDigits, 143);
  Bench<Vcontrol_check> bench(kDigits);
  int legal = 0;
  for (const ControlField& field : kControlFields) {
    const std::string name(field.name);
    if (name != "inputs" && name != "segment" && name != "vectors") continue;
    for (int bit = 0; bit < field.width; ++bit, ++legal) {
      CAPTURE(name, bit);
      ControlWord control = random.control();
      control.*field.member = 1u << bit;
      REQUIRE(bench.judge(control.encode()));
    }
  }
  REQUIRE(legal == 20 + 20 + 32);
}

TEST_CASE("control check: in uniform and reveal K ends where 32 bits could overflow", "[unit]") {
  RandomTiles random(kDigits, 144);
  Bench<Vcontrol_check> bench(kDigits);
  int legal = 0, illegal = 0;
  for (const std::uint32_t inputs : {kMaxDigitInputs - 1, kMaxDigitInputs, 1u << 18, 1u << 19}) {
    for (int i = 0; i < 10; ++i) {
      CAPTURE(inputs, i);
      ControlWord control = random.digit_control();
      control.inputs = inputs;
      const bool ok = bench.judge(control.encode());
      REQUIRE(ok == (inputs < (1u << 17)));
      ++(ok ? legal : illegal);
      control = random.control();  // exponential counts on
      control.inputs = inputs;
      REQUIRE(bench.judge(control.encode()));
    }
  }
  REQUIRE(legal == 10);
  REQUIRE(illegal == 30);
}
