// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/cli/studies.hpp"
#include "golden/core/error.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/report/report.hpp"

namespace tally {
namespace {

void print_table(const CommonOptions& common, const StudyTable& table) {
  say(common, "\n{}", table.name);
  std::string head = fmt::format("{:<36}", table.row_title);
  for (const std::string& column : table.columns) head += fmt::format("  {}", column);
  say(common, "{}", head);
  for (const StudyRow& row : table.rows) {
    std::string line = fmt::format("{:<36}", row.name);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      line +=
          fmt::format("  {:>{}.{}f}", row.values[i], table.columns[i].size(), table.decimals[i]);
    }
    say(common, "{}", line);
  }
}

Json json_of(const Study& study) {
  Json tables = Json::array();
  for (const StudyTable& table : study.tables) {
    Json rows = Json::array();
    for (const StudyRow& row : table.rows) {
      rows.push_back({{"name", row.name}, {"values", row.values}});
    }
    tables.push_back({{"name", table.name}, {"columns", table.columns}, {"rows", rows}});
  }
  return {{"kind", study.kind}, {"samples", study.samples}, {"tables", tables}};
}

}  // namespace

int study_command(const CommonOptions& common, const StudyOptions& options) {
  if (options.hardware_samples < 1) {
    throw Error(fmt::format("--hardware-samples is {}, below 1", options.hardware_samples));
  }
  check_outputs({options.output, options.page},
                {options.input.model, options.calibration, options.data});
  const StudyNetwork network(options);
  std::int64_t mismatches = 0;
  Study study;
  if (options.kind == "terms") {
    study = network.study(common, "Accuracy against term pairs");
    study_terms(network, study);
  } else if (options.kind == "groups") {
    study = network.study(common, "Group sizes");
    study_groups(network, study);
  } else if (options.kind == "encodings") {
    study = network.study(common, "Truncation error of the encodings");
    study_encodings(network, study);
  } else if (options.kind == "distribution") {
    study = network.study(common, "Digits of a value");
    study_distribution(network, study);
  } else {
    study = network.study(common, "Cycles of Term Revealing against conventional hardware");
    study.tools = tool_versions({"Verilator " TALLY_VERILATOR_VERSION});
    mismatches = study_cycles(network, options, study);
  }
  if (!options.output.empty()) write_study(options.output, study);
  if (!options.page.empty()) write_file(options.page, render_study(study));
  for (const std::string& note : study.notes) say(common, "{}", note);
  for (const StudyTable& table : study.tables) print_table(common, table);
  say_float_products(common, network.runner(), "study");
  print_json(common, json_of(study));
  return mismatches == 0 ? 0 : 1;
}

}  // namespace tally
