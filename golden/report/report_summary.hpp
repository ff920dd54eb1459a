// SPDX-License-Identifier: Apache-2.0
// The top of the page: what came of it all. For report_view.
#pragma once

#include "golden/plan/json_fields.hpp"
#include "golden/report/report.hpp"

namespace tally {

/// Does the hardware agree with the golden model: headline, detail and how to colour them.
Json verdict_view(const ReportInput& input);

/// "accuracy", "perplexity" or "similarity to float".
std::string metric_word(const std::string& metric);

/// Of an accuracy, from the choice of test samples, as a fraction; 0 for other metrics.
double standard_error(const Evaluation& e);

/// "10 samples at a time": weights are loaded once for all of them, so cycles a sample hold for
/// that number only.
std::string at_a_time(const RunRecord& run);

/// The figures one looks for first.
Json cards_view(const ReportInput& input);

/// Accuracy of the float network, of the plan and of uniform networks.
Json accuracy_view(const Evaluation& e, const std::vector<LayerPlan>& layers);

/// What is gained and what is lost. Each finding says who is better, so that a loss is as visible
/// as a win.
Json findings_view(const ReportInput& input);

}  // namespace tally
