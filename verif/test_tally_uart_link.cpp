// SPDX-License-Identifier: Apache-2.0
// The serial host link at the level of frames: what each request does and answers, that nothing is
// done twice, lost or half, with queues that fill and streams that stall.
#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "Vtally_uart_link.h"
#include "golden/device/uart_frame.hpp"
#include "verif/harness/axi_stream.hpp"
#include "verif/uart_line.hpp"

using namespace tally;
using namespace tally::verif;

namespace {

using Model = Vtally_uart_link;
constexpr int kClocks = 5, kBeat = 4, kWeightRoom = 64, kActivationRoom = 32, kResultRoom = 8;

enum Command { kPoll, kWeights, kActivations, kRead, kWrite, kReset };
enum Code { kDone, kUnexpected, kMalformed, kNoRoom, kBusError };

/// Registers behind the link, one at each multiple of 4 below 64; answers after a while.
struct Registers : Agent {
  explicit Registers(Sim<Model>& sim) : sim(sim) { sim.attach(*this); }
  void drive() override {
    sim->awready_i = sim->wready_i = sim->arready_i = random() % 3 == 0;
    sim->bvalid_i = address && data && random() % 4 == 0;
    sim->rvalid_i = read && random() % 4 == 0;
    const std::uint32_t target = read.value_or(address.value_or(0));
    const bool known = target % 4 == 0 && target < 64;
    sim->bresp_i = sim->rresp_i = known ? 0 : 2;
    sim->rdata_i = known ? values[target] : 0xDEAD;
  }
  void sample(std::uint64_t) override {
    if (sim->bvalid_i && sim->bready_o) {
      if (sim->bresp_i == 0) values[*address] = *data;
      ++writes;
      address.reset();
      data.reset();
    }
    if (sim->rvalid_i && sim->rready_o) read.reset();
    if (sim->awvalid_o && sim->awready_i) address = sim->awaddr_o;
    if (sim->wvalid_o && sim->wready_i) data = sim->wdata_o;
    if (sim->arvalid_o && sim->arready_i) read = sim->araddr_o;
  }
  Sim<Model>& sim;
  std::minstd_rand random{7};
  std::map<std::uint32_t, std::uint32_t> values;
  std::optional<std::uint32_t> address, data, read;
  int writes = 0;
};

struct Answer {
  int number, command, code;
  std::size_t free_weights, free_activations;
  Bytes data;
  bool last;
};

struct LinkBench {
  explicit LinkBench(Stall stall = {}) {
    weight.set_stall(stall);
    activation.set_stall(stall);
    sim.reset();
  }

  void send(Bytes content) { line.send(encode_frame(content)); }

  /// The next answer, or none after so many cycles.
  std::optional<Answer> receive(std::uint64_t cycles = 20'000) {
    const std::uint64_t end = sim.cycle() + cycles;
    for (;;) {
      for (const std::uint8_t byte : line.take()) {
        if (auto frame = decoder.push(byte)) {
          const Bytes& f = *frame;
          REQUIRE(f.size() >= 8);
          return Answer{f[0],
                        f[1],
                        f[2],
                        f[3] + 256u * f[4],
                        f[5] + 256u * f[6],
                        Bytes(f.begin() + 7, f.end() - 1),
                        f.back() != 0};
        }
      }
      if (sim.cycle() >= end) return std::nullopt;
      sim.tick();
    }
  }

  Answer ask(int number, int command, const Bytes& data = {}) {
    Bytes content = {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(command)};
    content.insert(content.end(), data.begin(), data.end());
    send(content);
    const auto answer = receive();
    REQUIRE(answer);
    CHECK(answer->number == (number & 0xFF));
    CHECK(answer->command == command);
    return *answer;
  }

