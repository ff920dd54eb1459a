// SPDX-License-Identifier: Apache-2.0
// The subcommands of build/tally. Each takes its options and returns the exit code; bad input is an
// Error, which main turns into a message and exit code 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// What every subcommand knows.
struct CommonOptions {
  std::vector<std::string> command;  // the words of the command line, for the files it writes
  bool json = false;  // one JSON object on standard output, all else on standard error
};

/// How to read the model and its inputs. Empty lists: the plan's, or the data's default.
struct InputOptions {
  std::string model;
  std::string shape;
  std::vector<float> mean;
  std::vector<float> scale;
  double crop = 0.875;
};

struct InspectOptions {
  InputOptions input;
};
int inspect_command(const CommonOptions& common, const InspectOptions& options);

struct SearchOptions {
  InputOptions input;
  std::string calibration;
  std::string data;
  std::string output;
  std::string method = "output";
  double max_loss = 1.0;               // percentage points
  int bits = 0;                        // n of all layers; 0: searched
  double average_bits = 0;             // the best plan of this average n; 0: max_loss rules
  std::string system = "exponential";  // exponential, uniform, reveal or auto
  std::string cost = "bits";           // auto: what is made least, bits or cycles
  std::string config = "default";      // hardware whose cycles count
  std::string encoding = "hese";       // uniform, reveal: hese or binary digits
  int group = 0;                       // g; 0: 8 in reveal, 1 in uniform
  int budget = 0;                      // reveal: k; 0: searched
  int terms = 0;                       // reveal: s; 0: searched
  int product_bits = 7;                // n of the products of two activations
  bool float_products = false;         // leave them in float
  bool keep_weights = false;           // quantize the model's own weights, never corrected ones
  std::string alpha_rule = "paper";    // readings of the paper's search: docs/number-systems.md
  std::string rss_unit = "value";
  std::string threshold_factor = "clamped";
  int threads = 0;    // 0: all of the machine
  std::string cache;  // folder of finished units; empty: beside the plan, removed
  std::int64_t calibration_samples = 512;
  std::int64_t validation_samples = 5000;
  double memory = 4;  // GB that the activations of the tuning samples may take
};
int search_command(const CommonOptions& common, const SearchOptions& options);

struct CompareOptions {
  SearchOptions search;  // output: the JSON file; bits, average_bits, method and system unused
  std::vector<double> budgets{2, 2.5, 3, 3.5, 4, 5, 6};  // of average n
  std::vector<std::string> systems{"exponential", "uniform", "auto"};
  bool bound = true;  // our search under the loss bound
  bool paper = true;
  bool reveal = true;
  std::string tables;  // Markdown; empty: none
  std::string page;    // HTML; empty: none
};
int compare_command(const CommonOptions& common, const CompareOptions& options);

struct EvalOptionsCli {
  InputOptions input;
  std::string plan;
  std::string data;
  std::string metric;                   // empty: as the labels say
  std::optional<std::int64_t> samples;  // nothing: all
};
int eval_command(const CommonOptions& common, const EvalOptionsCli& options);

struct RunOptions {
  InputOptions input;
  std::string plan;
  std::string data;
  std::string device;
  std::string config = "auto";
  std::optional<std::int64_t> samples;  // nothing: all
  std::string output;                   // run.json; empty: none
};
int run_command(const CommonOptions& common, const RunOptions& options);

/// Lowering the budget of a reveal network on loaded weights.
struct BudgetOptions {
  RunOptions run;
  std::vector<int> budgets;  // descending
};
int budget_command(const CommonOptions& common, const BudgetOptions& options);

struct StudyOptions {
  std::string kind;  // terms, groups, encodings, distribution or cycles
  InputOptions input;
  std::string calibration;
  std::string data;
  std::string output;  // study.json; empty: none
  std::string page;    // study.html; empty: none
  std::optional<std::int64_t> samples;
  std::int64_t calibration_samples = 512;
  std::int64_t hardware_samples = 2;  // cycles
};
int study_command(const CommonOptions& common, const StudyOptions& options);

struct ReportOptions {
  std::string plan;
  std::vector<std::string> runs;
  std::vector<std::string> studies;
  std::string utilization;
  std::string output;
};
int report_command(const CommonOptions& common, const ReportOptions& options);

struct ExportOptions {
  InputOptions input;
  std::string plan;
  std::string config = "auto";
  std::int64_t vectors = 2;  // of the example
  std::string output;        // folder
};
int export_command(const CommonOptions& common, const ExportOptions& options);

struct UtilizationOptions {
  std::string output;
  std::int64_t vectors = 8;
};
int utilization_command(const CommonOptions& common, const UtilizationOptions& options);

}  // namespace tally
