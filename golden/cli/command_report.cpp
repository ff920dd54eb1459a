// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/report/report.hpp"

namespace tally {

int report_command(const CommonOptions& common, const ReportOptions& options) {
  std::vector<std::string> inputs = options.runs;
  inputs.insert(inputs.end(), options.studies.begin(), options.studies.end());
  inputs.push_back(options.plan);
  inputs.push_back(options.utilization);
  check_output(options.output, inputs);
  ReportInput input;
  input.plan_path = options.plan;
  input.plan = read_plan(options.plan);
  for (const std::string& run : options.runs) input.runs.push_back(read_run(run));
  for (const std::string& study : options.studies) input.studies.push_back(read_study(study));
  if (!options.utilization.empty()) input.utilization = read_utilization(options.utilization);
  write_file(options.output, render_report(input));
  say(common, "report in {}", options.output);
  const Evaluation& e = input.plan.evaluation;
  print_json(common, {{"report", options.output},
                      {"metric", e.plan_metric},
                      {"float_metric", e.float_metric},
                      {"samples", e.samples}});
  return 0;
}

}  // namespace tally