  Sim<Model> sim{50'000'000};
  Registers registers{sim};
  UartLine<Model> line{sim, kClocks};
  StreamSink weight{
      sim,
      {sim->weight_valid_o, sim->weight_ready_i, {sim->weight_data_o, kBeat}, sim->weight_last_o}};
  StreamSink activation{sim,
                        {sim->activation_valid_o, sim->activation_ready_i, sim->activation_data_o,
                         sim->activation_last_o}};
  StreamSource result{
      sim, {sim->result_valid_i, sim->result_ready_o, sim->result_data_i, sim->result_last_i}};
  FrameDecoder decoder;
};

Bytes run_of(const Bytes& bytes, bool last) {
  Bytes run = {static_cast<std::uint8_t>(bytes.size()),
               static_cast<std::uint8_t>(bytes.size() >> 8 | (last ? 0x80 : 0))};
  run.insert(run.end(), bytes.begin(), bytes.end());
  return run;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("uart link: registers are read and written, a missing one is a bus error", "[unit]") {
  LinkBench bench;
  bench.registers.values = {{0x0C, 0x7E7D0102}};
  CHECK(bench.ask(9, kReset).code == kDone);
  CHECK(bench.registers.values[0x08] == 1);  // soft reset
  const Answer read = bench.ask(10, kRead, {0x0C});
  CHECK(read.code == kDone);
  CHECK(read.data == Bytes{0x02, 0x01, 0x7D, 0x7E});
  CHECK_FALSE(read.last);
  CHECK(bench.ask(11, kWrite, {0x10, 4, 3, 2, 1}).code == kDone);
  CHECK(bench.registers.values[0x10] == 0x01020304);
  CHECK(bench.ask(12, kWrite, {0x80, 4, 3, 2, 1}).code == kBusError);
  CHECK(bench.ask(13, kRead, {0x41}).code == kBusError);
  CHECK(bench.ask(13, kRead, {0x41}).code == kBusError);  // again: the same
  CHECK(bench.ask(14, kPoll).code == kDone);
}

TEST_CASE("uart link: stream bytes become beats with TLAST, in order, stalls or not", "[stall]") {
  for (const Stall& stall : Stall::all(31)) {
    CAPTURE(stall.name());
    LinkBench bench(stall);
    bench.ask(0, kReset);
    std::minstd_rand random(32);
    std::vector<Beat> weights, activations;
    Answer answer = bench.ask(1, kPoll);
    CHECK(answer.free_weights == kWeightRoom);
    CHECK(answer.free_activations == kActivationRoom);
    for (int number = 2; number < 80; ++number) {
      const bool weight = random() % 2;
      const std::size_t beat = weight ? kBeat : 2;
      std::size_t room = (weight ? answer.free_weights : answer.free_activations) / beat;
      Bytes data;
      while (room > 0 && random() % 4 != 0) {
        const std::size_t beats = 1 + random() % room;
        Bytes bytes(beats * beat);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 2 ? 0x7E : random());
        const bool last = random() % 2;
        data = data + run_of(bytes, last);
        for (std::size_t at = 0; at < bytes.size(); at += beat) {
          Beat b{Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                       bytes.begin() + static_cast<std::ptrdiff_t>(at + beat)),
                 last && at + beat == bytes.size()};
          (weight ? weights : activations).push_back(b);
        }
        room -= beats;
      }
      answer = bench.ask(number, weight ? kWeights : kActivations, data);
      REQUIRE(answer.code == kDone);
    }
    bench.sim.tick(3000);
    REQUIRE(weights.size() > 30);
    CHECK(bench.weight.beats() == weights);
    CHECK(bench.activation.beats() == activations);
  }
}

TEST_CASE("uart link: a beat cut short by last is filled with zeros", "[unit]") {
  LinkBench bench;
  bench.ask(0, kReset);
  bench.ask(1, kWeights, run_of({1, 2, 3, 4, 5}, true) + run_of({6, 7, 8, 9}, false));
  bench.sim.tick(200);
  CHECK(bench.weight.beats() ==
        std::vector<Beat>{{{1, 2, 3, 4}, false}, {{5, 0, 0, 0}, true}, {{6, 7, 8, 9}, false}});
}

