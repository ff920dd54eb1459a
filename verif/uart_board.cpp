// SPDX-License-Identifier: Apache-2.0
// A board without a board: the Verilated tally_uart_top of configuration small behind a
// pseudo-terminal. Prints the terminal's name and then plays board until the host closes it.
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "Vtally_uart_top_small.h"
#include "verif/uart_line.hpp"

using namespace tally::verif;

namespace {

constexpr int kClocksPerBit = 4;
constexpr std::uint64_t kSlice = 400;          // cycles between two looks at the terminal
constexpr std::uint64_t kBusyCycles = 40'000;  // silence after which the board has nothing to do
constexpr int kWaitMs = 100;
constexpr int kPatienceMs = 120'000;  // for the host to open the terminal

int open_terminal() {
  const int file = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (file < 0 || grantpt(file) != 0 || unlockpt(file) != 0) {
    std::perror("uart_board");
    std::exit(1);
  }
  // Raw from the start: nothing may come back as an echo.
  termios line{};
  tcgetattr(file, &line);
  cfmakeraw(&line);
  tcsetattr(file, TCSANOW, &line);
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The Verilated board behind a pseudo-terminal."};
  LineFaults faults;
  std::uint64_t unplug_after = 0;
  bool silent = false;
  app.add_option("--flip", faults.flip, "probability that a byte gets a wrong bit");
  app.add_option("--lose", faults.lose, "probability that a byte is lost");
  app.add_option("--add", faults.add, "probability that a random byte follows");
  app.add_option("--seed", faults.seed, "of these");
  app.add_option("--unplug-after", unplug_after, "bytes from the host, then the board is gone");
  app.add_flag("--silent", silent, "never answer");
  CLI11_PARSE(app, argc, argv);

  const int terminal = open_terminal();
  std::cout << ptsname(terminal) << std::endl;

  Sim<Vtally_uart_top_small> sim(~std::uint64_t{0});
  UartLine<Vtally_uart_top_small> line(sim, kClocksPerBit, faults);
  sim.reset();
  sim.tick(20);
  if (silent) line.cut();
  std::uint64_t active = 0, bytes = 0;
  bool opened = false;
  for (int waited = 0; waited < kPatienceMs;) {
    const bool busy = sim.cycle() - active < kBusyCycles || !line.idle();
    pollfd event{terminal, POLLIN, 0};
    poll(&event, 1, busy ? 0 : kWaitMs);
    if (event.revents & POLLIN) {
      std::array<std::uint8_t, 4096> buffer;
      const ssize_t count = read(terminal, buffer.data(), buffer.size());
      if (count > 0) {
        line.send(std::span(buffer).first(static_cast<std::size_t>(count)));
        bytes += static_cast<std::uint64_t>(count);
        active = sim.cycle();
        opened = true;
        waited = 0;
      }
    } else if (event.revents & POLLHUP) {
      // Nobody has the other side open.
      if (opened) return 0;
      usleep(1000 * kWaitMs);
      waited += kWaitMs;
      continue;
    } else if (!busy) {
      waited += kWaitMs;
      continue;
    }
    if (unplug_after != 0 && bytes >= unplug_after) return 0;
    sim.tick(kSlice);
    const auto answer = line.take();
    for (std::size_t sent = 0; sent < answer.size();) {
      const ssize_t count = write(terminal, answer.data() + sent, answer.size() - sent);
      if (count > 0) {
        sent += static_cast<std::size_t>(count);
        active = sim.cycle();
      } else {
        usleep(1000);
      }
    }
  }
  std::cerr << "uart_board: nothing to do for " << kPatienceMs / 1000 << " s\n";
  return 1;
}
