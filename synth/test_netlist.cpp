// SPDX-License-Identifier: Apache-2.0
// Gate-level netlists of configuration small: the processing element against the bit-accurate
// emulator, and parts of it against their RTL, cycle for cycle.
#include <catch2/catch.hpp>
#include <cstdint>
#include <iostream>
#include <random>

#include "Vcounter_set_gates.h"
#include "Vcounter_set_rtl.h"
#include "Vfp32_to_fp16_gates.h"
#include "Vfp32_to_fp16_rtl.h"
#include "Vint_to_fp32_gates.h"
#include "Vint_to_fp32_rtl.h"
#include "Vquantizer_gates.h"
#include "Vquantizer_rtl.h"
#include "Vtally_pe_gates.h"
#include "golden/tests/random_tile.hpp"
#include "verif/pe_bench.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

/// Says how many values were compared, for synth/run.sh to add up.
void report(const char* what, std::uint64_t compared) {
  REQUIRE(compared > 0);
  std::cout << "netlist " << what << ": " << compared << " values equal" << std::endl;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t bits(int width) { return static_cast<std::uint32_t>(engine_() >> (64 - width)); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }

 private:
  std::mt19937_64 engine_;
};

/// A binary32 whose exponent is often near the limits of binary16.
std::uint32_t interesting_float(Random& random) {
  const std::uint32_t word = random.bits(32);
  if (random.bits(2) == 0) return word;
  const std::uint32_t exponent = 127 - 30 + random.bits(6) % 50;
  // Few mantissa bits make ties.
  const std::uint32_t mantissa = random.bits(1) ? word & 0x7FFFFF : word & 0x7FF000;
  return (word & 0x80000000) | exponent << 23 | mantissa;
}

}  // namespace

TEST_CASE("netlist: the processing element in gates gives the emulator's results and status") {
  const PeConfig& config = find_pe_config("small");
  std::uint64_t compared = 0;
  const auto stalls = Stall::all(21);
  for (std::uint32_t seed = 0; seed < 25; ++seed) {
    CAPTURE(seed);
    RandomTiles random(config, 700 + seed);
    PeInput input = random.mixed_sequence(6, 40);
    if (seed % 5 == 0) {
      // Longer than the weight buffer: streamed.
      ControlWord control = random.control();
      control.inputs = static_cast<std::uint32_t>(config.buffer_rows) + 9;
      control.segment = 150;
      control.vectors = 2;
      random.append(random.tile(control), input);
    }
    Emulator emulator(config);
    emulator.push_weights(input.weights);
    emulator.push_activations(input.activations);
    const auto expected = emulator.take_results();
    REQUIRE_FALSE(expected.empty());

    PeBench<Vtally_pe_gates> bench(
        config, {stalls[seed % 5], stalls[seed / 5], stalls[(seed + seed / 5) % 5]});
    bench.push(input);
    const auto results = bench.run(expected.size());
    REQUIRE(results.size() == expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i, results[i].value, expected[i].value);
      REQUIRE(results[i] == expected[i]);
      ++compared;
    }
    CHECK(status_text(bench.status()) == status_text(emulator.status()));
  }
  report("tally_pe", compared);
}

TEST_CASE("netlist: the counter set in gates equals its RTL in every cycle") {
  Sim<Vcounter_set_rtl> rtl;
  Sim<Vcounter_set_gates> gates;
  std::uint64_t compared = 0;
  std::uint32_t sweep = 0;
  // As after a reset: read every entry of the three arrays once.
  const auto step = [&](Random& random, bool swept) {
    const bool read = !swept || random.chance(0.002);
    const bool count = swept && !read && random.chance(0.9);
    const std::uint32_t offset = random.bits(1), address1 = random.bits(16) % 15;
    const std::uint32_t address2 = 1 + random.bits(16) % 7, address3 = 1 + random.bits(16) % 7;
    const bool negative = random.chance(0.2);
    const std::uint32_t array = swept ? 1 + random.bits(16) % 3 : 0;
    const std::uint32_t address = !swept ? sweep++ : array == 1 ? address1 : address2;
    const auto drive = [&](auto& dut) {
      dut->count_i = count;
      dut->count_bank_i = 0;
      dut->offset_i = offset;
      dut->address1_i = address1;
      dut->address2_i = address2;
      dut->address3_i = address3;
      dut->negative_i = negative;
      dut->terms_i = dut->plus_i = dut->minus_i = 0;
      dut->read_i = read;
      dut->read_bank_i = 0;
      dut->read_array_i = array;
      dut->read_addr_i = address;
      dut.tick();
      dut.settle();
    };
    drive(rtl);
    drive(gates);
    return read;
  };
  Random random(31);
  rtl.reset();
  gates.reset();
  for (int i = 0; i < 16; ++i) step(random, false);
  for (int i = 0; i < 50'000; ++i) {
    const bool read = step(random, true);
    CAPTURE(i);
    REQUIRE(int{gates->overflow_o} == int{rtl->overflow_o});
    ++compared;
    if (read) {
      REQUIRE(int{gates->read_data_o} == int{rtl->read_data_o});
      ++compared;
    }
  }
  report("tally_counter_set", compared);
}

