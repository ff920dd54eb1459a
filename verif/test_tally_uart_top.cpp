// SPDX-License-Identifier: Apache-2.0
// A whole board on a simulated serial line, driven by the host's own code: results equal the
// emulator whatever the line does to bytes, and what cannot be right is refused with a message.
// fpga/CMakeLists.txt builds it with a board that is a netlist.
#include <catch2/catch.hpp>

#include "Vtally_uart_top_small.h"
#include "golden/core/error.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/uart_device.hpp"
#include "golden/tests/random_tile.hpp"
#include "verif/uart_line.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

#ifndef TALLY_BOARD_CONFIG
#define TALLY_BOARD_CONFIG "small"
#endif

using Model = Vtally_uart_top_small;
constexpr int kClocks = 4;  // a bit, as verif/CMakeLists.txt builds it

/// A board on a line.
struct Board {
  explicit Board(LineFaults faults = {}) : line(sim, kClocks, faults) {
    sim.reset();
    sim.tick(20);  // the board releases its reset a little later
  }

  std::unique_ptr<ByteChannel> channel() {
    return std::make_unique<UartChannel<Model>>(sim, line, kClocks);
  }
  std::unique_ptr<UartDevice> device(UartTiming timing = {}) {
    timing.patience = std::chrono::milliseconds(3);
    timing.idle = std::chrono::milliseconds(300);  // 600,000 cycles
    return std::make_unique<UartDevice>(channel(), "board", timing);
  }

  Sim<Model> sim{1'000'000'000};
  UartLine<Model> line;
};

std::uint64_t check_equal(const RunResult& got, const RunResult& want) {
  REQUIRE(got.results.size() == want.results.size());
  for (std::size_t i = 0; i < got.results.size(); ++i) {
    CAPTURE(i, got.results[i].value, want.results[i].value);
    REQUIRE(got.results[i] == want.results[i]);
  }
  CHECK(status_text(got.status) == status_text(want.status));
  CHECK(got.steps == want.steps);
  CHECK(got.cycles >= got.steps);
  return got.results.size();
}

}  // namespace

TEST_CASE("uart board: says the configuration it was built in", "[unit]") {
  Board board;
  CHECK(board.device()->config().name == TALLY_BOARD_CONFIG);
}

TEST_CASE("uart board: results, status and steps over a good line equal the emulator", "[random]") {
  Board board;
  const auto device = board.device();
  EmulatorDevice emulator(device->config());
  std::uint64_t compared = 0;
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    RandomTiles random(device->config(), 100 + seed);
    Streams streams = random.sequence(5, 50);
    if (seed == 0) {
      // Longer than the weight buffer: streamed, and larger than every queue of the link.
      ControlWord control = random.control();
      control.inputs = static_cast<std::uint32_t>(device->config().buffer_rows) + 9;
      control.segment = 150;
      control.vectors = 2;
      random.append(random.tile(control), streams);
    }
    compared += check_equal(device->run(streams), emulator.run(streams));
  }
  CHECK(compared > 100);
  CHECK(device->link().retries() == 0);
  CHECK(device->link().dropped() == 0);
}

TEST_CASE("uart board: flipped, lost and added bytes and pauses cost time but change nothing",
          "[random][stall]") {
  std::uint64_t compared = 0, retries = 0;
  const LineFaults lines[] = {
      {.flip = 0.003, .seed = 1},
      {.lose = 0.003, .seed = 2},
      {.add = 0.003, .seed = 3},
      {.stall = 0.02, .seed = 4},
      {.flip = 0.001, .lose = 0.001, .add = 0.001, .stall = 0.01, .seed = 5}};
  for (const LineFaults& faults : lines) {
    CAPTURE(faults.seed);
    Board board(faults);
    const auto device = board.device({.attempts = 50});
    EmulatorDevice emulator(device->config());
    RandomTiles random(device->config(), 200 + faults.seed);
    const Streams streams = random.sequence(6, 40);
    compared += check_equal(device->run(streams), emulator.run(streams));
    if (faults.seed != 4) {
      CHECK(board.line.faults() > 3);
      CHECK(device->link().retries() > 0);
    }
    retries += device->link().retries();
  }
  CHECK(compared > 100);
  CHECK(retries > 20);
}

TEST_CASE("uart board: a faulty stream shows in the status, and the next run is clean", "[unit]") {
  Board board;
  const auto device = board.device();
  EmulatorDevice emulator(device->config());
  RandomTiles random(device->config(), 300);
  const Streams good = random.sequence(2, 20);
  for (int round = 0; round < 2; ++round) {
    Streams bad = good;
    if (round == 0) bad.weights.last[2] = 1;
    if (round == 1) bad.activations[0].last = !bad.activations[0].last;
    const RunResult got = device->run(bad);
    CHECK((got.status & kFatalStatus) != 0);
    CHECK(status_text(got.status & kFatalStatus) ==
          status_text(emulator.run(bad).status & kFatalStatus));
    check_equal(device->run(good), emulator.run(good));
  }
}

TEST_CASE("uart board: a silent or cut line is an error that names the port", "[unit]") {
  Board board;
  const auto device = board.device({.attempts = 3});
  RandomTiles random(device->config(), 400);
  const Streams streams = random.sequence(2, 20);
  board.line.cut();
  try {
    device->run(streams);
    FAIL("a cut line was not noticed");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::Contains("board: no answer") && Catch::Contains("3 attempts"));
  }
}

TEST_CASE("uart board: after a reset of the board the host is told, and can start again",
          "[unit]") {
  Board board;
  const auto device = board.device();
  EmulatorDevice emulator(device->config());
  RandomTiles random(device->config(), 500);
  const Streams streams = random.sequence(2, 20);
  board.sim.reset();
  CHECK_THROWS_WITH(UartLink(board.channel(), "board").request(UartCommand::kPoll),
                    Catch::Contains("the board was reset"));
  check_equal(device->run(streams), emulator.run(streams));
}
