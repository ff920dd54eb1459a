// SPDX-License-Identifier: Apache-2.0
// The coefficient store against an array: any order of writes, every word of both banks, every
// shape.
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "Vtally_coefficient_store_16_2.h"
#include "Vtally_coefficient_store_4_4.h"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

struct Shape16x2 {
  using Model = Vtally_coefficient_store_16_2;
  static constexpr int kLanes = 16, kUnits = 2;
};
struct Shape4x4 {
  using Model = Vtally_coefficient_store_4_4;
  static constexpr int kLanes = 4, kUnits = 4;
};

template <class Model>
void write(Sim<Model>& sim, int bank, int word, std::uint32_t value) {
  sim->we_i = 1;
  sim->bank_i = bank;
  sim->word_i = word;
  sim->data_i = value;
  sim.tick();
  sim->we_i = 0;
}

}  // namespace

TEMPLATE_TEST_CASE("the coefficient store gives back every word of both banks", "[random]",
                   Shape16x2, Shape4x4) {
  constexpr int kLanes = TestType::kLanes, kUnits = TestType::kUnits;
  constexpr int kWords = 1 + 5 * kLanes, kPerUnit = kLanes / kUnits;
  Sim<typename TestType::Model> sim;
  std::mt19937 random(11);
  sim->we_i = 0;
  sim.reset();

  std::array<std::vector<std::uint32_t>, 2> expected;
  for (int bank = 0; bank < 2; ++bank) {
    for (int word = 0; word < kWords; ++word) {
      expected[bank].push_back(random());
      write(sim, bank, word, expected[bank].back());
    }
  }
  int checks = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 50; ++i) {
      const int bank = random() % 2, word = random() % kWords;
      write(sim, bank, word, expected[bank][word] = random());
      sim->word_i = random() % kWords;  // without we_i: nothing
      sim->data_i = random();
      sim->bank_i = random() % 2;
    }
    sim.tick(2);

    for (int bank = 0; bank < 2; ++bank) {
      sim->base_bank_i = bank;
      sim.settle();
      CHECK(sim->base_o == expected[bank][0]);
      for (int lane = 0; lane < kPerUnit; ++lane) {
        for (int field = 0; field < 5; ++field) {
          sim->read_bank_i = bank;
          sim->read_lane_i = lane;
          sim->read_field_i = field;
          sim.tick();
          sim->read_field_i = random() % 5;  // it is the next cycle's
          sim.settle();
          const Bytes data = Port(sim->read_data_o).bytes();
          for (int unit = 0; unit < kUnits; ++unit, ++checks) {
            std::uint32_t value;
            std::memcpy(&value, &data[4 * unit], 4);
            CAPTURE(bank, lane, field, unit);
            CHECK(value == expected[bank][1 + 5 * (unit * kPerUnit + lane) + field]);
          }
        }
      }
    }
  }
  REQUIRE(checks == 10 * 2 * 5 * kLanes);
}

TEST_CASE("a written coefficient can be read from the third cycle on", "[unit]") {
  Sim<Vtally_coefficient_store_16_2> sim;
  sim->we_i = 0;
  sim.reset();
  write(sim, 1, 1 + 5 * 9 + 3, 0x12345678);  // lane 9 is lane 1 of unit 1
  sim.tick(2);
  sim->read_bank_i = 1;
  sim->read_lane_i = 1;
  sim->read_field_i = 3;
  sim.tick();
  CHECK(sim->read_data_o >> 32 == 0x12345678);
}
