// SPDX-License-Identifier: Apache-2.0
// A Verilated tally_pe with its three streams on the harness.
#pragma once

#include <span>
#include <vector>

#include "golden/core/emulator.hpp"
#include "golden/program/program.hpp"
#include "verif/harness/axi_stream.hpp"
#include "verif/harness/sim.hpp"

namespace tally::verif {

/// What goes into a processing element: tile packets and the activations of their vectors.
using PeInput = Streams;

struct PeStalls {
  Stall weight, activation, result;
};

template <class Model>
class PeBench {
 public:
  explicit PeBench(const PeConfig& config, PeStalls stalls = {})
      : lanes_(static_cast<std::size_t>(config.lanes)),
        sim_(100'000'000),
        weight_(sim_,
                {sim_->weight_valid_i,
                 sim_->weight_ready_o,
                 {sim_->weight_data_i, lanes_},
                 sim_->weight_last_i},
                stalls.weight),
        activation_(sim_,
                    {sim_->activation_valid_i, sim_->activation_ready_o, sim_->activation_data_i,
                     sim_->activation_last_i},
                    stalls.activation),
        result_(
            sim_,
            {sim_->result_valid_o, sim_->result_ready_i, sim_->result_data_o, sim_->result_last_o},
            stalls.result),
        events_(*this) {
    sim_->soft_reset_i = 0;
    sim_.attach(events_);
    sim_.reset();
  }

  void push(const PeInput& input) {
    for (std::size_t i = 0; i < input.weights.size(); ++i) {
      const auto bytes = input.weights.beat(i);
      weight_.push(Beat{Bytes(bytes.begin(), bytes.end()), input.weights.last[i] != 0});
    }
    for (const HalfBeat& beat : input.activations) {
      activation_.push(Beat{to_bytes(beat.value), beat.last});
    }
  }

  /// Ticks until `count` more results have come, then until all input is taken, and a little more
  /// for what should not come; returns everything that came.
  std::vector<HalfBeat> run(std::size_t count, std::uint64_t limit = 1'000'000) {
    sim_.tick_until([&] { return result_.beats().size() >= count && idle(); }, limit);
    sim_.tick(600);
    std::vector<HalfBeat> results;
    for (const Beat& beat : result_.take()) {
      results.push_back({static_cast<std::uint16_t>(beat.data[0] | beat.data[1] << 8), beat.last});
    }
    return results;
  }

  void tick(std::uint64_t cycles) { sim_.tick(cycles); }

  /// One cycle of soft reset; drops what the drivers still hold.
  void soft_reset() {
    for (Agent* agent : {static_cast<Agent*>(&weight_), static_cast<Agent*>(&activation_),
                         static_cast<Agent*>(&result_)}) {
      agent->restart();
    }
    sim_->soft_reset_i = 1;
    sim_.tick();
    sim_->soft_reset_i = 0;
    result_.take();
    result_.restart();
  }

  bool idle() const { return weight_.idle() && activation_.idle(); }
  Status status() { return static_cast<Status>(sim_->status_o); }
  std::uint64_t steps() const { return events_.steps; }
  std::uint64_t term_pairs() const { return events_.term_pairs; }
  std::uint64_t tiles() const { return events_.tiles; }
  bool busy() { return sim_->busy_o != 0; }
  /// Steps in cycles in which the element did not call itself busy.
  std::uint64_t idle_steps() const { return events_.idle_steps; }
  /// Cycles from the first counting step to the newest one, both included.
  std::uint64_t step_span() const { return events_.last_step - events_.first_step + 1; }
  /// Cycles from the first activation taken to the newest result, both included.
  std::uint64_t span() const { return result_.last_cycle() - events_.first_activation + 1; }

 private:
  /// Counts the event outputs.
  struct Events : Agent {
    explicit Events(PeBench& bench) : bench(bench) {}
    void sample(std::uint64_t cycle) override {
      if (bench.sim_->step_o) {
        if (steps == 0) first_step = cycle;
        last_step = cycle;
        ++steps;
        idle_steps += bench.sim_->busy_o ? 0 : 1;
      }
      if constexpr (requires { bench.sim_->term_pairs_o; }) term_pairs += bench.sim_->term_pairs_o;
      tiles += bench.sim_->tile_done_o;
      const bool taken = bench.sim_->activation_valid_i && bench.sim_->activation_ready_o;
      if (taken && !started) first_activation = cycle;
      started = started || taken;
    }
    PeBench& bench;
    std::uint64_t steps = 0, idle_steps = 0, term_pairs = 0, tiles = 0;
    std::uint64_t first_activation = 0, first_step = 0, last_step = 0;
    bool started = false;
  };

  std::size_t lanes_;
  Sim<Model> sim_;
  StreamSource weight_, activation_;
  StreamSink result_;
  Events events_;
};

}  // namespace tally::verif
