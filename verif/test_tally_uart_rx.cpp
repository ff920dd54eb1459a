// SPDX-License-Identifier: Apache-2.0
// The receiver of the serial line: every byte, at rates that are off as far as two crystals and a
// rounded divider can be, and what is no byte.
#include <catch2/catch.hpp>

#include "Vtally_uart_rx.h"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

using Rx = Sim<Vtally_uart_rx>;

/// Collects what the receiver says.
struct Listener : Agent {
  explicit Listener(Rx& sim) : sim(sim) { sim.attach(*this); }
  void sample(std::uint64_t) override {
    if (sim->valid_o) bytes.push_back(sim->data_o);
    errors += sim->error_o;
  }
  Rx& sim;
  std::vector<int> bytes;
  int errors = 0;
};

void hold(Rx& sim, int level, int clocks) {
  sim->rx_i = static_cast<unsigned char>(level);
  sim.tick(static_cast<std::uint64_t>(clocks));
}

void send(Rx& sim, int byte, int clocks_a_bit) {
  for (int bit = 0; bit < 10; ++bit) hold(sim, (0x200 | byte << 1) >> bit & 1, clocks_a_bit);
}

}  // namespace

TEST_CASE("uart rx: every byte without a gap between them, at rates up to 4 % off",
          "[exhaustive]") {
  for (const int clocks : {48, 49, 50, 51, 52}) {
    CAPTURE(clocks);
    Rx sim;
    Listener listener(sim);
    sim->rx_i = 1;
    sim.reset();
    sim.tick(5);
    for (int byte = 0; byte < 256; ++byte) send(sim, byte, clocks);
    sim.tick(100);
    REQUIRE(listener.bytes.size() == 256);
    for (int byte = 0; byte < 256; ++byte)
      CHECK(listener.bytes[static_cast<std::size_t>(byte)] == byte);
    CHECK(listener.errors == 0);
  }
}

TEST_CASE("uart rx: short noise gives nothing, a break gives one error and then bytes again",
          "[unit]") {
  Rx sim;
  Listener listener(sim);
  sim->rx_i = 1;
  sim.reset();
  sim.tick(5);
  for (int length = 1; length < 20; ++length) {
    hold(sim, 0, length);
    hold(sim, 1, 100);
  }
  CHECK(listener.bytes.empty());
  CHECK(listener.errors == 0);
  hold(sim, 0, 3000);
  CHECK(listener.errors == 1);
  hold(sim, 1, 60);
  send(sim, 0xA5, 50);
  sim.tick(100);
  CHECK(listener.bytes == std::vector<int>{0xA5});
  CHECK(listener.errors == 1);
}
