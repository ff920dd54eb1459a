// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// One layer of one shape on the Verilated processing element, many vectors, streams never starved.
struct UtilizationRow {
  std::string name;    // what is special about it: "serial, 2 dequantizers, offset"
  std::string config;  // name in rtl/configs.json
  int n = 0;
  bool offset = false;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t vectors = 0;
  std::int64_t cycles = 0;           // first activation in to last result out
  std::int64_t counting_cycles = 0;  // cycles in which the lanes count
  double utilization = 0;            // counting_cycles / cycles
  double target = 0;                 // what the design promises for it; 0: nothing
};

/// Measured by `tally utilization`; utilization.json.
struct UtilizationTable {
  std::vector<std::string> tools;  // name and version of each program: "tally 0.1.0"
  std::vector<std::string> command;
  std::vector<UtilizationRow> rows;
};

/// Strict as read_plan.
UtilizationTable read_utilization(const std::string& path);
/// Whole or not at all.
void write_utilization(const std::string& path, const UtilizationTable& table);

}  // namespace tally
