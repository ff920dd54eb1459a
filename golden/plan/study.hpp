// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

inline constexpr int kStudySchemaVersion = 1;

/// One row of a table: what it is about, and a number for each column.
struct StudyRow {
  std::string name;
  std::vector<double> values;
};

/// `row_title` heads the names; `decimals` says how many of each column are shown.
struct StudyTable {
  std::string name;
  std::string row_title;
  std::vector<std::string> columns;
  std::vector<int> decimals;
  std::vector<StudyRow> rows;
};

/// Points of one line, x ascending.
struct StudySeries {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

struct StudyPlot {
  std::string name;
  std::string x_title;
  std::string y_title;
  std::vector<StudySeries> series;
};

/// What `tally study` measured: tables and plots of one question about one network.
struct Study {
  int schema_version = kStudySchemaVersion;
  std::string kind;  // terms, groups, encodings, distribution or cycles
  std::string title;
  std::vector<std::string> notes;  // how it was measured, what the columns mean
  std::vector<std::string> tools;  // name and version of each program
  std::vector<std::string> command;
  std::string model;
  std::string model_sha256;
  std::string data;          // file of the measurement
  std::int64_t samples = 0;  // of it
  std::vector<StudyTable> tables;
  std::vector<StudyPlot> plots;
};

/// Strict as read_plan; also refused: a row with more or fewer values than columns, a series with
/// more x than y.
Study read_study(const std::string& path);
/// Whole or not at all.
void write_study(const std::string& path, const Study& study);

}  // namespace tally
