// SPDX-License-Identifier: Apache-2.0
// `tally run --device uart:PORT` from the real program to the Verilated board, through a
// pseudo-terminal: equal to the emulator, over a bad line too, and what a user can do wrong.
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "golden/plan/json_fields.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// A board in a process of its own; it ends when the host has closed the port.
struct Board {
  explicit Board(const std::string& options = "") {
    process = popen((std::string(UART_BOARD " ") + options).c_str(), "r");
    REQUIRE(process != nullptr);
    char name[256] = {};
    REQUIRE(std::fgets(name, sizeof name, process) != nullptr);
    port = std::string(name, std::string(name).find('\n'));
  }
  ~Board() { CHECK(pclose(process) == 0); }
  std::FILE* process;
  std::string port;
};

// The start of every command; configuration small runs n up to 3.
std::string run_on(const Board& board) {
  return "run net.xml --plan plan.json --data data.npz --device uart:" + board.port;
}

}  // namespace

TEST_CASE("a network on a board over a serial line equals the emulator bit for bit") {
  const CliBench bench;
  bench.plan();
  const Board board;
  const Answer answer = bench.tally(run_on(board) + " --samples 12 --json -o run.json");
  CAPTURE(answer.err);
  REQUIRE(answer.code == 0);
  const Json run = Json::parse(answer.out);
  CHECK(run["mismatches"] == 0);
  CHECK(run["compared"] == 12 * (24 + kClasses));
  CHECK(run["device"] == "uart");
  CHECK(run["config"] == "small");
  CHECK(run["cycles"].get<std::int64_t>() > 0);
  CHECK(std::filesystem::exists(bench.file("run.json")));
}

TEST_CASE("a board on a line that flips, loses and adds bytes gives the same values") {
  const CliBench bench;
  bench.plan();
  const Board board("--flip 0.0005 --lose 0.0005 --add 0.0005 --seed 3");
  const Answer answer = bench.tally(run_on(board) + " --samples 3 --json");
  CAPTURE(answer.err);
  REQUIRE(answer.code == 0);
  CHECK(Json::parse(answer.out)["mismatches"] == 0);
  CHECK(Json::parse(answer.out)["compared"] == 3 * (24 + kClasses));
}

TEST_CASE("a board that is unplugged or silent ends the program with a message and exit code 2") {
  const CliBench bench;
  bench.plan();
  {
    const Board board("--unplug-after 700");
    const Answer answer = bench.tally(run_on(board) + " -o run.json");
    CAPTURE(answer.err);
    CHECK(answer.code == 2);
    CHECK_THAT(answer.err, Catch::Contains(board.port) && Catch::Contains("unplugged"));
  }
  {
    const Board board("--silent");
    const Answer answer = bench.tally(run_on(board) + " -o run.json");
    CAPTURE(answer.err);
    CHECK(answer.code == 2);
    CHECK_THAT(answer.err, Catch::Contains(board.port) && Catch::Contains("no answer"));
  }
  CHECK_FALSE(std::filesystem::exists(bench.file("run.json")));
}

TEST_CASE("a wrong port, rate or configuration of a board is refused by name") {
  const CliBench bench;
  bench.plan();
  const std::string run = "run net.xml --plan plan.json --data data.npz --device ";
  const auto refused = [&](const std::string& arguments, const std::string& word) {
    const Answer answer = bench.tally(arguments);
    CAPTURE(arguments, answer.err);
    CHECK(answer.code == 2);
    CHECK_THAT(answer.err, Catch::Contains(word));
  };
  refused(run + "uart:/dev/no_such_port", "/dev/no_such_port: No such file");
  refused(run + "uart:/dev/null", "/dev/null: is not a serial port");
  refused(run + "uart:/dev/null@12345", "no rate of 12345 baud");
  refused(run + "uart:/dev/null@fast", "'fast' is no rate");
  refused(run + "uart:", "'uart:'");
  const Board board;
  refused(run + "uart:" + board.port + " --config default", "configuration 'small', not 'default'");
}
