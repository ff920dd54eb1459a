// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/device/device.hpp"
#include "golden/program/program.hpp"

namespace tally {

/// A layer's outputs and what they cost. Sums over the runs the activations were cut into.
struct LayerResult {
  std::vector<std::uint16_t> outputs;  // binary16 [vectors][outputs]
  Status status = 0;                   // never a fatal bit
  std::uint64_t cycles = 0;            // 0 without a clock
  std::uint64_t steps = 0;
  std::uint64_t term_pairs = 0;
};

/// Runs the layer on activations, binary16 [vectors][inputs]. Many vectors are cut into several
/// runs of at most `max_beats` activation beats (but at least one vector), to bound memory.
/// DeviceFault naming layer and status if the device reports a fatal error or gives a wrong number
/// of results; Error if it is of another configuration than the program.
LayerResult run_layer(Device& device, const Program& program,
                      std::span<const std::uint16_t> activations,
                      std::size_t max_beats = std::size_t{1} << 23);

}  // namespace tally
