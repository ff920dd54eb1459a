// SPDX-License-Identifier: Apache-2.0
#include "golden/report/report.hpp"

#include <fmt/format.h>

#include "golden/report/page.hpp"
#include "golden/report/report_view.hpp"
#include "golden/report/study_view.hpp"
#include "golden/report/template.hpp"

namespace tally {

std::string render_report(const ReportInput& input) {
  Json view = report_view(input);
  view["study"] = kStudyTemplate;  // the partial that shows one study
  return render_page(kReportTemplate, view);
}

std::string render_study(const Study& study) {
  Json view = study_view(study);
  view["study"] = kStudyTemplate;
  view["study_tools"] = fmt::format("{}", fmt::join(study.tools, ", "));
  return render_page(kStudyPageTemplate, view);
}

}  // namespace tally
