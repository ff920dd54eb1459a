// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "golden/plan/plan.hpp"
#include "golden/plan/run_record.hpp"
#include "golden/plan/study.hpp"
#include "golden/plan/utilization.hpp"

namespace tally {

/// What a report shows. Only the plan is needed; what is missing is said to be missing.
struct ReportInput {
  Plan plan;
  std::string plan_path;
  std::vector<RunRecord> runs;
  std::optional<UtilizationTable> utilization;
  std::vector<Study> studies;
};

/// The report as one HTML page that needs nothing else: style and pictures are inside, no script,
/// no address is loaded. Every number comes from the files given. Error: a run of another model
/// than the plan's.
std::string render_report(const ReportInput& input);

/// One study as such a page.
std::string render_study(const Study& study);

}  // namespace tally
