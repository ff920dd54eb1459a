// SPDX-License-Identifier: Apache-2.0
// tally_top: the registers over AXI4-Lite, and that the streams behind it are those of tally_pe.
// Addresses and reset values come from the header that the register description gives to software.
#include <catch2/catch.hpp>

#include "Vtally_top_cut.h"
#include "Vtally_top_small.h"
#include "golden/tests/random_tile.hpp"
#include "rtl/generated/tally_registers.h"
#include "verif/harness/axi_lite.hpp"
#include "verif/harness/cut_config.hpp"
#include "verif/pe_bench.hpp"

using namespace tally;
using namespace tally::verif;
using tally::testing::RandomTiles;

namespace {

constexpr std::uint32_t kIdentity = offsetof(tally_registers_t, identity);
constexpr std::uint32_t kConfiguration = offsetof(tally_registers_t, configuration);
constexpr std::uint32_t kControl = offsetof(tally_registers_t, control);
constexpr std::uint32_t kStatus = offsetof(tally_registers_t, status);
constexpr std::uint32_t kCycles = offsetof(tally_registers_t, cycles);
constexpr std::uint32_t kSteps = offsetof(tally_registers_t, steps);
constexpr std::uint32_t kStalls = offsetof(tally_registers_t, stalls);
constexpr std::uint32_t kTiles = offsetof(tally_registers_t, tiles);
constexpr std::uint32_t kResults = offsetof(tally_registers_t, results);
constexpr std::uint32_t kTermPairs = offsetof(tally_registers_t, term_pairs);

// As both models are built (CMakeLists.txt).
template <typename Model>
const PeConfig& config_of() {
  if constexpr (std::is_same_v<Model, Vtally_top_small>) {
    return find_pe_config("small");
  } else {
    return kCutConfig;
  }
}

template <typename Model>
struct TopBench {
  Sim<Model> sim{10'000'000};
  AxiLiteMaster<Model> bus{
      sim,
      {sim->s_axil_awvalid, sim->s_axil_awready, sim->s_axil_awaddr, sim->s_axil_wvalid,
       sim->s_axil_wready, sim->s_axil_wdata, sim->s_axil_wstrb, sim->s_axil_bvalid,
       sim->s_axil_bready, sim->s_axil_bresp, sim->s_axil_arvalid, sim->s_axil_arready,
       sim->s_axil_araddr, sim->s_axil_rvalid, sim->s_axil_rready, sim->s_axil_rdata,
       sim->s_axil_rresp}};
  StreamSource weight{sim,
                      {sim->s_axis_weight_tvalid, sim->s_axis_weight_tready,
                       sim->s_axis_weight_tdata, sim->s_axis_weight_tlast}};
  StreamSource activation{sim,
                          {sim->s_axis_activation_tvalid, sim->s_axis_activation_tready,
                           sim->s_axis_activation_tdata, sim->s_axis_activation_tlast}};
  StreamSink result{sim,
                    {sim->m_axis_result_tvalid, sim->m_axis_result_tready, sim->m_axis_result_tdata,
                     sim->m_axis_result_tlast}};

  TopBench() {
    sim->s_axil_awprot = sim->s_axil_arprot = 0;
    sim.reset();
  }

  std::uint32_t read(std::uint32_t address) {
    const auto answer = bus.read(address);
    CHECK(answer.response == AxiResponse::kOkay);
    return answer.data;
  }
  std::uint64_t read64(std::uint32_t address) {
    const std::uint64_t low = read(address);
    return low | static_cast<std::uint64_t>(read(address + 4)) << 32;
  }

