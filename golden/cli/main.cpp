// SPDX-License-Identifier: Apache-2.0
// build/tally: reads the command line, runs one subcommand. Exit codes: 0 done; 1 hardware and
// model disagree; 2 bad input, with a message that names it; 3 a fault of the device or of this
// program.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "golden/cli/command_distributions.hpp"
#include "golden/cli/commands.hpp"
#include "golden/cli/run_target.hpp"
#include "golden/core/error.hpp"

namespace {

constexpr int kBadInput = 2;
constexpr int kInternal = 3;

constexpr const char* kExamples = R"(
Examples, from a trained network to hardware that agrees with it bit for bit:
  tally inspect golden/models/mnist_mlp.onnx
      which layers can be computed by counting, and what stays on the host
  tally search golden/models/mnist_mlp.onnx --calib data/mnist/train-images-idx3-ubyte \
      --data data/mnist/t10k-images-idx3-ubyte --max-loss 0.5 -o plan.json
      the fewest bits that lose at most 0.5 points of accuracy
  tally eval golden/models/mnist_mlp.onnx --plan plan.json --data data/mnist/t10k-images-idx3-ubyte
      accuracy of that plan, and of the float network
  tally run golden/models/mnist_mlp.onnx --plan plan.json --data data/mnist/t10k-images-idx3-ubyte \
      --device rtl --samples 20 -o run.json
      20 digits on the Verilated hardware, every value compared with the golden model
  tally report plan.json --run run.json -o report.html
      everything on one page that opens offline

DATA is a .npz with x (samples first, float32, uint8 or token numbers; or an array for each input of
the network by its name) and y (labels), an idx image file with its label file beside it, or a folder
of images. DATA@0::5 takes every fifth sample, DATA@except:0::5 all others, DATA@:100 the first 100.
With --json one JSON object goes to standard output and all text to standard error.
Exit codes: 0 done, 1 hardware and golden model disagree, 2 bad input, 3 a fault of the device (it
hangs, or reports an error) or of this program.)";

void add_model(CLI::App* app, tally::InputOptions& input) {
  app->add_option("MODEL", input.model, "the trained network: .onnx, .tflite, OpenVINO .xml, ...")
      ->required();
  app->add_option("--shape", input.shape,
                  "input shape where the model leaves it open: 1,3,224,224, or x[1,3,224,224] by "
                  "name; ? keeps the batch open");
}

// 0 stands for "not given" behind these options, so a 0 that was given is refused here.
CLI::Validator not_zero() {
  return CLI::Validator(
      [](std::string& text) {
        return CLI::detail::trim_copy(text).find_first_not_of("0.+-") == std::string::npos
                   ? fmt::format("{} is out of range", text)
                   : std::string();
      },
      "");
}

void add_scaling(CLI::App* app, tally::InputOptions& input) {
  app->add_option("--mean", input.mean,
                  "model input = (raw - MEAN) / SCALE; one number or one a channel")
      ->delimiter(',');
  app->add_option("--scale", input.scale, "default 255 for 8-bit data, else 1")->delimiter(',');
  app->add_option("--crop", input.crop, "images: part of the short side kept (default 0.875)")
      ->check(CLI::Range(0.01, 1.0));
}

