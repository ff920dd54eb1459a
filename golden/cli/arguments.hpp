// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands of build/tally share, so that a word means one thing everywhere.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "golden/cli/commands.hpp"

namespace tally {

/// The command line as it is being described.
struct Arguments {
  CLI::App& app;
  CommonOptions& common;
  int& code;  // of the subcommand that ran
};

/// Adds a subcommand whose options live as long as the parser, and --json, which all have.
/// `command` runs once the line is parsed.
template <typename Options>
std::pair<CLI::App*, Options*> add_subcommand(const Arguments& line, const std::string& name,
                                              const std::string& description,
                                              int (*command)(const CommonOptions&,
                                                             const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = line.app.add_subcommand(name, description);
  sub->add_flag("--json", line.common.json, "one JSON object on standard output");
  sub->callback([options, command, common = &line.common, code = &line.code] {
    *code = command(*common, *options);
  });
  return {sub, options.get()};
}

/// MODEL and --shape.
void add_model(CLI::App* sub, InputOptions& input);

/// MODEL, --shape, and how data become the model's input: --mean, --scale, --crop.
void add_model_and_data(CLI::App* sub, InputOptions& input);

/// --threads, --cache, --calib-samples, --validation-samples and --memory of a search.
void add_search_effort(CLI::App* sub, SearchOptions& search);

/// --alpha-rule, --rss-unit and --threshold-factor: where the paper can be read in two ways.
void add_paper_readings(CLI::App* sub, SearchOptions& search);

/// --product-bits, --float-products: how products of two activations are quantized.
void add_products(CLI::App* sub, SearchOptions& search);

/// --calib-samples, at least 1.
void add_calibration_samples(CLI::App* sub, std::int64_t& samples);

/// --samples.
void add_samples(CLI::App* sub, std::optional<std::int64_t>& samples);

/// --config: a named configuration of the hardware, or auto.
void add_config(CLI::App* sub, std::string& config);

/// 0 stands for "not given" behind some options; this refuses a 0 that was given.
CLI::Validator not_zero();

/// inspect, which comes before all others.
void add_inspect_command(const Arguments& line);

/// search, compare, distributions and study: what looks at a network to choose numbers.
void add_search_commands(const Arguments& line);

/// eval, run, budget, report, export and utilization: what works with a plan.
void add_plan_commands(const Arguments& line);

}  // namespace tally
