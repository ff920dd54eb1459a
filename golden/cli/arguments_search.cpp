// SPDX-License-Identifier: Apache-2.0
// The command lines of search, compare, distributions and study.
#include <CLI/CLI.hpp>

#include "golden/cli/arguments.hpp"
#include "golden/cli/command_distributions.hpp"

namespace tally {
namespace {

void add_search(const Arguments& line) {
  const auto [sub, options] = add_subcommand<SearchOptions>(
      line, "search", "find the parameters of every layer", search_command);
  sub->footer(
      "Example:\n  tally search model.onnx --calib train.npz --data test.npz --max-loss 1 "
      "-o plan.json\nThe calibration data are split: one part tunes, the rest chooses; --data "
      "only measures the result.");
  add_model_and_data(sub, options->input);
  sub->add_option("--calib", options->calibration, "calibration data, labelled")->required();
  sub->add_option("--data", options->data, "test data: for the reported accuracy only")->required();
  sub->add_option("--max-loss", options->max_loss,
                  "accuracy that may be lost, in percentage points (default 1)");
  sub->add_option("--bits", options->bits,
                  "the same n (2..7) in all layers (of a list: in its exponential ones, uniform "
                  "is INT8 there), instead of searching")
      ->check(not_zero());
  sub->add_option("--method", options->method,
                  "output: least error of each layer's output (default); paper: DNA-TEQ's search")
      ->check(CLI::IsMember({"output", "paper"}));
  sub->add_option("--average-bits", options->average_bits,
                  "the most accurate plan of this average n (2..7), instead of --max-loss")
      ->check(not_zero());
  sub->add_option(
      "--number-system", options->system,
      "exponential (default), uniform, reveal (Term Revealing), auto: for each layer the one of "
      "least cost, or a list, one a layer: exponential,reveal,uniform");
  sub->add_option("--cost", options->cost,
                  "auto: what is made least, stored bits (default) or cycles of --config")
      ->check(CLI::IsMember({"bits", "cycles"}));
  sub->add_option("--config", options->config, "hardware whose cycles count (default default)")
      ->check(CLI::IsMember({"paper", "default", "fast", "small"}));
  sub->add_option("--group", options->group,
                  "inputs a group, g: 1, 2, 4 or 8 (default 8, in uniform 1)")
      ->check(not_zero());
  sub->add_option("--budget", options->budget,
                  "reveal: digits kept of the weights of a group, k (default: searched)")
      ->check(not_zero());
  sub->add_option("--terms", options->terms,
                  "reveal: digits kept of a data value, s (default: searched)")
      ->check(not_zero());
  sub->add_option("--encoding", options->encoding,
                  "uniform and reveal: hese, signed digits (default), or binary")
      ->check(CLI::IsMember({"hese", "binary"}));
  add_products(sub, *options);
  add_paper_readings(sub, *options);
  add_search_effort(sub, *options);
  sub->add_option("-o,--output", options->output, "the plan to write")->required();
}

void add_compare(const Arguments& line) {
  const auto [sub, options] = add_subcommand<CompareOptions>(
      line, "compare", "accuracy against bits: paper, exponential, uniform, auto, reveal",
      compare_command);
  sub->footer(
      "Example:\n  tally compare model.onnx --calib train.npz --data test.npz -o compare.json "
      "--tables compare.md\nEvery plan is tuned and chosen on the calibration data and judged on "
      "--data.");
  add_model_and_data(sub, options->search.input);
  sub->add_option("--calib", options->search.calibration, "calibration data, labelled")->required();
  sub->add_option("--data", options->search.data, "test data, labelled")->required();
  sub->add_option("--max-loss", options->search.max_loss, "bound in points (default 1)");
  sub->add_option("--budgets", options->budgets, "average n to compare at (default 2,2.5,...,6)")
      ->delimiter(',');
  sub->add_option("--systems", options->systems,
                  "of exponential, uniform, auto: which to search (default all, in this order)")
      ->delimiter(',');
  sub->add_flag("!--no-bound", options->bound, "leave out the searches under the bound");
  sub->add_flag("!--no-paper", options->paper, "leave out the paper's search");
  sub->add_flag("!--no-reveal", options->reveal, "leave out INT8 and reveal");
  add_products(sub, options->search);
  add_paper_readings(sub, options->search);
  add_search_effort(sub, options->search);
  sub->add_option("--tables", options->tables, "the tables as Markdown");
  sub->add_option("--html", options->page, "tables and pictures on one page");
  sub->add_option("-o,--output", options->search.output, "the JSON file to write")->required();
}

void add_distributions(const Arguments& line) {
  const auto [sub, options] = add_subcommand<DistributionsOptions>(
      line, "distributions",
      "which distribution the tensors follow (Tables I and II, Figures 1, 2)",
      distributions_command);
  sub->footer("Example:\n  tally distributions model.onnx --calib train.npz -o distributions.html");
  add_model_and_data(sub, options->input);
  sub->add_option("--calib", options->calibration, "data; labels are not needed")->required();
  add_calibration_samples(sub, options->calibration_samples);
  sub->add_option("--unit", options->unit,
                  "of |t|: value, as it stands (default), or mean: divided by its mean, so that "
                  "tensors compare by shape")
      ->check(CLI::IsMember({"value", "mean"}));
  sub->add_option("-o,--output", options->output, "the page to write");
}

void add_study(const Arguments& line) {
  const auto [sub, options] = add_subcommand<StudyOptions>(
      line, "study", "measure one question about term pairs, with table and plot", study_command);
  sub->footer(
      "Example:\n  tally study terms model.onnx --calib train.npz --data test.npz -o terms.json "
      "--page terms.html\nterms: accuracy against term pairs; groups: group sizes at equal k/g; "
      "encodings: truncation error of\nbinary, Booth and signed digits; distribution: digits a "
      "value; cycles: on the Verilated hardware.");
  sub->add_option("KIND", options->kind, "terms, groups, encodings, distribution or cycles")
      ->required()
      ->check(CLI::IsMember({"terms", "groups", "encodings", "distribution", "cycles"}));
  add_model_and_data(sub, options->input);
  sub->add_option("--calib", options->calibration, "calibration data")->required();
  sub->add_option("--data", options->data, "labelled data to measure on")->required();
  add_samples(sub, options->samples);
  add_calibration_samples(sub, options->calibration_samples);
  sub->add_option("--hardware-samples", options->hardware_samples,
                  "cycles: samples on the Verilated hardware (default 2)");
  sub->add_option("-o,--output", options->output, "the study to write, for the report");
  sub->add_option("--page", options->page, "the study as a page that opens offline");
}

}  // namespace

void add_search_commands(const Arguments& line) {
  add_search(line);
  add_compare(line);
  add_distributions(line);
  add_study(line);
}

}  // namespace tally
