// SPDX-License-Identifier: Apache-2.0
#include "golden/report/report.hpp"

#include "golden/report/page.hpp"
#include "golden/report/report_view.hpp"
#include "golden/report/template.hpp"

namespace tally {

std::string render_report(const ReportInput& input) {
  return render_page(kReportTemplate, report_view(input));
}

}  // namespace tally
