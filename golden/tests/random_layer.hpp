// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

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

}  // namespace tally::testing
