// SPDX-License-Identifier: Apache-2.0
// The command lines of eval, run, budget, report, export and utilization.
#include <CLI/CLI.hpp>

#include "golden/cli/arguments.hpp"
#include "golden/cli/run_target.hpp"

namespace tally {
namespace {

void add_eval(const Arguments& line) {
  const auto [sub, options] = add_subcommand<EvalOptionsCli>(
      line, "eval", "accuracy of a network, float and as a plan quantizes it", eval_command);
  add_model_and_data(sub, options->input);
  sub->add_option("--plan", options->plan,
                  "the plan; without it only the float network is measured");
  sub->add_option("--metric", options->metric,
                  "top-1: share of right labels; perplexity: of labels [N, T], a label a position; "
                  "embedding:\ncosine with the float network and agreement of nearest neighbours, "
                  "needs no labels. Default: as the labels are")
      ->check(CLI::IsMember({"top-1", "perplexity", "embedding"}));
  sub->add_option("--data", options->data, "labelled data")->required();
  add_samples(sub, options->samples);
}

void add_run(const Arguments& line) {
  const auto [sub, options] = add_subcommand<RunOptions>(
      line, "run", "run the quantized layers on a device and compare every value", run_command);
  sub->footer(
      "Example:\n  tally run model.onnx --plan plan.json --data test.npz --device rtl "
      "--samples 20 -o run.json\nrtl and boards (uart:/dev/ttyUSB0) are compared with the "
      "emulator bit for bit; the\nemulator with the fake-quantized network within its tolerance. "
      "Exit code 1 if a value differs.\nThe emulator has no clock: its cycles and utilization are "
      "null in --json and in the file.");
  add_model_and_data(sub, options->input);
  sub->add_option("--plan", options->plan, "the plan")->required();
  sub->add_option("--data", options->data, "labelled data")->required();
  sub->add_option("--device", options->device, "emulator, rtl or uart:PORT[@BAUD]")
      ->required()
      ->check(CLI::Validator(check_device_name, ""));
  add_config(sub, options->config);
  add_samples(sub, options->samples);
  sub->add_option("-o,--output", options->output, "the run to write, for the report");
}

void add_budget(const Arguments& line) {
  const auto [sub, options] = add_subcommand<BudgetOptions>(
      line, "budget", "lower the budget k of a reveal plan on loaded weights", budget_command);
  sub->footer(
      "Example:\n  tally budget model.onnx --plan reveal.json --data test.npz --device rtl "
      "--budgets 10,8,6 --samples 20\nEach tile's weights are loaded once, with the first budget; "
      "every other one is a control word\non the same slots. Prints accuracy and cycles for each.");
  add_model_and_data(sub, options->run.input);
  sub->add_option("--plan", options->run.plan, "the plan, all layers reveal")->required();
  sub->add_option("--data", options->run.data, "labelled data")->required();
  sub->add_option("--budgets", options->budgets, "budgets k, descending: 10,8,6")
      ->required()
      ->delimiter(',');
  sub->add_option("--device", options->run.device, "emulator or rtl")
      ->required()
      ->check(CLI::IsMember({"emulator", "rtl"}));
  add_config(sub, options->run.config);
  add_samples(sub, options->run.samples);
}

void add_report(const Arguments& line) {
  const auto [sub, options] = add_subcommand<ReportOptions>(
      line, "report", "one HTML page of a plan and its runs", report_command);
  sub->footer("Example:\n  tally report plan.json --run run.json -o report.html");
  sub->add_option("PLAN", options->plan, "the plan")->required();
  sub->add_option("--run", options->runs, "a file written by tally run; may be repeated");
  sub->add_option("--study", options->studies, "a file written by tally study; may be repeated");
  sub->add_option("--utilization", options->utilization, "a file written by tally utilization");
  sub->add_option("-o,--output", options->output, "the page to write")->required();
}

void add_export(const Arguments& line) {
  const auto [sub, options] = add_subcommand<ExportOptions>(
      line, "export", "write a plan's integers for other tools: .npz, C, $readmemh",
      export_command);
  sub->footer(
      "Example:\n  tally export plan.json model.onnx -o out\nWrites codes, boundaries, "
      "coefficients and tile packets, and an example with its results\nfor verif/sv (layout: "
      "docs/export.md). The folder must be new or empty.");
  sub->add_option("PLAN", options->plan, "the plan")->required();
  add_model(sub, options->input);
  add_config(sub, options->config);
  sub->add_option("--vectors", options->vectors, "activation vectors of the example (default 2)");
  sub->add_option("-o,--output", options->output, "the folder to make")->required();
}

void add_utilization(const Arguments& line) {
  const auto [sub, options] = add_subcommand<UtilizationOptions>(
      line, "utilization", "measure how busy the hardware's lanes can be", utilization_command);
  sub->add_option("--vectors", options->vectors, "activation vectors (default 8)");
  sub->add_option("-o,--output", options->output, "the table to write, for the report");
}

}  // namespace

void add_plan_commands(const Arguments& line) {
  add_eval(line);
  add_run(line);
  add_budget(line);
  add_report(line);
  add_export(line);
  add_utilization(line);
}

}  // namespace tally
