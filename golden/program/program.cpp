// SPDX-License-Identifier: Apache-2.0
#include "golden/program/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "golden/core/error.hpp"
#include "golden/program/check_layer.hpp"

namespace tally {

namespace {

// Output channels first .. first+valid-1 as one tile, channels turned into lanes.
Tile make_tile(const DeviceLayer& layer, const PeConfig& config, std::size_t first,
               std::size_t valid) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  Tile tile;
  tile.control.number_system = layer.number_system;
  tile.control.offset = layer.offset ? 1 : 0;
  tile.control.relu = layer.relu ? 1 : 0;
  tile.control.hese = layer.hese ? 1 : 0;
  tile.control.select = layer.number_system == kReveal ? 1 : 0;
  tile.control.n = static_cast<std::uint32_t>(layer.n);
  tile.control.log2_group =
      static_cast<std::uint32_t>(std::countr_zero(static_cast<unsigned>(layer.group)));
  tile.control.budget = static_cast<std::uint32_t>(layer.budget);
  tile.control.terms = static_cast<std::uint32_t>(layer.terms);
  tile.control.inputs = static_cast<std::uint32_t>(layer.inputs);
  tile.control.valid_lanes = static_cast<std::uint32_t>(valid);
  tile.control.segment = static_cast<std::uint32_t>(layer.segment);
  tile.control.vectors = 1;
  tile.base = layer.number_system == kExponential ? layer.base : 2.0F;
  tile.boundaries = layer.boundaries;
  tile.lanes.resize(lanes);
  tile.weights.resize(packet_layout(tile.control, config).rows * lanes);
  for (std::size_t lane = 0; lane < valid; ++lane) {
    tile.lanes[lane] = layer.channels[first + lane];
    const std::uint8_t* codes = &layer.weights[(first + lane) * layer.inputs];
    for (std::size_t k = 0; k < layer.inputs; ++k) tile.weights[k * lanes + lane] = codes[k];
  }
  return tile;
}

}  // namespace

Program make_program(const DeviceLayer& layer, const PeConfig& config) {
  check_layer(layer, config);
  Program program{layer.name, config, layer.inputs, layer.channels.size(), {}};
  const auto lanes = static_cast<std::size_t>(config.lanes);
  for (std::size_t first = 0; first < program.outputs; first += lanes) {
    const std::size_t valid = std::min(lanes, program.outputs - first);
    program.tiles.push_back(make_tile(layer, config, first, valid));
  }
  return program;
}

Program reuse_program(const Program& loaded, int budget, int terms) {
  Program program = loaded;
  for (Tile& tile : program.tiles) {
    const ResidentSlots resident = resident_after(tile.control, loaded.config, {});
    tile.control.number_system = kReveal;
    tile.control.select = tile.control.reuse = 1;
    tile.control.budget = static_cast<std::uint32_t>(budget);
    tile.control.terms = static_cast<std::uint32_t>(terms);
    tile.weights.clear();
    const auto why = control_fault(tile.control.encode(), loaded.config, resident);
    if (!why.empty()) throw Error(fmt::format("layer {}: {}", loaded.layer, why));
  }
  return program;
}

std::uint64_t counting_steps(const Program& program, std::size_t vectors) {
  std::uint64_t steps = 0;
  for (const Tile& tile : program.tiles) {
    steps += std::uint64_t{groups_of(tile.control)} * steps_a_group(tile.control, program.config);
  }
  return steps * vectors;
}

Streams make_streams(std::span<const Program> programs,
                     std::span<const std::span<const std::uint16_t>> activations) {
  const Program& first = programs.front();
  const std::size_t size = activations.front().size();
  const std::size_t vectors = size / first.inputs;
  for (const auto& own : activations) {
    if (vectors > 0 && vectors * first.inputs == own.size() && vectors <= 0xFFFFFFFFu) continue;
    throw Error(fmt::format("layer {}: {} activations are no whole number of vectors of {}",
                            first.layer, own.size(), first.inputs));
  }
  Streams streams;
  streams.activations.reserve(size * first.tiles.size() * programs.size());
  for (std::size_t t = 0; t < first.tiles.size(); ++t) {
    for (std::size_t p = 0; p < programs.size(); ++p) {
      const Program& program = programs[p];
      Tile tile = program.tiles[t];
      tile.control.vectors = static_cast<std::uint32_t>(vectors);
      append_packet(tile, program.config, streams.weights);
      for (std::size_t i = 0; i < size; ++i) {
        streams.activations.push_back({activations[p][i], (i + 1) % program.inputs == 0});
      }
    }
  }
  return streams;
}

Streams make_streams(std::span<const Program> programs,
                     std::span<const std::uint16_t> activations) {
  const std::vector<std::span<const std::uint16_t>> own(programs.size(), activations);
  return make_streams(programs, own);
}

Streams make_streams(const Program& program, std::span<const std::uint16_t> activations) {
  return make_streams(std::span(&program, 1), activations);
}

std::vector<std::vector<std::uint16_t>> order_results(std::span<const Program> programs,
                                                      std::size_t vectors,
                                                      std::span<const HalfBeat> results) {
  const Program& front = programs.front();
  const std::size_t each = vectors * front.outputs;
  if (results.size() != each * programs.size()) {
    throw DeviceFault(fmt::format("layer {}: the device gave {} results, must be {}", front.layer,
                                  results.size(), each * programs.size()));
  }
  std::vector ordered(programs.size(), std::vector<std::uint16_t>(each));
  std::size_t at = 0;
  std::size_t first = 0;  // output channel of the tile's first lane
  for (const Tile& tile : front.tiles) {
    const std::size_t valid = tile.control.valid_lanes;
    for (std::size_t p = 0; p < programs.size(); ++p) {
      for (std::size_t i = 0; i < vectors * valid; ++i, ++at) {
        if (results[at].last != (i + 1 == vectors * valid)) {
          throw DeviceFault(fmt::format("layer {}: TLAST of result {} is wrong", front.layer, at));
        }
        ordered[p][i / valid * front.outputs + first + i % valid] = results[at].value;
      }
    }
    first += valid;
  }
  return ordered;
}

std::vector<std::uint16_t> order_results(const Program& program, std::size_t vectors,
                                         std::span<const HalfBeat> results) {
  return order_results(std::span(&program, 1), vectors, results).front();
}

}  // namespace tally
