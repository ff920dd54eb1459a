// SPDX-License-Identifier: Apache-2.0
#include "golden/device/emulator_device.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "golden/core/emulator_vector.hpp"
#include "golden/core/error.hpp"

namespace tally {

namespace {

// What a tile computes with. Tiles with `reuse` share the rows of the tile that loaded them.
struct LoadedTile {
  std::shared_ptr<const BufferedRows> rows;
  SlotSums sums;
};

// Some vectors of one tile, and where their beats and results stand.
struct Piece {
  const Tile* tile;
  const LoadedTile* loaded;
  std::size_t vectors;
  std::size_t first_activation;
  std::size_t first_result;
};

constexpr std::size_t kPieceVectors = 16;

// The tiles of the weight stream, if it has no fault of any kind.
std::optional<std::vector<Tile>> parse_all(const BeatStream& weights, const PeConfig& config) {
  std::vector<Tile> tiles;
  ResidentSlots resident;
  try {
    for (std::size_t position = 0; position < weights.size();) {
      tiles.push_back(parse_packet(weights, position, config, resident));
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

std::vector<LoadedTile> load_all(const std::vector<Tile>& tiles, const PeConfig& config) {
  std::vector<LoadedTile> loaded;
  loaded.reserve(tiles.size());
  for (const Tile& tile : tiles) {
    auto rows = tile.control.reuse != 0
                    ? loaded.back().rows
                    : std::make_shared<const BufferedRows>(load_rows(tile, config));
    SlotSums sums = slot_sums(tile, config, *rows);
    loaded.push_back({std::move(rows), std::move(sums)});
  }
  return loaded;
}

std::vector<Piece> cut(const std::vector<Tile>& tiles, const std::vector<LoadedTile>& loaded) {
  std::vector<Piece> pieces;
  std::size_t activation = 0, result = 0;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const ControlWord& control = tiles[i].control;
    for (std::size_t v = 0; v < control.vectors; v += kPieceVectors) {
      const std::size_t vectors = std::min(kPieceVectors, control.vectors - v);
      pieces.push_back({&tiles[i], &loaded[i], vectors, activation, result});
      activation += vectors * control.inputs;
      result += vectors * control.valid_lanes;
    }
  }
  return pieces;
}

struct PieceOutcome {
  Status status = 0;
  EmulatorCounters counters;
};

PieceOutcome run_piece(const Piece& piece, const PeConfig& config,
                       std::span<const HalfBeat> activations, std::span<HalfBeat> results) {
  const ControlWord& control = piece.tile->control;
  VectorEmulator emulator(*piece.tile, config);
  std::vector<std::uint16_t> vector(control.inputs), values(control.valid_lanes);
  std::size_t in = piece.first_activation, out = piece.first_result;
  for (std::size_t v = 0; v < piece.vectors; ++v) {
    for (std::uint16_t& x : vector) x = activations[in++].value;
    emulator.vector(vector, *piece.loaded->rows, piece.loaded->sums, values);
    for (const std::uint16_t value : values) results[out++] = {value, false};
  }
  return {emulator.status(), emulator.counters()};
}

RunResult run_beat_by_beat(const PeConfig& config, const Streams& streams) {
  Emulator emulator(config);
  emulator.push_weights(streams.weights);
  emulator.push_activations(streams.activations);
  const EmulatorCounters counters = emulator.counters();
  return {emulator.take_results(), emulator.status(), 0, counters.steps, counters.term_pairs, {}};
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
  const std::vector<LoadedTile> loaded = load_all(*tiles, config_);
  const std::vector<Piece> pieces = cut(*tiles, loaded);
  RunResult run;
  std::size_t size = 0;
  for (const Tile& tile : *tiles) {
    size += std::size_t{tile.control.vectors} * tile.control.valid_lanes;
  }
  run.results.resize(size);

  std::atomic<std::size_t> next = 0;
  std::mutex sum;
  const auto work = [&] {
    for (std::size_t i = next++; i < pieces.size(); i = next++) {
      const PieceOutcome outcome = run_piece(pieces[i], config_, streams.activations, run.results);
      const std::lock_guard lock(sum);
      run.status |= outcome.status;
      run.steps += outcome.counters.steps;
      run.term_pairs += outcome.counters.term_pairs;
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t count = std::min<std::size_t>(threads_, pieces.size());
    for (std::size_t i = 1; i < count; ++i) helpers.emplace_back(work);
    work();
  }
  std::size_t end = 0;
  for (const Tile& tile : *tiles) {
    end += std::size_t{tile.control.vectors} * tile.control.valid_lanes;
    run.results[end - 1].last = true;
  }
  return run;
}

}  // namespace tally