TEST_CASE("uart link: the last request again is not done again and answered the same", "[unit]") {
  LinkBench bench;
  bench.ask(255, kReset);
  for (std::uint16_t i = 0; i < 6; ++i)
    bench.result.push(Beat{to_bytes(std::uint16_t(0x7D00 + i)), i == 2});
  bench.sim.tick(100);
  // Number 0 follows 255. A batch ends behind a result with last.
  const Answer first = bench.ask(256, kWeights, run_of({1, 2, 3, 4}, false));
  CHECK(first.data == Bytes{0, 0x7D, 1, 0x7D, 2, 0x7D});
  CHECK(first.last);
  for (int i = 0; i < 3; ++i) {
    const Answer again = bench.ask(0, kWeights, run_of({1, 2, 3, 4}, false));
    CHECK(again.code == kDone);
    CHECK(again.data == first.data);
    CHECK(again.last);
  }
  bench.sim.tick(200);
  CHECK(bench.weight.beats().size() == 1);
  const Answer second = bench.ask(1, kPoll);
  CHECK(second.data == Bytes{3, 0x7D, 4, 0x7D, 5, 0x7D});
  CHECK_FALSE(second.last);
  // More results have come meanwhile: the old answer does not grow.
  bench.result.push(Beat{to_bytes(std::uint16_t{9}), true});
  bench.sim.tick(100);
  CHECK(bench.ask(1, kPoll).data == second.data);
  const Answer third = bench.ask(2, kPoll);
  CHECK(third.data == Bytes{9, 0});
  CHECK(third.last);
  CHECK(bench.ask(3, kPoll).data.empty());
  bench.ask(4, kWrite, {0x20, 1, 0, 0, 0});
  bench.ask(4, kWrite, {0x20, 1, 0, 0, 0});
  CHECK(bench.registers.writes == 2);  // the reset and one write
}

TEST_CASE("uart link: more results than fit wait with back-pressure and come in order", "[stall]") {
  for (const Stall& stall : Stall::all(41)) {
    CAPTURE(stall.name());
    LinkBench bench;
    bench.result.set_stall(stall);
    bench.ask(0, kReset);
    std::vector<Beat> expected;
    for (std::uint16_t i = 0; i < 100; ++i) {
      expected.push_back(Beat{to_bytes(std::uint16_t(i * 771)), i % 7 == 6 || i % 13 == 0});
    }
    bench.result.push(expected);
    std::vector<Beat> got;
    for (int number = 1; got.size() < expected.size() && number < 400; ++number) {
      const Answer answer = bench.ask(number, kPoll);
      CHECK(answer.data.size() <= 2 * kResultRoom);
      for (std::size_t i = 0; i < answer.data.size(); i += 2) {
        got.push_back({{answer.data[i], answer.data[i + 1]}, false});
      }
      if (!answer.data.empty()) got.back().last = answer.last;
    }
    CHECK(got == expected);
  }
}

TEST_CASE("uart link: wrong numbers, wrong requests and too much data are refused", "[unit]") {
  LinkBench bench;
  CHECK(bench.ask(1, kPoll).code == kUnexpected);  // no reset yet
  bench.ask(7, kReset);
  CHECK(bench.ask(9, kPoll).code == kUnexpected);
  CHECK(bench.ask(6, kPoll).code == kUnexpected);
  CHECK(bench.ask(7, kPoll).code == kUnexpected);  // 7 was a reset
  CHECK(bench.ask(8, 6).code == kMalformed);
  CHECK(bench.ask(8, 200).code == kMalformed);
  CHECK(bench.ask(8, kRead).code == kMalformed);
  CHECK(bench.ask(8, kRead, {0, 0}).code == kMalformed);
  CHECK(bench.ask(8, kWrite, {0, 1, 2, 3}).code == kMalformed);
  CHECK(bench.ask(8, kReset, {0}).code == kMalformed);
  CHECK(bench.ask(8, kWeights, {4, 0, 1, 2, 3}).code == kMalformed);
  CHECK(bench.ask(8, kWeights, run_of({1, 2, 3, 4}, false) + Bytes{0, 0x80}).code == kMalformed);
  CHECK(bench.ask(8, kWeights, {4}).code == kMalformed);
  // A frame without a command.
  bench.send({8});
  CHECK(bench.receive()->code == kMalformed);

  // One byte too many: nothing of the frame is taken, and the number is used up.
  bench.weight.set_stall(Stall::random(1, 1.0));
  bench.activation.set_stall(Stall::random(1, 1.0));
  CHECK(bench.ask(8, kActivations, run_of(Bytes(kActivationRoom + 1, 5), true)).code == kNoRoom);
  CHECK(bench.ask(8, kActivations, run_of(Bytes(kActivationRoom + 1, 5), true)).code == kNoRoom);
  Answer answer = bench.ask(9, kActivations, run_of(Bytes(kActivationRoom, 6), true));
  CHECK(answer.code == kDone);
  // A byte in the output of the queue, two in the packer.
  CHECK(bench.ask(10, kPoll).free_activations == 3);
  CHECK(bench.ask(11, kActivations, run_of(Bytes(4, 7), false)).code == kNoRoom);
  CHECK(bench.ask(12, kActivations, run_of(Bytes(3, 7), false)).code == kDone);
  CHECK(bench.ask(13, kPoll).free_activations == 0);
  // What waits is gone after a reset, offered beats too.
  bench.sim.detach(bench.activation);
  answer = bench.ask(50, kReset);
  CHECK(answer.free_activations == kActivationRoom);
  bench.activation.restart();
  bench.sim.attach(bench.activation);
  bench.activation.set_stall({});
  CHECK(bench.ask(51, kActivations, run_of({8, 9}, true)).code == kDone);
  bench.sim.tick(200);
  CHECK(bench.activation.beats() == std::vector<Beat>{{{8, 9}, true}});
  CHECK(bench.weight.beats().empty());
}

