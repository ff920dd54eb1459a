// SPDX-License-Identifier: Apache-2.0
#include "golden/report/study_view.hpp"

#include <fmt/format.h>

#include <cmath>

#include "golden/report/format.hpp"
#include "golden/report/line_plot_svg.hpp"

namespace tally {
namespace {

// Whole numbers with separators, others with the decimals of their column.
std::string cell_text(double value, int decimals) {
  if (decimals == 0) return thousands(std::llround(value));
  return fmt::format("{:.{}f}", value, decimals);
}

Json table_view(const StudyTable& table) {
  Json columns = Json::array();
  for (const std::string& column : table.columns) columns.push_back({{"title", column}});
  Json rows = Json::array();
  for (const StudyRow& row : table.rows) {
    Json cells = Json::array();
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      cells.push_back({{"text", cell_text(row.values[i], table.decimals[i])}});
    }
    rows.push_back({{"row_name", row.name}, {"cells", cells}});
  }
  return {{"table_name", table.name},
          {"row_title", table.row_title},
          {"columns", columns},
          {"table_rows", rows}};
}

}  // namespace

Json study_view(const Study& study) {
  Json notes = Json::array();
  for (const std::string& note : study.notes) notes.push_back({{"note", note}});
  Json tables = Json::array();
  for (const StudyTable& table : study.tables) tables.push_back(table_view(table));
  Json plots = Json::array();
  for (const StudyPlot& plot : study.plots) {
    plots.push_back({{"plot_name", plot.name}, {"svg", line_plot_svg(plot)}});
  }
  return {{"study_title", study.title},
          {"study_model", study.model},
          {"study_data", study.data},
          {"study_samples", thousands(study.samples)},
          {"study_command", command_text(study.command)},
          {"notes", notes},
          {"tables", tables},
          {"plots", plots}};
}

}  // namespace tally
