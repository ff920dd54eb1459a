// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <bit>
#include <filesystem>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/device_network.hpp"
#include "golden/cli/export_files.hpp"
#include "golden/cli/network.hpp"
#include "golden/core/error.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/model/npz_write.hpp"
#include "golden/plan/output_file.hpp"

namespace tally {
namespace {

namespace fs = std::filesystem;

// A folder that gets its name only when everything is in it; removed if that never comes.
class NewFolder {
 public:
  explicit NewFolder(const std::string& name) : name_(fs::absolute(name).lexically_normal()) {
    if (!name_.has_filename()) name_ = name_.parent_path();  // "out/"
    if (fs::exists(name_) && !(fs::is_directory(name_) && fs::is_empty(name_))) {
      throw Error(fmt::format("{}: is there already; name a folder that is new or empty", name));
    }
    if (!fs::is_directory(name_.parent_path())) {
      throw Error(fmt::format("{}: no folder {}", name, name_.parent_path().string()));
    }
    partial_ = name_.string() + ".partial";
    std::error_code error;
    fs::remove_all(partial_, error);
    if (!fs::create_directory(partial_, error)) {
      throw Error(fmt::format("{}: cannot be made: {}", name, error.message()));
    }
  }
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(partial_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  std::string file(const std::string& name) const { return (partial_ / name).string(); }

  void finish() const {
    std::error_code error;
    fs::rename(partial_, name_, error);
    if (error) throw Error(fmt::format("{}: cannot be made: {}", name_.string(), error.message()));
  }

 private:
  fs::path name_;
  fs::path partial_;
};

using Entries = std::vector<std::pair<std::string, NpyArray>>;

void add_arrays(const std::string& name, const DeviceLayer& layer, const BeatStream& packets,
                Entries& entries) {
  std::vector<float> coefficients;
  for (const LaneCoefficients& c : layer.channels) {
    coefficients.insert(coefficients.end(), {c.c1, c.c2, c.c3, c.c4, c.bias});
  }
  const std::size_t outputs = layer.channels.size();
  const auto width = static_cast<std::size_t>(packets.beat_bytes);
  entries.emplace_back(name + "_codes", npy_array(layer.weights, {outputs, layer.inputs}, 'u'));
  entries.emplace_back(name + "_boundaries",
                       npy_array(layer.boundaries, {layer.boundaries.size()}, 'u'));
  entries.emplace_back(name + "_base", npy_array(std::vector<float>{layer.base}, {1}, 'f'));
  entries.emplace_back(name + "_coefficients", npy_array(coefficients, {outputs, 5}, 'f'));
  entries.emplace_back(name + "_packets", npy_array(packets.bytes, {packets.size(), width}, 'u'));
  entries.emplace_back(name + "_packets_last", npy_array(packets.last, {packets.size()}, 'u'));
}

// Writes the files of one layer (or group of it) and returns its entry in the manifest.
Json export_layer(const std::string& name, const DeviceLayer& layer, const PeConfig& config,
                  std::size_t vectors, const NewFolder& folder, Entries& entries) {
  const Program program = make_program(layer, config);
  // One vector for the packets that a user's own driver repeats or extends, the example for play.
  const auto inputs = example_activations(layer, vectors, false);
  const BeatStream packets = make_streams(program, std::span(inputs).first(program.inputs)).weights;
  const Streams example = make_streams(program, inputs);
  EmulatorDevice emulator(config);
  const RunResult run = emulator.run(example);
  if ((run.status & kFatalStatus) != 0) {
    throw Error(
        fmt::format("layer {}: the emulator reports {}", layer.name, status_text(run.status)));
  }
  add_arrays(name, layer, packets, entries);
  write_file(folder.file(name + ".h"), c_header("tally_" + name, layer, program, packets));
  write_file(folder.file(name + "_weights.memh"), readmemh(example.weights));
  write_file(folder.file(name + "_activations.memh"), readmemh(example.activations));
  write_file(folder.file(name + "_results.memh"), readmemh(run.results));
  return {{"name", layer.name},
          {"files", name},
          {"number_system", layer.number_system},
          {"n", layer.n},
          {"inputs", layer.inputs},
          {"outputs", layer.channels.size()},
          {"segment", layer.segment},
          {"tiles", program.tiles.size()},
          {"vectors", vectors},
          {"weight_beats", example.weights.size()},
          {"activation_beats", example.activations.size()},
          {"result_beats", run.results.size()}};
}

}  // namespace

int export_command(const CommonOptions& common, const ExportOptions& options) {
  if (options.vectors < 1) {
    throw Error(fmt::format("--vectors is {}: at least 1", options.vectors));
  }
  const Plan plan = read_plan(options.plan);
  const ModelRunner runner = open_model(options.input);
  check_plan_is_for(plan, options.plan, options.input.model, runner.info().checksum);
  const std::vector<QuantizedLayer> layers = quantize_network(plan, options.plan, runner);
  const PeConfig& config = choose_config(options.config, layers);
  const NewFolder folder(options.output);

  Json manifest = {{"schema_version", 1},
                   {"tools", tool_versions()},
                   {"command", common.command},
                   {"model", plan.model},
                   {"model_sha256", plan.model_sha256},
                   {"config", config.name},
                   {"lanes", config.lanes},
                   {"layers", Json::array()}};
  Entries entries;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerInfo& info = runner.layers()[i];
    for (std::size_t g = 0; g < info.groups; ++g) {
      const std::string name =
          info.groups == 1 ? fmt::format("layer{}", i) : fmt::format("layer{}_group{}", i, g);
      manifest["layers"].push_back(
          export_layer(name, device_layer(layers[i], info, g, config, false), config,
                       static_cast<std::size_t>(options.vectors), folder, entries));
    }
  }
  write_npz(folder.file("plan.npz"), entries);
  write_file(folder.file("manifest.json"), manifest.dump(2) + "\n");
  folder.finish();
  if (!plan.products.empty()) {
    say(common, "{} products of two activations have no weights to export: their levels are in {}",
        plan.products.size(), options.plan);
  }
  say(common, "{} layers for configuration {} in {}", manifest["layers"].size(), config.name,
      options.output);
  print_json(
      common,
      {{"folder", options.output}, {"config", config.name}, {"layers", manifest["layers"].size()}});
  return 0;
}

}  // namespace tally