  void push(const PeInput& input) {
    for (std::size_t i = 0; i < input.weights.size(); ++i) {
      const auto bytes = input.weights.beat(i);
      weight.push(Beat{Bytes(bytes.begin(), bytes.end()), input.weights.last[i] != 0});
    }
    for (const HalfBeat& beat : input.activations) {
      activation.push(Beat{to_bytes(beat.value), beat.last});
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("top: identity and configuration say what was built", "[unit]", Vtally_top_small,
                   Vtally_top_cut) {
  TopBench<TestType> bench;
  const PeConfig& config = config_of<TestType>();
  CHECK(bench.read(kIdentity) == 0x54414C59);
  const std::uint32_t built = bench.read(kConfiguration);
  CHECK((built & 0xFF) == static_cast<std::uint32_t>(config.lanes));
  CHECK((built >> 8 & 0xF) == static_cast<std::uint32_t>(config.max_n));
  CHECK((built >> 12 & 0xF) == static_cast<std::uint32_t>(config.dequantizers));
  CHECK((built >> 16 & 1) == static_cast<std::uint32_t>(config.ping_pong));
  CHECK((built >> 18 & 3) == static_cast<std::uint32_t>(config.counter_style));
  CHECK((built >> 20 & 31) == static_cast<std::uint32_t>(config.cnt_w));
  CHECK((built >> 25 & 1) == static_cast<std::uint32_t>(config.parallel_terms));
  CHECK((built >> 26 & 1) == static_cast<std::uint32_t>(config.digits));
}

TEMPLATE_TEST_CASE(
    "top: results equal the emulator and the event counters add up, bus stalls or not",
    "[random][stall]", Vtally_top_small, Vtally_top_cut) {
  const PeConfig& config = config_of<TestType>();
  for (const Stall& stall : Stall::all(21)) {
    CAPTURE(stall.name());
    TopBench<TestType> bench;
    bench.bus.set_stalls(stall, Stall::random(22, 0.4), stall);
    RandomTiles random(config, 23);
    const PeInput input = random.mixed_sequence(6, 40);
    Emulator emulator(config);
    emulator.push_weights(input.weights);
    emulator.push_activations(input.activations);
    const auto expected = emulator.take_results();
    REQUIRE_FALSE(expected.empty());

    bench.push(input);
    while (bench.result.received() < expected.size()) bench.read(kStatus);  // busy bus meanwhile
    bench.sim.tick(50);
    const auto beats = bench.result.take();
    REQUIRE(beats.size() == expected.size());
    for (std::size_t i = 0; i < beats.size(); ++i) {
      CHECK((beats[i].data[0] | beats[i].data[1] << 8) == expected[i].value);
      CHECK(beats[i].last == expected[i].last);
    }
    CHECK(bench.read(kStatus) == emulator.status());
    CHECK(bench.read64(kSteps) == emulator.counters().steps);
    CHECK(bench.read64(kTiles) == emulator.counters().tiles);
    CHECK(bench.read64(kResults) == expected.size());
    CHECK(bench.read64(kTermPairs) == emulator.counters().term_pairs);
    CHECK(bench.read64(kCycles) == bench.read64(kSteps) + bench.read64(kStalls));
  }
}

TEMPLATE_TEST_CASE("top: writing soft reset clears status and counters, and the next tile is clean",
                   "[unit]", Vtally_top_small, Vtally_top_cut) {
  const PeConfig& config = config_of<TestType>();
  TopBench<TestType> bench;
  bench.weight.push(
      Beat{Bytes(static_cast<std::size_t>(config.lanes), 0xFF), true});  // no control word at all
  bench.sim.tick(100);
  CHECK(bench.read(kStatus) == kWeightEarly);
  CHECK(bench.bus.write(kControl, 1) == AxiResponse::kOkay);
  bench.sim.tick(4);
  CHECK(bench.read(kStatus) == 0);
  CHECK(bench.read64(kCycles) == 0);

  RandomTiles random(config, 24);
  const PeInput input = random.sequence(1);
  Emulator emulator(config);
  emulator.push_weights(input.weights);
  emulator.push_activations(input.activations);
  const auto expected = emulator.take_results();
  bench.push(input);
  bench.sim.tick_until([&] { return bench.result.received() == expected.size(); });
  CHECK(bench.read(kStatus) == emulator.status());
}

TEMPLATE_TEST_CASE("top: a write to a read-only register is refused", "[unit]", Vtally_top_small,
                   Vtally_top_cut) {
  TopBench<TestType> bench;
  CHECK(bench.bus.write(kTermPairs + 4, 1) == AxiResponse::kSlaveError);
  CHECK(bench.bus.write(kStatus, 0) == AxiResponse::kSlaveError);
  CHECK(bench.bus.write(kIdentity, 0) == AxiResponse::kSlaveError);
  CHECK(bench.read(kIdentity) == 0x54414C59);
}

TEMPLATE_TEST_CASE("top: an address waits until the write before it is answered", "[unit]",
                   Vtally_top_small, Vtally_top_cut) {
  Sim<TestType> sim{1000};
  sim->s_axil_awprot = sim->s_axil_arprot = 0;
  sim->s_axil_arvalid = sim->s_axil_wvalid = sim->s_axil_rready = 0;
  sim->s_axis_weight_tvalid = sim->s_axis_activation_tvalid = sim->m_axis_result_tready = 0;
  sim->s_axil_bready = 1;
  sim->s_axil_awvalid = 0;
  sim.reset();
  // A read-only register, and behind it one that may be written.
  sim->s_axil_awaddr = kStatus;
  sim->s_axil_awvalid = 1;
  int taken = 0;
  for (int cycle = 0; cycle < 5; ++cycle) {
    taken += sim->s_axil_awready;
    sim.tick();
    if (taken == 1) sim->s_axil_awaddr = kControl;
  }
  CHECK(taken == 1);
  sim->s_axil_wdata = 0;
  sim->s_axil_wstrb = 0xF;
  for (const AxiResponse answer : {AxiResponse::kSlaveError, AxiResponse::kOkay}) {
    sim->s_axil_wvalid = 1;
    sim.tick_until([&] { return sim->s_axil_wready != 0; });
    sim.tick();
    sim->s_axil_wvalid = 0;
    sim.tick_until([&] { return sim->s_axil_bvalid != 0; });
    CHECK(static_cast<AxiResponse>(sim->s_axil_bresp) == answer);
    sim->s_axil_awvalid = answer == AxiResponse::kSlaveError;
    sim.tick();
  }
}
