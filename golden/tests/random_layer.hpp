// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "golden/core/segments.hpp"
#include "golden/core/uniform.hpp"
#include "golden/program/program.hpp"
#include "golden/tests/random_tile.hpp"

namespace tally::testing {

/// A random legal layer: a random tile with as many lanes as outputs, turned around.
inline DeviceLayer random_layer(const TileShape& shape, std::mt19937& rng) {
  PeConfig wide = find_pe_config("paper");
  wide.lanes = static_cast<int>(shape.lanes);
  const Tile tile = random_tile(shape, wide, rng);
  DeviceLayer layer{.name = "random",
                    .n = shape.n,
                    .base = tile.base,
                    .offset = shape.offset,
                    .relu = shape.relu,
                    .boundaries = tile.boundaries,
                    .inputs = shape.inputs,
                    .segment = shape.segment,
                    .channels = tile.lanes,
                    .weights = {}};
  for (std::size_t out = 0; out < shape.lanes; ++out) {
    for (std::size_t k = 0; k < shape.inputs; ++k) {
      layer.weights.push_back(tile.weights[k * shape.lanes + out]);
    }
  }
  return layer;
}

/// The layer as one wide tile, for the references of emulator_reference.hpp.
inline Tile as_tile(const DeviceLayer& layer) {
  Tile tile;
  tile.control.offset = layer.offset;
  tile.control.relu = layer.relu;
  tile.control.n = static_cast<std::uint32_t>(layer.n);
  tile.control.inputs = static_cast<std::uint32_t>(layer.inputs);
  tile.control.segment = static_cast<std::uint32_t>(layer.segment);
  tile.base = layer.base;
  tile.boundaries = layer.boundaries;
  tile.lanes = layer.channels;
  for (std::size_t k = 0; k < layer.inputs; ++k) {
    for (std::size_t out = 0; out < layer.channels.size(); ++out) {
      tile.weights.push_back(layer.weights[out * layer.inputs + k]);
    }
  }
  return tile;
}

inline std::vector<std::int8_t> random_int8(std::size_t count, std::mt19937& rng) {
  std::vector<std::int8_t> values(count);
  for (auto& v : values) v = static_cast<std::int8_t>(static_cast<int>(rng() % 255) - 127);
  return values;
}

/// A random reveal layer with proved segments; budget and terms of uniform when `uniform`.
inline DeviceLayer random_digit_layer(std::size_t inputs, std::size_t outputs, int group,
                                      int budget, int terms, std::mt19937& rng,
                                      bool uniform = false) {
  DeviceLayer layer;
  layer.name = "digits";
  layer.number_system = uniform ? kUniform : kReveal;
  layer.n = 7;
  layer.hese = true;
  layer.group = group;
  layer.budget = uniform ? 4 * group : budget;
  layer.terms = uniform ? 4 : terms;
  layer.boundaries = uniform_table(127, 0.02, "test").boundaries;
  layer.inputs = inputs;
  const auto weights = random_int8(inputs * outputs, rng);
  layer.weights.assign(weights.begin(), weights.end());
  layer.segment =
      largest_segment(weights, outputs, {DigitEncoding::kHese, group, layer.budget}, 10);
  for (std::size_t o = 0; o < outputs; ++o) {
    layer.channels.push_back({.c1 = 0x1p-13F, .bias = static_cast<float>(o) / 16});
  }
  return layer;
}

}  // namespace tally::testing
