// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif
#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "verif/harness/failure.hpp"

namespace tally::verif {

#if VM_COVERAGE
/// With TALLY_COVERAGE=folder, leaves a model's counts there, in a file of its own whatever the
/// model.
inline void write_coverage(VerilatedCovContext& counts) {
  static int files = 0;
  if (const char* folder = std::getenv("TALLY_COVERAGE")) {
    const std::string name = std::to_string(getpid()) + "." + std::to_string(files++) + ".dat";
    counts.write((std::string(folder) + "/" + name).c_str());
  }
}
#endif

/// A Verilated model with its context. Registers without a reset start random (fixed seed), so that
/// nothing can lean on their being 0. For combinational modules; Sim adds the clock.
template <class Model>
class Dut {
 public:
  explicit Dut(int seed = 1) : context_(std::make_unique<VerilatedContext>()) {
    context_->randReset(2);
    context_->randSeed(seed);
#if VM_TRACE
    context_->traceEverOn(true);
#endif
    model_ = std::make_unique<Model>(context_.get(), "top");
  }

  /// Ends the model; with TALLY_COVERAGE=folder in a coverage build, leaves its counts there.
  ~Dut() {
    model_->final();
#if VM_COVERAGE
    write_coverage(*context_->coveragep());
#endif
  }

  Dut(const Dut&) = delete;
  Dut& operator=(const Dut&) = delete;

  Model* operator->() { return model_.get(); }
  Model& operator*() { return *model_; }
  void eval() { model_->eval(); }
  VerilatedContext& context() { return *context_; }

 private:
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Model> model_;
};

/// Something that lives on the clock: a driver or a monitor. In each cycle all agents drive inputs,
/// the model settles, then all sample; the rising edge follows. So what sample() sees is what the
/// model's registers see, and what drive() does may only depend on what was sampled before.
class Agent {
 public:
  virtual ~Agent() = default;
  /// Sets the inputs of this cycle.
  virtual void drive() {}
  /// Reads settled ports just before the rising edge of cycle number `cycle`.
  virtual void sample(std::uint64_t /*cycle*/) {}
  /// A reset: forget everything under way.
  virtual void restart() {}
};

/// Clock, reset, time-out and waveform for a model with ports clk_i and rst_ni. Tests set inputs
/// through ->, call tick(), and read outputs; they never touch the clock.
template <class Model>
class Sim {
 public:
  /// Throws Failure once `max_cycles` have passed: a hanging device must not hang the test.
  explicit Sim(std::uint64_t max_cycles = 1'000'000, int seed = 1)
      : dut_(seed), max_cycles_(max_cycles) {
    if (const char* file = std::getenv("TALLY_TRACE")) open_trace(file);
    dut_->clk_i = 0;
    dut_->rst_ni = 1;
  }

  ~Sim() {
#if VM_TRACE
    if (trace_) trace_->close();
#endif
  }

  Sim(const Sim&) = delete;
  Sim& operator=(const Sim&) = delete;

  Model* operator->() { return dut_.operator->(); }
  Model& operator*() { return *dut_; }
  std::uint64_t cycle() const { return cycle_; }
  void set_max_cycles(std::uint64_t max_cycles) { max_cycles_ = max_cycles; }

  /// `agent` must live until detached or until the last tick.
  void attach(Agent& agent) { agents_.push_back(&agent); }
  void detach(Agent& agent) { std::erase(agents_, &agent); }

  /// Holds rst_ni low for `cycles` cycles and restarts the agents.
  void reset(int cycles = 3) {
    dut_->rst_ni = 0;
    for (Agent* agent : agents_) agent->restart();
    for (int i = 0; i < cycles; ++i) edge();
    dut_->rst_ni = 1;
  }

  /// `cycles` rising edges, each with the agents' part before it.
  void tick(std::uint64_t cycles = 1) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      for (Agent* agent : agents_) agent->drive();
      settle();
      for (Agent* agent : agents_) agent->sample(cycle_);
      edge();
    }
  }

  /// Ticks until `done()`; throws Failure after `limit` cycles.
  template <class Done>
  void tick_until(Done done, std::uint64_t limit = 100'000) {
    for (std::uint64_t i = 0; !done(); ++i) {
      if (i == limit) fail("not done after " + std::to_string(limit) + " cycles");
      tick();
    }
  }

  /// Lets combinational outputs follow the inputs, without a clock edge.
  void settle() {
    dut_->clk_i = 0;
    dut_.eval();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Failure(what + ", in cycle " + std::to_string(cycle_));
  }

  void edge() {
    if (cycle_ >= max_cycles_) fail("time-out");
    settle();
    dump();
    dut_->clk_i = 1;
    dut_.eval();
    dump();
    ++cycle_;
  }

#if VM_TRACE
  // A later simulation in the same process overwrites the file: a test stops at its first failure,
  // so the last one is the one to look at.
  void open_trace(const char* file) {
    trace_ = std::make_unique<VerilatedFstC>();
    dut_->trace(trace_.get(), 99);
    trace_->open(file);
    if (!trace_->isOpen()) throw Failure(std::string("cannot write waveform ") + file);
  }
  void dump() {
    if (trace_) trace_->dump(dut_.context().time());
    dut_.context().timeInc(1);
  }
  std::unique_ptr<VerilatedFstC> trace_;
#else
  [[noreturn]] void open_trace(const char* /*file*/) {
    throw Failure("TALLY_TRACE is set, but this build has no tracing: configure -DTALLY_TRACE=ON");
  }
  void dump() {}
#endif

  Dut<Model> dut_;
  std::vector<Agent*> agents_;
  std::uint64_t max_cycles_;
  std::uint64_t cycle_ = 0;
};

}  // namespace tally::verif
