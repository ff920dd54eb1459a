// SPDX-License-Identifier: Apache-2.0
#include "golden/device/rtl_device.hpp"

#include <fmt/format.h>

#include "Vtally_pe_default.h"
#include "Vtally_pe_fast.h"
#include "Vtally_pe_paper.h"
#include "Vtally_pe_small.h"
#include "golden/device/rtl_simulation.hpp"

namespace tally {

namespace {

std::unique_ptr<RtlSimulation> make_simulation(const PeConfig& config) {
  if (config.name == "default") return std::make_unique<VerilatedSimulation<Vtally_pe_default>>();
  if (config.name == "fast") return std::make_unique<VerilatedSimulation<Vtally_pe_fast>>();
  if (config.name == "paper") return std::make_unique<VerilatedSimulation<Vtally_pe_paper>>();
  if (config.name == "small") return std::make_unique<VerilatedSimulation<Vtally_pe_small>>();
  throw Error(fmt::format("no Verilated model of configuration '{}'", config.name));
}

}  // namespace

RtlDevice::RtlDevice(const PeConfig& config)
    : config_(config), simulation_(make_simulation(config)) {}

RunResult RtlDevice::run(const Streams& streams) {
  if (streams.weights.size() != 0 && streams.weights.beat_bytes != config_.lanes) {
    throw Error(fmt::format("weight beats of {} bytes for a processing element of {} lanes",
                            streams.weights.beat_bytes, config_.lanes));
  }
  return simulation_->run(streams);
}

}  // namespace tally
