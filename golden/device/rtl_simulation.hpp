// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/device/rtl_device.hpp"
#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"

namespace tally {

/// Without a beat on any stream for this many cycles, a run is over (all input taken) or hangs.
/// Above the longest silence of working hardware: two vectors of n = 7 evaluated by one unit for 16
/// lanes (2 * 16 * 506 cycles), a sweep of the counters, pipelines.
inline constexpr std::uint64_t kIdleCycles = 20'000;

/// The same once every packet has given its last result: only what should not come can still come.
inline constexpr std::uint64_t kTailCycles = 512;

/// Model: a Verilated tally_pe. Drives the streams straight from their beats.
template <class Model>
class VerilatedSimulation : public RtlSimulation {
 public:
  RunResult run(const Streams& streams) override {
    verif::Sim<Model> sim(~std::uint64_t{0});
    StreamAgent agent(sim, streams);
    sim->soft_reset_i = 0;
    sim.attach(agent);
    sim.reset();
    while (sim.cycle() - agent.last_beat < (agent.complete() ? kTailCycles : kIdleCycles)) {
      sim.tick(256);
    }
    if (!agent.all_taken()) {
      throw DeviceFault("the Verilated processing element hangs: " + std::to_string(agent.weight) +
                        " of " + std::to_string(streams.weights.size()) + " weight beats and " +
                        std::to_string(agent.activation) + " of " +
                        std::to_string(streams.activations.size()) + " activations taken");
    }
    agent.run.status = static_cast<Status>(sim->status_o);
    if (!agent.run.results.empty() && agent.activation != 0) {
      agent.run.cycles = agent.last_result - agent.first_activation + 1;
      for (std::uint64_t& end : agent.run.tile_ends) end += 1 - agent.first_activation;
    }
    return std::move(agent.run);
  }

 private:
  // Offers the next beat of both streams in every cycle and takes every result.
  struct StreamAgent : verif::Agent {
    StreamAgent(verif::Sim<Model>& sim_in, const Streams& streams_in)
        : sim(sim_in),
          streams(streams_in),
          weight_data(sim->weight_data_i, static_cast<std::size_t>(streams.weights.beat_bytes)),
          tiles(std::ranges::count(streams.weights.last, 1)) {}

    bool all_taken() const {
      return weight == streams.weights.size() && activation == streams.activations.size();
    }

    bool complete() const { return all_taken() && tiles_done >= tiles; }

    void drive() override {
      sim->weight_valid_i = weight < streams.weights.size();
      if (sim->weight_valid_i) {
        weight_data.set_bytes(streams.weights.beat(weight));
        sim->weight_last_i = streams.weights.last[weight];
      }
      sim->activation_valid_i = activation < streams.activations.size();
      if (sim->activation_valid_i) {
        sim->activation_data_i = streams.activations[activation].value;
        sim->activation_last_i = streams.activations[activation].last;
      }
      sim->result_ready_i = 1;
    }

    void sample(std::uint64_t cycle) override {
      run.steps += sim->step_o;
      run.term_pairs += sim->term_pairs_o;
      if (sim->weight_valid_i && sim->weight_ready_o) {
        ++weight;
        last_beat = cycle;
      }
      if (sim->activation_valid_i && sim->activation_ready_o) {
        if (activation == 0) first_activation = cycle;
        ++activation;
        last_beat = cycle;
      }
      if (sim->result_valid_o) {
        run.results.push_back({sim->result_data_o, sim->result_last_o != 0});
        last_result = last_beat = cycle;
        tiles_done += sim->result_last_o;
        if (sim->result_last_o) run.tile_ends.push_back(cycle);
      }
    }

    verif::Sim<Model>& sim;
    const Streams& streams;
    verif::Port weight_data;
    std::ptrdiff_t tiles;           // packets sent
    std::ptrdiff_t tiles_done = 0;  // last results received
    std::size_t weight = 0;         // beats taken
    std::size_t activation = 0;     // beats taken
    std::uint64_t first_activation = 0, last_result = 0, last_beat = 0;
    RunResult run;
  };
};

}  // namespace tally
