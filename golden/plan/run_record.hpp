// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally {

inline constexpr int kRunSchemaVersion = 4;

/// One quantized layer, or product of two activations, on the device, summed over all samples. A
/// device without a clock (the emulator) has no cycles: null in the file.
struct LayerRun {
  std::string name;
  std::int64_t tiles = 0;
  std::int64_t vectors = 0;
  std::int64_t compared = 0;               // output values compared
  std::int64_t mismatches = 0;             // of them, not as the reference says
  std::int64_t multiplications = 0;        // weights times data values, zeros included
  std::optional<std::int64_t> term_pairs;  // really counted in them, if the device can tell
  double worst_error = 0;  // largest |device - reference| over its tolerance; 0 when exact
  std::optional<std::int64_t> cycles;
  std::optional<std::int64_t> counting_cycles;
  std::optional<double> utilization;  // counting_cycles / cycles
};

/// What `tally run` measured; run.json.
struct RunRecord {
  int schema_version = kRunSchemaVersion;
  std::vector<std::string> tools;  // name and version of each program: "tally 0.1.0"
  std::vector<std::string> command;
  std::string model_sha256;
  std::string device;     // emulator, rtl or uart
  std::string config;     // name in rtl/configs.json
  std::string reference;  // what the device was compared with, and how
  std::string data;
  std::int64_t samples = 0;
  std::int64_t batch = 1;  // samples that go through a layer at once: its weights are loaded once
  std::string metric_name = "top-1";  // or perplexity, embedding: as Evaluation of plan.hpp
  double metric = 0;                  // of the network with the device's values
  double float_metric = 0;            // same samples
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
  std::optional<std::int64_t> cycles;
  std::optional<double> utilization;
  double seconds = 0;
  std::vector<LayerRun> layers;
};

/// Strict as read_plan.
RunRecord read_run(const std::string& path);
/// Whole or not at all.
void write_run(const std::string& path, const RunRecord& run);

}  // namespace tally
