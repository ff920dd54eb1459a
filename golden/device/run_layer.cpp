// SPDX-License-Identifier: Apache-2.0
#include "golden/device/run_layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/core/error.hpp"

namespace tally {

LayerResult run_layer(Device& device, const Program& program,
                      std::span<const std::uint16_t> activations, std::size_t max_beats) {
  if (device.config().name != program.config.name) {
    throw Error(fmt::format("layer {}: planned for configuration '{}', but the device is '{}'",
                            program.layer, program.config.name, device.config().name));
  }
  const std::size_t beats_a_vector = program.inputs * program.tiles.size();
  const std::size_t piece = program.inputs * std::max<std::size_t>(1, max_beats / beats_a_vector);
  LayerResult layer;
  for (std::size_t at = 0; at < activations.size(); at += piece) {
    const auto part = activations.subspan(at, std::min(piece, activations.size() - at));
    const RunResult run = device.run(make_streams(program, part));
    if ((run.status & kFatalStatus) != 0) {
      throw DeviceFault(fmt::format("layer {}: device {} reports {}", program.layer, device.name(),
                                    status_text(run.status)));
    }
    const auto outputs = order_results(program, part.size() / program.inputs, run.results);
    layer.outputs.insert(layer.outputs.end(), outputs.begin(), outputs.end());
    layer.status |= run.status;
    layer.cycles += run.cycles;
    layer.steps += run.steps;
    layer.term_pairs += run.term_pairs;
  }
  return layer;
}

}  // namespace tally