TEST_CASE("netlist: the quantizer in gates equals its RTL in every cycle") {
  Sim<Vquantizer_rtl> rtl;
  Sim<Vquantizer_gates> gates;
  Random random(41);
  rtl.reset();
  gates.reset();
  std::uint64_t compared = 0;
  const auto both = [&](auto drive) {
    drive(rtl);
    drive(gates);
  };
  for (int round = 0; round < 40; ++round) {
    // One table of each width and bank, then activations through both.
    const std::uint32_t n = round % 2 == 0 ? 3 : 7;
    for (std::uint32_t bank : {0u, 1u}) {
      for (std::uint32_t entry = 0; entry < 1u << n; entry += 2) {
        const std::uint32_t data = random.bits(32) & 0x7FFF7FFF;
        both([&](auto& dut) {
          dut->clear_i = 0;
          dut->valid_i = 0;
          dut->ready_i = 1;
          dut->table_we_i = 1;
          dut->table_bank_i = bank;
          dut->table_n_i = n;
          dut->table_entry_i = entry;
          dut->table_data_i = data;
          dut.tick();
        });
      }
    }
    for (int i = 0; i < 1000; ++i) {
      const bool valid = random.chance(0.7), ready = random.chance(0.7),
                 clear = random.chance(0.01);
      const std::uint32_t data = random.bits(16), bank = random.bits(1), tag = random.bits(2);
      both([&](auto& dut) {
        dut->table_we_i = 0;
        dut->clear_i = clear;
        dut->valid_i = valid;
        dut->ready_i = ready;
        dut->data_i = data;
        dut->bank_i = bank;
        dut->n_i = n;
        dut->tag_i = tag;
        dut.settle();
      });
      CAPTURE(round, i);
      REQUIRE(int{gates->valid_o} == int{rtl->valid_o});
      REQUIRE(int{gates->ready_o} == int{rtl->ready_o});
      compared += 2;
      if (rtl->valid_o) {
        REQUIRE(int{gates->code_o} == int{rtl->code_o});
        REQUIRE(int{gates->nan_o} == int{rtl->nan_o});
        REQUIRE(int{gates->tag_o} == int{rtl->tag_o});
        compared += 3;
      }
      both([](auto& dut) { dut.tick(); });
    }
  }
  report("tally_quantizer", compared);
}

TEST_CASE("netlist: integer to binary32 in gates equals its RTL for every count") {
  Dut<Vint_to_fp32_rtl> rtl;
  Dut<Vint_to_fp32_gates> gates;
  std::uint64_t compared = 0;
  for (std::uint32_t value = 0; value < 1024; ++value) {
    rtl->data_i = gates->data_i = static_cast<std::uint16_t>(value);
    rtl.eval();
    gates.eval();
    CAPTURE(value);
    REQUIRE(gates->result_o == rtl->result_o);
    ++compared;
  }
  report("tally_int_to_fp32", compared);
}

TEST_CASE("netlist: binary32 to binary16 in gates equals its RTL") {
  Dut<Vfp32_to_fp16_rtl> rtl;
  Dut<Vfp32_to_fp16_gates> gates;
  Random random(51);
  std::uint64_t compared = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint32_t value = interesting_float(random);
    rtl->data_i = gates->data_i = value;
    for (const int clock : {0, 1}) {
      rtl->clk_i = gates->clk_i = static_cast<unsigned char>(clock);
      rtl.eval();
      gates.eval();
    }
    if (i < 2) continue;  // two registers that started as anything
    CAPTURE(value);
    REQUIRE(gates->result_o == rtl->result_o);
    REQUIRE(gates->overflow_o == rtl->overflow_o);
    REQUIRE(gates->nan_o == rtl->nan_o);
    compared += 3;
  }
  report("tally_fp32_to_fp16", compared);
}
