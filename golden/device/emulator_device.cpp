// SPDX-License-Identifier: Apache-2.0
#include "golden/device/emulator_device.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <thread>

#include "golden/core/emulator_vector.hpp"
#include "golden/core/error.hpp"

namespace tally {

namespace {

// Some vectors of one tile, and where their beats and results stand.
struct Piece {
  const Tile* tile;
  std::size_t vectors;
  std::size_t first_activation;
  std::size_t first_result;
};

constexpr std::size_t kPieceVectors = 16;

// The tiles of the weight stream, if it has no fault of any kind.
std::optional<std::vector<Tile>> parse_all(const BeatStream& weights, const PeConfig& config) {
  std::vector<Tile> tiles;
  try {
    for (std::size_t position = 0; position < weights.size();) {
      tiles.push_back(parse_packet(weights, position, config));
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  return tiles;
}

// Does the activation stream hold exactly the vectors of these tiles, TLAST where it belongs?
bool activations_fit(const std::vector<Tile>& tiles, std::span<const HalfBeat> activations) {
  std::size_t at = 0;
  for (const Tile& tile : tiles) {
    for (std::uint32_t v = 0; v < tile.control.vectors; ++v) {
      if (activations.size() - at < tile.control.inputs) return false;
      const auto vector = activations.subspan(at, tile.control.inputs);
      const auto last = std::ranges::find_if(vector, &HalfBeat::last);
      if (last != vector.end() - 1) return false;
      at += vector.size();
    }
  }
  return at == activations.size();
}

std::vector<Piece> cut(const std::vector<Tile>& tiles) {
  std::vector<Piece> pieces;
  std::size_t activation = 0, result = 0;
  for (const Tile& tile : tiles) {
    for (std::size_t v = 0; v < tile.control.vectors; v += kPieceVectors) {
      const std::size_t vectors = std::min(kPieceVectors, tile.control.vectors - v);
      pieces.push_back({&tile, vectors, activation, result});
      activation += vectors * tile.control.inputs;
      result += vectors * tile.control.valid_lanes;
    }
  }
  return pieces;
}

Status run_piece(const Piece& piece, const PeConfig& config, std::span<const HalfBeat> activations,
                 std::span<HalfBeat> results) {
  const Tile& tile = *piece.tile;
  const auto lanes = static_cast<std::size_t>(config.lanes);
  VectorEmulator emulator(tile, config);
  std::vector<std::uint16_t> values(tile.control.valid_lanes);
  std::size_t in = piece.first_activation, out = piece.first_result;
  for (std::size_t v = 0; v < piece.vectors; ++v) {
    for (std::size_t k = 0; k < tile.control.inputs; ++k) {
      emulator.input(activations[in++].value, std::span(tile.weights).subspan(k * lanes, lanes));
    }
    emulator.finish(values);
    for (const std::uint16_t value : values) results[out++] = {value, false};
  }
  return emulator.status();
}

RunResult run_beat_by_beat(const PeConfig& config, const Streams& streams) {
  Emulator emulator(config);
  emulator.push_weights(streams.weights);
  emulator.push_activations(streams.activations);
  return {emulator.take_results(), emulator.status(), 0, emulator.counters().steps};
}

}  // namespace

EmulatorDevice::EmulatorDevice(const PeConfig& config, unsigned threads)
    : config_(config),
      threads_(threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency())) {}

RunResult EmulatorDevice::run(const Streams& streams) {
  const auto tiles = parse_all(streams.weights, config_);
  if (!tiles || !activations_fit(*tiles, streams.activations)) {
    return run_beat_by_beat(config_, streams);
  }
  const std::vector<Piece> pieces = cut(*tiles);
  RunResult run;
  std::size_t size = 0;
  for (const Tile& tile : *tiles) {
    size += std::size_t{tile.control.vectors} * tile.control.valid_lanes;
  }
  run.results.resize(size);
  run.steps = streams.activations.size();

  std::atomic<std::size_t> next = 0;
  std::atomic<Status> status = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < pieces.size(); i = next++) {
      status |= run_piece(pieces[i], config_, streams.activations, run.results);
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t count = std::min<std::size_t>(threads_, pieces.size());
    for (std::size_t i = 1; i < count; ++i) helpers.emplace_back(work);
    work();
  }
  run.status = status;
  std::size_t end = 0;
  for (const Tile& tile : *tiles) {
    end += std::size_t{tile.control.vectors} * tile.control.valid_lanes;
    run.results[end - 1].last = true;
  }
  return run;
}

}  // namespace tally
