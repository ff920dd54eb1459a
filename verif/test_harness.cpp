// SPDX-License-Identifier: Apache-2.0
// The harness itself: that it moves data right through a device that is right (the register slice,
// narrow and wide), and that it sees devices, written here in C++, that break the rules.
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <random>

#include "Vtally_stream_register.h"
#include "Vtally_stream_register_wide.h"
#include "verif/harness/axi_lite.hpp"
#include "verif/harness/axi_stream.hpp"
#include "verif/harness/scoreboard.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;
using Catch::Contains;

namespace {

template <class Model>
StreamPorts input_of(Sim<Model>& sim, std::size_t bytes) {
  return {sim->valid_i, sim->ready_o, {sim->data_i, bytes}};
}
template <class Model>
StreamPorts output_of(Sim<Model>& sim, std::size_t bytes) {
  return {sim->valid_o, sim->ready_i, {sim->data_o, bytes}};
}

/// Random beats of `bytes` bytes; the top byte keeps to `top_mask`.
std::vector<Beat> random_beats(std::mt19937& random, int count, std::size_t bytes,
                               std::uint8_t top_mask) {
  std::vector<Beat> beats(count);
  for (Beat& beat : beats) {
    for (std::size_t i = 0; i < bytes; ++i) beat.data.push_back(random() & 0xFF);
    beat.data.back() &= top_mask;
  }
  return beats;
}

/// `count` beats through a register slice; returns the cycles it took.
template <class Model>
std::uint64_t stream_through(std::size_t bytes, std::uint8_t top_mask, Stall in, Stall out,
                             int count) {
  std::mt19937 random(7);
  Sim<Model> sim;
  sim->clear_i = 0;
  StreamSource source(sim, input_of(sim, bytes), in);
  StreamSink sink(sim, output_of(sim, bytes), out);
  Scoreboard<Beat> board("slice");
  sim.reset();
  const auto beats = random_beats(random, count, bytes, top_mask);
  source.push(beats);
  board.expect_all(beats);
  const auto start = sim.cycle();
  sim.tick_until([&] { return sink.received() == beats.size(); });
  board.check_all(sink.take());
  board.finish();
  REQUIRE(source.idle());
  sim.tick(5);
  REQUIRE(sink.beats().empty());
  return sink.last_cycle() - start + 1;
}

/// A device written in C++: sets its outputs from its inputs; `edge` is called on each rising edge.
struct Fake {
  std::uint8_t clk_i = 0, rst_ni = 1;
  explicit Fake(VerilatedContext*, const char* = "") {}
  virtual ~Fake() = default;
  void eval() {
    if (clk_i && !previous_ && rst_ni) edge();
    previous_ = clk_i;
    settle();
  }
  void final() {}
#if VM_TRACE
  void trace(VerilatedFstC*, int) {}
#endif
  virtual void edge() {}
  virtual void settle() {}

 private:
  std::uint8_t previous_ = 0;
};

/// A sender that offers its cycle number and lets valid fall, or data change, without ready.
struct BadSender : Fake {
  using Fake::Fake;
  enum { kGood, kDrops, kChanges } kind = kGood;
  std::uint8_t valid_o = 0, ready_i = 0;
  std::uint16_t data_o = 0;
  void edge() override {
    const bool taken = valid_o && ready_i;
    if (kind == kDrops) valid_o = !valid_o;
    if (kind == kChanges || taken) ++data_o;
    if (kind != kDrops) valid_o = 1;
  }
};

void receive_from(decltype(BadSender::kGood) kind, Stall stall) {
  Sim<BadSender> sim;
  sim->kind = kind;
  StreamSink sink(sim, {sim->valid_o, sim->ready_i, sim->data_o}, stall);
  sim.tick(50);
  REQUIRE(sink.received() > 0);
}

/// An AXI4-Lite memory of words that answers `delay` cycles after the request; writes to 0x100 and
/// above give a decode error. `spoil` may break its outputs at each edge.
struct LiteMemory : Fake {
  using Fake::Fake;
  std::uint8_t awvalid = 0, awready = 0, wvalid = 0, wready = 0, wstrb = 0, bvalid = 0, bready = 0,
               bresp = 0, arvalid = 0, arready = 0, rvalid = 0, rready = 0, rresp = 0;
  std::uint32_t awaddr = 0, wdata = 0, araddr = 0, rdata = 0;

  int delay = 0;
  std::function<void(LiteMemory&)> spoil = [](LiteMemory&) {};
  std::map<std::uint32_t, std::uint32_t> words;

