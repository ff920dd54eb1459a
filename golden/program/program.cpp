// SPDX-License-Identifier: Apache-2.0
#include "golden/program/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

namespace {

constexpr std::size_t kMaxInputs = (std::size_t{1} << 20) - 1;

[[noreturn]] void refuse(const DeviceLayer& layer, const std::string& why) {
  throw Error(fmt::format("layer {}: {}", layer.name, why));
}

void check_sizes(const DeviceLayer& layer, const PeConfig& config) {
  if (layer.n < 2 || layer.n > config.max_n) {
    refuse(layer, fmt::format("n is {}, but configuration '{}' is built for 2..{}", layer.n,
                              config.name, config.max_n));
  }
  if (layer.inputs < 1 || layer.inputs > kMaxInputs) {
    refuse(layer, fmt::format("{} inputs, must be 1..{}", layer.inputs, kMaxInputs));
  }
  if (layer.segment < 1 || layer.segment > kMaxInputs) {
    refuse(layer, fmt::format("segment is {}, must be 1..{}", layer.segment, kMaxInputs));
  }
  if (layer.channels.empty()) refuse(layer, "no output channels");
  const std::size_t entries = std::size_t{1} << layer.n;
  if (layer.boundaries.size() != entries) {
    refuse(layer, fmt::format("{} boundaries, must be {}", layer.boundaries.size(), entries));
  }
  const std::size_t weights = layer.channels.size() * layer.inputs;
  if (layer.weights.size() != weights) {
    refuse(layer, fmt::format("{} weights, must be {}", layer.weights.size(), weights));
  }
}

void check_coefficients(const DeviceLayer& layer) {
  for (std::size_t channel = 0; channel < layer.channels.size(); ++channel) {
    const LaneCoefficients& c = layer.channels[channel];
    for (const auto& [name, value] :
         {std::pair{"c1", c.c1}, {"c2", c.c2}, {"c3", c.c3}, {"c4", c.c4}}) {
      if (value != 0 && !std::isnormal(value)) {
        refuse(layer, fmt::format("channel {}: {} is {}, must be 0 or a normal binary32 number",
                                  channel, name, value));
      }
    }
    if (!std::isfinite(c.bias)) {
      refuse(layer, fmt::format("channel {}: bias is {}", channel, c.bias));
    }
    if (!layer.offset && (c.c2 != 0 || c.c3 != 0 || c.c4 != 0)) {
      refuse(layer, fmt::format("channel {}: offset is off, but c2, c3 or c4 is not 0", channel));
    }
  }
}

void check_values(const DeviceLayer& layer) {
  if (layer.boundaries[0] != 0) refuse(layer, "boundary entry 0 is not zero");
  if (const auto why = boundaries_fault(layer.boundaries); !why.empty()) refuse(layer, why);
  if (!std::isfinite(layer.base) || layer.base <= 1) {
    refuse(layer, fmt::format("base is {}, must be above 1", layer.base));
  }
  const int r_max = (1 << (layer.n - 1)) - 1;
  const double log2_bound =
      std::log2(static_cast<double>(layer.inputs)) + 4.0 * r_max * std::log2(double{layer.base});
  if (log2_bound >= 126) {
    refuse(layer, fmt::format("base {} with {} inputs and n = {} can overflow: K*b^(4*Rmax) is "
                              "2^{:.1f}, must be below 2^126",
                              layer.base, layer.inputs, layer.n, log2_bound));
  }
  const auto bad = std::ranges::find_if(
      layer.weights, [&](std::uint8_t code) { return ((code & 0x7F) >> layer.n) != 0; });
  if (bad != layer.weights.end()) {
    refuse(layer, fmt::format("weight {} has code 0x{:02X}, index must be below {}",
                              bad - layer.weights.begin(), *bad, 1 << layer.n));
  }
  check_coefficients(layer);
}

// Output channels first .. first+valid-1 as one tile, channels turned into lanes.
Tile make_tile(const DeviceLayer& layer, const PeConfig& config, std::size_t first,
               std::size_t valid) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  Tile tile;
  tile.control.offset = layer.offset ? 1 : 0;
  tile.control.relu = layer.relu ? 1 : 0;
  tile.control.n = static_cast<std::uint32_t>(layer.n);
  tile.control.inputs = static_cast<std::uint32_t>(layer.inputs);
  tile.control.valid_lanes = static_cast<std::uint32_t>(valid);
  tile.control.segment = static_cast<std::uint32_t>(layer.segment);
  tile.control.vectors = 1;
  tile.base = layer.base;
  tile.boundaries = layer.boundaries;
  tile.lanes.resize(lanes);
  tile.weights.resize(layer.inputs * lanes);
  for (std::size_t lane = 0; lane < valid; ++lane) {
    tile.lanes[lane] = layer.channels[first + lane];
    const std::uint8_t* codes = &layer.weights[(first + lane) * layer.inputs];
    for (std::size_t k = 0; k < layer.inputs; ++k) tile.weights[k * lanes + lane] = codes[k];
  }
  return tile;
}

}  // namespace

Program make_program(const DeviceLayer& layer, const PeConfig& config) {
  check_sizes(layer, config);
  check_values(layer);
  Program program{layer.name, config, layer.inputs, layer.channels.size(), {}};
  const auto lanes = static_cast<std::size_t>(config.lanes);
  for (std::size_t first = 0; first < program.outputs; first += lanes) {
    const std::size_t valid = std::min(lanes, program.outputs - first);
    program.tiles.push_back(make_tile(layer, config, first, valid));
  }
  return program;
}

Streams make_streams(const Program& program, std::span<const std::uint16_t> activations) {
  const std::size_t vectors = activations.size() / program.inputs;
  if (vectors == 0 || vectors * program.inputs != activations.size() || vectors > 0xFFFFFFFFu) {
    throw Error(fmt::format("layer {}: {} activations are no whole number of vectors of {}",
                            program.layer, activations.size(), program.inputs));
  }
  Streams streams;
  streams.activations.reserve(activations.size() * program.tiles.size());
  for (Tile tile : program.tiles) {
    tile.control.vectors = static_cast<std::uint32_t>(vectors);
    append_packet(tile, program.config, streams.weights);
    for (std::size_t v = 0; v < vectors; ++v) {
      for (std::size_t k = 0; k < program.inputs; ++k) {
        streams.activations.push_back(
            {activations[v * program.inputs + k], k + 1 == program.inputs});
      }
    }
  }
  return streams;
}

std::vector<std::uint16_t> order_results(const Program& program, std::size_t vectors,
                                         std::span<const HalfBeat> results) {
  if (results.size() != vectors * program.outputs) {
    throw Error(fmt::format("layer {}: the device gave {} results, must be {}", program.layer,
                            results.size(), vectors * program.outputs));
  }
  std::vector<std::uint16_t> ordered(results.size());
  std::size_t at = 0;
  std::size_t first = 0;  // output channel of the tile's first lane
  for (const Tile& tile : program.tiles) {
    const std::size_t valid = tile.control.valid_lanes;
    for (std::size_t v = 0; v < vectors; ++v) {
      for (std::size_t lane = 0; lane < valid; ++lane, ++at) {
        const bool end_of_tile = v + 1 == vectors && lane + 1 == valid;
        if (results[at].last != end_of_tile) {
          throw Error(fmt::format("layer {}: TLAST of result {} is wrong", program.layer, at));
        }
        ordered[v * program.outputs + first + lane] = results[at].value;
      }
    }
    first += valid;
  }
  return ordered;
}

}  // namespace tally
