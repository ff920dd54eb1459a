// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/study.hpp"

#include <fmt/format.h>

#include "golden/core/error.hpp"
#include "golden/plan/json_fields.hpp"

namespace tally {

template <class Fields>
void list_fields(Fields& f, StudyRow& r) {
  f.field("name", r.name);
  f.field("values", r.values, kAnyLength);
}

template <class Fields>
void list_fields(Fields& f, StudyTable& t) {
  f.field("name", t.name);
  f.field("row_title", t.row_title);
  f.field("columns", t.columns);
  f.field("decimals", t.decimals, t.columns.size(), {0, 9});
  f.objects("rows", "row", t.rows);
}

template <class Fields>
void list_fields(Fields& f, StudySeries& s) {
  f.field("name", s.name);
  f.field("x", s.x, kAnyLength);
  f.field("y", s.y, s.x.size());
}

template <class Fields>
void list_fields(Fields& f, StudyPlot& p) {
  f.field("name", p.name);
  f.field("x_title", p.x_title);
  f.field("y_title", p.y_title);
  f.objects("series", "series", p.series);
}

template <class Fields>
void list_fields(Fields& f, Study& s) {
  f.field("schema_version", s.schema_version, {kStudySchemaVersion, kStudySchemaVersion});
  f.choice("kind", s.kind, {"terms", "groups", "encodings", "distribution", "cycles"});
  f.field("title", s.title);
  f.field("notes", s.notes);
  f.field("tools", s.tools);
  f.field("command", s.command);
  f.field("model", s.model);
  f.field("model_sha256", s.model_sha256);
  f.field("data", s.data);
  f.field("samples", s.samples, kNotNegative);
  f.objects("tables", "table", s.tables);
  f.objects("plots", "plot", s.plots);
}

namespace {

void check_study(const std::string& path, const Study& study) {
  for (const StudyTable& table : study.tables) {
    for (const StudyRow& row : table.rows) {
      if (row.values.size() == table.columns.size()) continue;
      throw Error(fmt::format("{}: table {}: row {} has {} values for {} columns", path, table.name,
                              row.name, row.values.size(), table.columns.size()));
    }
  }
}

}  // namespace

Study read_study(const std::string& path) {
  Study study = read_record<Study>(path);
  check_study(path, study);
  return study;
}

void write_study(const std::string& path, const Study& study) {
  check_study(path, study);
  write_record(path, study);
}

}  // namespace tally