  void settle() override {
    awready = !has_address && !bvalid;
    wready = !has_data && !bvalid;
    arready = !reading && !rvalid;
  }
  void edge() override {
    const bool take_address = awvalid && awready, take_data = wvalid && wready;
    const bool take_read = arvalid && arready;
    if (bvalid && bready) bvalid = 0;
    if (rvalid && rready) rvalid = 0;
    if (take_address) has_address = true, address = awaddr;
    if (take_data) has_data = true, data = wdata, strobe = wstrb;
    if (take_read) reading = true, read_address = araddr, wait = delay;
    if (has_address && has_data) {
      for (int i = 0; i < 4; ++i) {
        const std::uint32_t mask = 0xFFu << 8 * i;
        if (strobe >> i & 1) words[address] = (words[address] & ~mask) | (data & mask);
      }
      bresp = address >= 0x100 ? 3 : 0;
      bvalid = 1;
      has_address = has_data = false;
    }
    if (reading && wait-- == 0) {
      rdata = words[read_address];
      rresp = 0;
      rvalid = 1;
      reading = false;
    }
    spoil(*this);
  }

  AxiLitePorts ports() {
    return {awvalid, awready, awaddr,  wvalid, wready, wdata,  wstrb, bvalid, bready,
            bresp,   arvalid, arready, araddr, rvalid, rready, rdata, rresp};
  }

 private:
  bool has_address = false, has_data = false, reading = false;
  std::uint32_t address = 0, data = 0, read_address = 0;
  std::uint8_t strobe = 0;
  int wait = 0;
};

}  // namespace

TEST_CASE("a stream keeps order and content under every pair of stalls, any width", "[stall]") {
  const auto in = GENERATE(from_range(Stall::all(11)));
  const auto out = GENERATE(from_range(Stall::all(23)));
  CAPTURE(in.name(), out.name());
  stream_through<Vtally_stream_register>(3, 0x01, in, out, 500);
  stream_through<Vtally_stream_register_wide>(17, 0xFF, in, out, 500);
}

TEST_CASE("the register slice moves a beat a cycle and takes one cycle", "[unit]") {
  CHECK(stream_through<Vtally_stream_register>(3, 1, Stall::none(), Stall::none(), 100) == 101);
  // Offers in every second cycle, from the second on.
  CHECK(stream_through<Vtally_stream_register>(3, 1, Stall::alternate(), Stall::none(), 100) ==
        201);
}

TEST_CASE("clear drops the held beats and the one offered", "[unit]") {
  Sim<Vtally_stream_register> sim;
  sim->clear_i = 0;
  sim->ready_i = 0;
  StreamSource source(sim, input_of(sim, 3));
  sim.reset();
  source.push({{{1, 0, 0}}, {{2, 0, 0}}, {{3, 0, 0}}});
  sim.tick(5);
  REQUIRE(source.sent() == 2);
  REQUIRE(sim->valid_o == 1);
  sim->clear_i = 1;
  sim.tick();
  REQUIRE(source.sent() == 2);
  REQUIRE(sim->valid_o == 0);
  // Empty, and with nothing else in the way, it still takes nothing while clear is up.
  sim.tick();
  REQUIRE(source.sent() == 2);
  REQUIRE(sim->valid_o == 0);
  sim->clear_i = 0;
  sim.tick();
  REQUIRE(sim->valid_o == 1);
  REQUIRE(sim->data_o == 3);
}

TEST_CASE("the sink sees a sender that breaks the hold rule", "[unit]") {
  CHECK_NOTHROW(receive_from(BadSender::kGood, Stall::alternate()));
  // Without stalls there is nothing to break.
  CHECK_NOTHROW(receive_from(BadSender::kDrops, Stall::none()));
  CHECK_THROWS_WITH(receive_from(BadSender::kDrops, Stall::random(3, 0.5)),
                    Contains("valid fell before ready"));
  CHECK_THROWS_WITH(receive_from(BadSender::kChanges, Stall::alternate()),
                    Contains("changed before ready, beat"));
}

TEST_CASE("a simulation that goes on for too long fails with its cycle", "[unit]") {
  Sim<Vtally_stream_register> sim(100);
  CHECK_THROWS_WITH(sim.tick_until([] { return false; }, 20), Contains("in cycle 20"));
  CHECK_THROWS_WITH(sim.tick(1000), Contains("time-out, in cycle 100"));
}