TEST_CASE("uart link: a frame broken anywhere has no effect and no answer", "[unit]") {
  LinkBench bench;
  bench.ask(0, kReset);
  const Bytes content = Bytes{1, kWeights} + run_of({1, 2, 3, 4, 0x7E, 6, 7, 8}, true);
  const Bytes good = encode_frame(content);
  int tried = 0;
  int doubled = 0;
  // Every byte flipped in one bit, lost, or the last one that comes; an escape twice, which leaves
  // content and check as they were.
  for (std::size_t at = 1; at + 1 < good.size(); ++at) {
    for (int kind = 0; kind < 4; ++kind) {
      if (kind == 3 && good[at] != 0x7D) continue;
      Bytes bad = good;
      if (kind == 3) {
        bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(at), 0x7D);
        ++doubled;
      }
      if (kind == 0) bad[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
      if (kind == 1) bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at));
      if (kind == 2) bad.resize(at);
      CAPTURE(at, kind);
      bench.line.send(bad);
      REQUIRE_FALSE(bench.receive(bad.size() * 10 * kClocks + 2000));
      ++tried;
    }
  }
  REQUIRE(tried > 40);
  REQUIRE(doubled > 0);
  CHECK(bench.weight.beats().empty());
  CHECK(bench.ask(1, kWeights, run_of({9, 9, 9, 9}, true)).code == kDone);
  bench.sim.tick(200);
  CHECK(bench.weight.beats() == std::vector<Beat>{{{9, 9, 9, 9}, true}});
}

TEST_CASE("uart link: a request during an answer is dropped, a broken stop bit kills its frame",
          "[unit]") {
  LinkBench bench;
  bench.ask(0, kReset);
  for (std::uint16_t i = 0; i < 8; ++i) bench.result.push(Beat{to_bytes(i), false});
  bench.sim.tick(100);
  bench.line.send(encode_frame(Bytes{1, kPoll}));
  bench.line.send(encode_frame(Bytes{2, kPoll}));
  const auto answer = bench.receive();
  REQUIRE(answer);
  CHECK(answer->number == 1);
  CHECK(answer->data.size() == 16);
  CHECK_FALSE(bench.receive(5000));
  CHECK(bench.ask(2, kPoll).code == kDone);

  // The line low for 30 bits in the middle of a frame.
  const Bytes frame = encode_frame(Bytes{3, kPoll});
  bench.line.send(std::span(frame).first(3));
  bench.sim.tick_until([&] { return bench.line.idle(); });
  bench.sim.detach(bench.line);
  bench.sim->rx_i = 0;
  bench.sim.tick(30 * kClocks);
  bench.sim->rx_i = 1;
  bench.sim.tick(2 * kClocks);
  bench.sim.attach(bench.line);
  bench.line.send(std::span(frame).subspan(3));
  CHECK_FALSE(bench.receive(5000));
  CHECK(bench.ask(3, kPoll).code == kDone);
}

TEST_CASE("uart link: a start bit that is only noise is ignored", "[unit]") {
  LinkBench bench;
  bench.ask(0, kReset);
  bench.sim.detach(bench.line);
  bench.sim->rx_i = 0;
  bench.sim.tick(1);
  bench.sim->rx_i = 1;
  bench.sim.tick(3 * kClocks);
  bench.sim.attach(bench.line);
  CHECK(bench.ask(1, kPoll).code == kDone);
}
