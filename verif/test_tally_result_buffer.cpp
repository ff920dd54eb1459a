// SPDX-License-Identifier: Apache-2.0
// The result buffer: order of lanes, number of valid ones, last, under every stall pattern.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "Vtally_result_buffer_16_2.h"
#include "Vtally_result_buffer_4_4.h"
#include "verif/harness/axi_stream.hpp"
#include "verif/harness/scoreboard.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

struct Shape16x2 {
  using Model = Vtally_result_buffer_16_2;
  static constexpr int kLanes = 16, kUnits = 2;
};
struct Shape4x4 {
  using Model = Vtally_result_buffer_4_4;
  static constexpr int kLanes = 4, kUnits = 4;
};

using Vector = std::vector<std::uint16_t>;

/// Writes a vector, a lane of every unit a cycle. `valid` and `last` are only right with lane 0.
template <class Shape, class Model>
void write(Sim<Model>& sim, const Vector& vector, int valid, bool last) {
  constexpr int kPerUnit = Shape::kLanes / Shape::kUnits;
  for (int lane = 0; lane < kPerUnit; ++lane) {
    Bytes data(2 * Shape::kUnits);
    for (int unit = 0; unit < Shape::kUnits; ++unit) {
      std::memcpy(&data[2 * unit], &vector[unit * kPerUnit + lane], 2);
    }
    sim->we_i = 1;
    sim->lane_i = lane;
    Port(sim->data_i).set_bytes(data);
    sim->valid_lanes_i = lane == 0 ? valid : 77;
    sim->last_i = lane == 0 ? last : !last;
    sim.tick();
  }
  sim->we_i = 0;
  Port(sim->data_i).set(0x5555);
}

/// Counts drained_o.
template <class Model>
struct DrainMonitor : Agent {
  explicit DrainMonitor(Sim<Model>& sim) : sim(sim) { sim.attach(*this); }
  void sample(std::uint64_t) override { count += sim->drained_o; }
  Sim<Model>& sim;
  std::size_t count = 0;
};

template <class Model>
StreamPorts output_of(Sim<Model>& sim) {
  return {sim->valid_o, sim->ready_i, sim->data_o, sim->last_o};
}

}  // namespace

TEMPLATE_TEST_CASE("the result buffer streams the valid lanes in order, last on the last one",
                   "[random][stall]", Shape16x2, Shape4x4) {
  const auto stall = GENERATE(from_range(Stall::all(3)));
  CAPTURE(stall.name());
  Sim<typename TestType::Model> sim;
  StreamSink sink(sim, output_of(sim), stall);
  DrainMonitor drained(sim);
  Scoreboard<Beat> board("results");
  std::mt19937 random(5);
  sim->we_i = 0;
  sim->clear_i = 0;
  sim.reset();

  const std::size_t kVectors = 200;
  for (std::size_t i = 0; i < kVectors; ++i) {
    Vector vector(TestType::kLanes);
    for (auto& value : vector) value = random();
    const int valid = 1 + random() % TestType::kLanes;
    const bool last = random() % 2;
    for (int lane = 0; lane < valid; ++lane) {
      board.expect({to_bytes(vector[lane]), last && lane == valid - 1});
    }
    write<TestType>(sim, vector, valid, last);
    sim.tick_until([&] { return drained.count == i + 1; });
    sim.tick(random() % 3);
  }
  board.check_all(sink.take());
  board.finish();
  CHECK(drained.count == kVectors);
}

TEST_CASE("clearing the result buffer drops the vector in it", "[unit]") {
  Sim<Vtally_result_buffer_16_2> sim;
  StreamSink sink(sim, output_of(sim), Stall::random(1, 0.5));
  sim->we_i = 0;
  sim->clear_i = 0;
  sim.reset();
  write<Shape16x2>(sim, Vector(16, 0xBAD), 16, true);
  sim->clear_i = 1;
  sim.tick();
  sim->clear_i = 0;
  sink.restart();
  REQUIRE(sim->valid_o == 0);
  sink.take();

  write<Shape16x2>(sim, Vector(16, 0x600D), 2, true);
  sim.tick(20);
  CHECK(sink.take() == std::vector<Beat>{{to_bytes<std::uint16_t>(0x600D), false},
                                         {to_bytes<std::uint16_t>(0x600D), true}});
}
