// SPDX-License-Identifier: Apache-2.0
// Utilization of the Verilated processing element on the one layer that the design's promises are
// made for: K = 512, n = 5, 512 outputs, many vectors.
#include <fmt/format.h>

#include <random>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/progress.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/device/rtl_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/plan/utilization.hpp"

namespace tally {
namespace {

struct Case {
  const char* name;
  const char* config;
  bool offset;
  double target;
};
constexpr Case kCases[] = {
    {"serial, 2 dequantizers, with offset", "paper", true, 0.33},
    {"serial, 2 dequantizers, no offset", "paper", false, 0},
    {"ping-pong, 2 dequantizers, with offset", "default", true, 0.5},
    {"ping-pong, 2 dequantizers, no offset", "default", false, 0.95},
    {"ping-pong, 4 dequantizers, with offset", "fast", true, 0.95},
};
constexpr int kBits = 5;
constexpr std::size_t kInputs = 512;
constexpr std::size_t kOutputs = 512;

// Cycles do not depend on the values; random codes without zeros keep every lane counting.
DeviceLayer random_layer(bool offset, std::mt19937& random) {
  DeviceLayer layer;
  layer.name = "utilization";
  layer.n = kBits;
  layer.base = 1.125F;
  layer.offset = offset;
  layer.inputs = kInputs;
  layer.segment = kInputs;
  layer.boundaries = {0, 1};
  for (int i = 2; i < 1 << kBits; ++i) {
    layer.boundaries.push_back(static_cast<std::uint16_t>(0x3000 + 64 * i));
  }
  const float lower = offset ? 1e-4F : 0.0F;
  layer.channels.assign(kOutputs, {1e-4F, lower, lower, lower, 0.0F});
  std::uniform_int_distribution<int> index(1, (1 << kBits) - 1);
  for (std::size_t i = 0; i < kInputs * kOutputs; ++i) {
    layer.weights.push_back(static_cast<std::uint8_t>(index(random) | ((random() & 1) << 7)));
  }
  return layer;
}

}  // namespace

int utilization_command(const CommonOptions& common, const UtilizationOptions& options) {
  if (options.vectors < 1) {
    throw Error(fmt::format("--vectors is {}, below 1", options.vectors));
  }
  if (!options.output.empty()) check_writable(options.output);
  UtilizationTable table;
  table.tools = tool_versions({"Verilator " TALLY_VERILATOR_VERSION});
  table.command = common.command;
  ProgressLine line("utilization", "cases", static_cast<std::int64_t>(std::size(kCases)));
  for (const Case& c : kCases) {
    std::mt19937 random(1);
    const PeConfig& config = find_pe_config(c.config);
    const Program program = make_program(random_layer(c.offset, random), config);
    std::vector<std::uint16_t> activations(static_cast<std::size_t>(options.vectors) * kInputs);
    for (std::uint16_t& x : activations) {
      x = static_cast<std::uint16_t>(0x3000 + random() % 0x0800) |
          static_cast<std::uint16_t>((random() & 1) << 15);
    }
    RtlDevice device(config);
    const LayerResult result = run_layer(device, program, activations);
    UtilizationRow row;
    row.name = c.name;
    row.config = c.config;
    row.n = kBits;
    row.offset = c.offset;
    row.inputs = kInputs;
    row.outputs = kOutputs;
    row.vectors = options.vectors;
    row.cycles = static_cast<std::int64_t>(result.cycles);
    row.counting_cycles = static_cast<std::int64_t>(result.steps);
    row.utilization = utilization(result.steps, result.cycles);
    row.target = c.target;
    table.rows.push_back(row);
    line.update(static_cast<std::int64_t>(table.rows.size()), c.name);
  }
  if (!options.output.empty()) write_utilization(options.output, table);
  Json rows = Json::array();
  say(common, "{:<42} {:<9} {:>10} {:>12} {:>9}", "case", "config", "cycles", "utilization",
      "expected");
  for (const UtilizationRow& row : table.rows) {
    const std::string expected = row.target > 0 ? fmt::format("{:.0f} %", 100 * row.target) : "-";
    say(common, "{:<42} {:<9} {:>10} {:>10.1f} % {:>9}", row.name, row.config, row.cycles,
        100 * row.utilization, expected);
    rows.push_back({{"name", row.name},
                    {"config", row.config},
                    {"cycles", row.cycles},
                    {"utilization", row.utilization},
                    {"target", row.target}});
  }
  print_json(common, {{"rows", rows}});
  return 0;
}

}  // namespace tally