int run(int argc, char** argv) {
  using namespace tally;
  CLI::App app{"Tally: neural-network arithmetic by counting."};
  app.name("tally");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.set_version_flag("--version", "tally " TALLY_VERSION);
  app.set_help_all_flag("--help-all", "help of all subcommands");

  CommonOptions common;
  common.command.assign(argv, argv + argc);
  common.command.front() = "tally";
  const auto add_json = [&](CLI::App* sub) {
    sub->add_flag("--json", common.json, "one JSON object on standard output");
  };
  int code = 0;

  InspectOptions inspect;
  auto* sub = app.add_subcommand("inspect", "list the layers of a network that can be quantized");
  add_model(sub, inspect.input);
  add_json(sub);
  sub->callback([&] { code = inspect_command(common, inspect); });

  SearchOptions search;
  sub = app.add_subcommand("search", "find the parameters of every layer");
  sub->footer(
      "Example:\n  tally search model.onnx --calib train.npz --data test.npz --max-loss 1 "
      "-o plan.json\nThe calibration data are split: one part tunes, the rest chooses; --data "
      "only measures the result.");
  add_model(sub, search.input);
  add_scaling(sub, search.input);
  sub->add_option("--calib", search.calibration, "calibration data, labelled")->required();
  sub->add_option("--data", search.data, "test data: for the reported accuracy only")->required();
  sub->add_option("--max-loss", search.max_loss, "accuracy that may be lost, in percentage points")
      ->required();
  sub->add_option("--bits", search.bits,
                  "the same n (2..7) in all layers (of a list: in its exponential ones, uniform "
                  "is INT8 there), instead of searching")
      ->check(not_zero());
  sub->add_option("--method", search.method,
                  "output: least error of each layer's output (default); paper: DNA-TEQ's search")
      ->check(CLI::IsMember({"output", "paper"}));
  sub->add_option("--average-bits", search.average_bits,
                  "the most accurate plan of this average n (2..7), instead of --max-loss")
      ->check(not_zero());
  sub->add_option(
      "--number-system", search.system,
      "exponential (default), uniform, reveal (Term Revealing), auto: for each layer the one of "
      "least cost, or a list, one a layer: exponential,reveal,uniform");
  sub->add_option("--cost", search.cost,
                  "auto: what is made least, stored bits (default) or cycles of --config")
      ->check(CLI::IsMember({"bits", "cycles"}));
  sub->add_option("--config", search.config, "hardware whose cycles count (default default)")
      ->check(CLI::IsMember({"paper", "default", "fast", "small"}));
  sub->add_option("--group", search.group,
                  "inputs a group, g: 1, 2, 4 or 8 (default 8, in uniform 1)")
      ->check(not_zero());
  sub->add_option("--budget", search.budget,
                  "reveal: digits kept of the weights of a group, k (default: searched)")
      ->check(not_zero());
  sub->add_option("--terms", search.terms,
                  "reveal: digits kept of a data value, s (default: searched)")
      ->check(not_zero());
  sub->add_option("--encoding", search.encoding,
                  "uniform and reveal: hese, signed digits (default), or binary")
      ->check(CLI::IsMember({"hese", "binary"}));
  sub->add_option("--threads", search.threads,
                  "threads (default all); the plan does not depend on it");
  sub->add_option(
      "--cache", search.cache,
      "folder that keeps finished work, so that a search that was stopped goes on where "
      "it was (default: beside the plan, removed at the end)");
  sub->add_option("--calib-samples", search.calibration_samples, "samples that tune (default 512)");
  sub->add_option("--validation-samples", search.validation_samples,
                  "samples that choose, at most (default 5000)");
  sub->add_option("-o,--output", search.output, "the plan to write")->required();
  add_json(sub);
  sub->callback([&] { code = search_command(common, search); });

  DistributionsOptions distributions;
  sub = app.add_subcommand("distributions",
                           "which distribution the tensors follow (Tables I and II, Figures 1, 2)");
  sub->footer("Example:\n  tally distributions model.onnx --calib train.npz -o distributions.html");
  add_model(sub, distributions.input);
  add_scaling(sub, distributions.input);
  sub->add_option("--calib", distributions.calibration, "data; labels are not needed")->required();
  sub->add_option("--calib-samples", distributions.calibration_samples,
                  "samples at most (default 512)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  sub->add_option("--unit", distributions.unit,
                  "of |t|: value, as it stands (default), or mean: divided by its mean, so that "
                  "tensors compare by shape")
      ->check(CLI::IsMember({"value", "mean"}));
  sub->add_option("-o,--output", distributions.output, "the page to write");
  add_json(sub);
  sub->callback([&] { code = distributions_command(common, distributions); });

  CompareOptions compare;
  sub = app.add_subcommand("compare",
                           "accuracy against bits: paper, exponential, uniform, auto, reveal");
  sub->footer(
      "Example:\n  tally compare model.onnx --calib train.npz --data test.npz -o compare.json "
      "--tables compare.md\nEvery plan is tuned and chosen on the calibration data and judged on "
      "--data.");
  add_model(sub, compare.search.input);
  add_scaling(sub, compare.search.input);
  sub->add_option("--calib", compare.search.calibration, "calibration data, labelled")->required();
  sub->add_option("--data", compare.search.data, "test data, labelled")->required();
  sub->add_option("--max-loss", compare.search.max_loss, "bound in points (default 1)");
  sub->add_option("--budgets", compare.budgets, "average n to compare at (default 2,2.5,...,6)")
      ->delimiter(',');
  sub->add_flag("!--no-bound", compare.bound, "leave out the searches under the bound");
  sub->add_flag("!--no-paper", compare.paper, "leave out the paper's search");
  sub->add_flag("!--no-reveal", compare.reveal, "leave out INT8 and reveal");
  sub->add_option("--threads", compare.search.threads, "threads (default all)");
  sub->add_option("--cache", compare.search.cache, "as in search");
  sub->add_option("--calib-samples", compare.search.calibration_samples,
                  "samples that tune (default 512)");
  sub->add_option("--validation-samples", compare.search.validation_samples,
                  "samples that choose, at most (default 5000)");
  sub->add_option("--tables", compare.tables, "the tables as Markdown");
  sub->add_option("--html", compare.page, "tables and pictures on one page");
  sub->add_option("-o,--output", compare.search.output, "the JSON file to write")->required();
  add_json(sub);
  sub->callback([&] { code = compare_command(common, compare); });

  EvalOptionsCli eval;
  sub = app.add_subcommand("eval", "accuracy of a network, float and as a plan quantizes it");
  add_model(sub, eval.input);
  add_scaling(sub, eval.input);
  sub->add_option("--plan", eval.plan, "the plan; without it only the float network is measured");
  sub->add_option("--metric", eval.metric,
                  "top-1: share of right labels; perplexity: of labels [N, T], a label a position; "
                  "embedding:\ncosine with the float network and agreement of nearest neighbours, "
                  "needs no labels. Default: as the labels are")
      ->check(CLI::IsMember({"top-1", "perplexity", "embedding"}));
  sub->add_option("--data", eval.data, "labelled data")->required();
  sub->add_option("--samples", eval.samples, "only the first samples");
  add_json(sub);
  sub->callback([&] { code = eval_command(common, eval); });

  RunOptions run;
  sub = app.add_subcommand("run", "run the quantized layers on a device and compare every value");
  sub->footer(
      "Example:\n  tally run model.onnx --plan plan.json --data test.npz --device rtl "
      "--samples 20 -o run.json\nrtl and boards (uart:/dev/ttyUSB0) are compared with the "
      "emulator bit for bit; the\nemulator with the fake-quantized network within its tolerance. "
      "Exit code 1 if a value differs.\nThe emulator has no clock: its cycles and utilization are "
      "null in --json and in the file.");
  add_model(sub, run.input);
  add_scaling(sub, run.input);
  sub->add_option("--plan", run.plan, "the plan")->required();
  sub->add_option("--data", run.data, "labelled data")->required();
  sub->add_option("--device", run.device, "emulator, rtl or uart:PORT[@BAUD]")
      ->required()
      ->check(CLI::Validator(check_device_name, ""));
  sub->add_option("--config", run.config, "hardware configuration (default auto)")
      ->check(CLI::IsMember({"auto", "paper", "default", "fast", "small"}));
  sub->add_option("--samples", run.samples, "only the first samples");
  sub->add_option("-o,--output", run.output, "the run to write, for the report");
  add_json(sub);
  sub->callback([&] { code = run_command(common, run); });

  BudgetOptions budget;
  sub = app.add_subcommand("budget", "lower the budget k of a reveal plan on loaded weights");
  sub->footer(
      "Example:\n  tally budget model.onnx --plan reveal.json --data test.npz --device rtl "
      "--budgets 10,8,6 --samples 20\nEach tile's weights are loaded once, with the first budget; "
      "every other one is a control word\non the same slots. Prints accuracy and cycles for each.");
  add_model(sub, budget.run.input);
  add_scaling(sub, budget.run.input);
  sub->add_option("--plan", budget.run.plan, "the plan, all layers reveal")->required();
  sub->add_option("--data", budget.run.data, "labelled data")->required();
  sub->add_option("--budgets", budget.budgets, "budgets k, descending: 10,8,6")
      ->required()
      ->delimiter(',');
  sub->add_option("--device", budget.run.device, "emulator or rtl")
      ->required()
      ->check(CLI::IsMember({"emulator", "rtl"}));
  sub->add_option("--config", budget.run.config, "hardware configuration (default auto)")
      ->check(CLI::IsMember({"auto", "paper", "default", "fast", "small"}));
  sub->add_option("--samples", budget.run.samples, "only the first samples");
  add_json(sub);
  sub->callback([&] { code = budget_command(common, budget); });

  StudyOptions study;
  sub = app.add_subcommand("study", "measure one question about term pairs, with table and plot");
  sub->footer(
      "Example:\n  tally study terms model.onnx --calib train.npz --data test.npz -o terms.json "
      "--page terms.html\nterms: accuracy against term pairs; groups: group sizes at equal k/g; "
      "encodings: truncation error of\nbinary, Booth and signed digits; distribution: digits a "
      "value; cycles: on the Verilated hardware.");
  sub->add_option("KIND", study.kind, "terms, groups, encodings, distribution or cycles")
      ->required()
      ->check(CLI::IsMember({"terms", "groups", "encodings", "distribution", "cycles"}));
  add_model(sub, study.input);
  add_scaling(sub, study.input);
  sub->add_option("--calib", study.calibration, "calibration data")->required();
  sub->add_option("--data", study.data, "labelled data to measure on")->required();
  sub->add_option("--samples", study.samples, "only the first samples");
  sub->add_option("--calib-samples", study.calibration_samples, "samples that tune (default 512)");
  sub->add_option("--hardware-samples", study.hardware_samples,
                  "cycles: samples on the Verilated hardware (default 2)");
  sub->add_option("-o,--output", study.output, "the study to write, for the report");
  sub->add_option("--page", study.page, "the study as a page that opens offline");
  add_json(sub);
  sub->callback([&] { code = study_command(common, study); });

  ReportOptions report;
  sub = app.add_subcommand("report", "one HTML page of a plan and its runs");
  sub->footer("Example:\n  tally report plan.json --run run.json -o report.html");
  sub->add_option("PLAN", report.plan, "the plan")->required();
  sub->add_option("--run", report.runs, "a file written by tally run; may be repeated");
  sub->add_option("--study", report.studies, "a file written by tally study; may be repeated");
  sub->add_option("--utilization", report.utilization, "a file written by tally utilization");
  sub->add_option("-o,--output", report.output, "the page to write")->required();
  add_json(sub);
  sub->callback([&] { code = report_command(common, report); });

  ExportOptions exported;
  sub = app.add_subcommand("export", "write a plan's integers for other tools: .npz, C, $readmemh");
  sub->footer(
      "Example:\n  tally export plan.json model.onnx -o out\nWrites codes, boundaries, "
      "coefficients and tile packets, and an example with its results\nfor verif/sv (layout: "
      "docs/export.md). The folder must be new or empty.");
  sub->add_option("plan", exported.plan, "the plan")->required();
  add_model(sub, exported.input);
  sub->add_option("--config", exported.config, "hardware configuration (default auto)")
      ->check(CLI::IsMember({"auto", "paper", "default", "fast", "small"}));
  sub->add_option("--vectors", exported.vectors, "activation vectors of the example (default 2)");
  sub->add_option("-o,--output", exported.output, "the folder to make")->required();
  add_json(sub);
  sub->callback([&] { code = export_command(common, exported); });

  UtilizationOptions utilization;
  sub = app.add_subcommand("utilization", "measure how busy the hardware's lanes can be");
  sub->add_option("--vectors", utilization.vectors, "activation vectors (default 8)");
  sub->add_option("-o,--output", utilization.output, "the table to write, for the report");
  add_json(sub);
  sub->callback([&] { code = utilization_command(common, utilization); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const tally::Error& error) {
    std::fprintf(stderr, "tally: %s\n", error.what());
    return kBadInput;
  } catch (const tally::DeviceFault& error) {
    std::fprintf(stderr, "tally: device fault: %s\n", error.what());
    return kInternal;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tally: internal error: %s\n", error.what());
    return kInternal;
  }
}