TEST_CASE("ports hold bytes of any width and refuse more than they have", "[unit]") {
  VlWide<3> wide;
  Port port(wide, 10);
  port.set_bytes(Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(wide[0] == 0x04030201);
  CHECK(wide[2] == 0x00000A09);
  CHECK(port.bytes() == Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK_THROWS_AS(port.set_bytes(Bytes(11)), Failure);
  std::uint8_t narrow = 0xFF;
  Port(narrow).set(5);
  CHECK(narrow == 5);
  CHECK(Port(narrow).get() == 5);
  Port absent;
  CHECK_NOTHROW(absent.set(1));
  CHECK(to_beats({1, 2, 3}, 2) == std::vector<Beat>{{{1, 2}, false}, {{3, 0}, true}});
}

TEST_CASE("the scoreboard reports index, got and expected, and refuses to compare nothing",
          "[unit]") {
  Scoreboard<int> board("numbers");
  board.expect_all(std::vector{10, 20, 30});
  board.check(10);
  CHECK_THROWS_WITH(board.check(21), Contains("numbers[1]: got 0x15, expected 0x14"));
  CHECK_THROWS_WITH(board.finish(), Contains("2 more expected"));
  board.check_all(std::vector{20, 30});
  CHECK_NOTHROW(board.finish());
  CHECK(board.compared() == 3);
  CHECK_THROWS_WITH(board.check(1), Contains("expected nothing more"));
  Scoreboard<Beat> empty("empty");
  CHECK_THROWS_WITH(empty.finish(), Contains("nothing was compared"));
}

TEST_CASE("stall patterns hold off as often as they say, and again the same way", "[unit]") {
  const auto count = [](Stall stall) {
    int held = 0;
    for (int i = 0; i < 10000; ++i) held += stall.next();
    return held;
  };
  CHECK(count(Stall::none()) == 0);
  CHECK(count(Stall::alternate()) == 5000);
  CHECK(count(Stall::random(5, 0.3)) == Approx(3000).margin(200));
  CHECK(count(Stall::bursts(5)) == Approx(10000 * 30.5 / 41).margin(700));
  CHECK(count(Stall::bursts(6)) == count(Stall::bursts(6)));
}

TEST_CASE("AXI4-Lite reads back what was written, under stalls and with delays", "[stall]") {
  const auto stall = GENERATE(from_range(Stall::all(31)));
  const auto delay = GENERATE(0, 1, 5);
  CAPTURE(stall.name(), delay);
  Sim<LiteMemory> sim;
  sim->delay = delay;
  AxiLiteMaster master(sim, sim->ports());
  master.set_stalls(stall, Stall::random(8, 0.5), stall);
  sim.reset();
  std::mt19937 random(9);
  for (std::uint32_t address = 0; address < 0x100; address += 4) {
    const std::uint32_t value = random();
    REQUIRE(master.write(address, value) == AxiResponse::kOkay);
    REQUIRE(master.write(address, ~value, 0x4) == AxiResponse::kOkay);
    const auto result = master.read(address);
    REQUIRE(result.data == (value ^ 0x00FF0000));
    REQUIRE(result.response == AxiResponse::kOkay);
  }
  REQUIRE(master.write(0x100, 0) == AxiResponse::kDecodeError);
}

TEST_CASE("the AXI4-Lite master sees responses that break the protocol", "[unit]") {
  Sim<LiteMemory> sim;
  AxiLiteMaster master(sim, sim->ports());
  sim.reset();
  master.set_stalls({}, {}, Stall::bursts(4, 1, 20));
  SECTION("unasked") {
    sim->spoil = [](LiteMemory& m) { m.rvalid = 1; };
    CHECK_THROWS_WITH(sim.tick(3), Contains("read response without a request"));
  }
  SECTION("fallen") {
    sim->spoil = [](LiteMemory& m) {
      if (m.bvalid && m.bresp++ > 0) m.bvalid = m.bresp = 0;
    };
    CHECK_THROWS_WITH(
        [&] {
          for (int i = 0; i < 20; ++i) master.write(0, i);
        }(),
        Contains("write response changed before ready") || Contains("fell before ready"));
  }
  SECTION("changing") {
    sim->spoil = [](LiteMemory& m) { ++m.rdata; };
    CHECK_THROWS_WITH(
        [&] {
          for (int i = 0; i < 20; ++i) master.read(0);
        }(),
        Contains("read response changed before ready"));
  }
  SECTION("missing") {
    sim->delay = 1'000'000;
    CHECK_THROWS_WITH(master.read(0), Contains("not done after"));
  }
}
