// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "golden/plan/json_fields.hpp"
#include "golden/report/report.hpp"

namespace tally {

/// The values of report.mustache, all of them text, truth or lists: what the page says, without how
/// it looks. One function a section.
Json report_view(const ReportInput& input);

}  // namespace tally
