// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "golden/plan/json_fields.hpp"
#include "golden/report/report.hpp"

namespace tally {

/// The values of report.mustache, all of them text, truth or lists: what the page says, without how
/// it looks. One function a section.
Json report_view(const ReportInput& input);

/// Bits that the weights of a layer take, and how they are counted.
struct Storage {
  std::int64_t values = 0;    // weights
  double fp32 = 0;            // 32 bits each
  double int8 = 0;            // 8 bits each
  double codes = 0;           // n + 1 bits each: n and the sign
  double codes_as_paper = 0;  // n bits each: DNA-TEQ counts no sign
  double tables = 0;          // boundaries, and c1..c4 of every output channel
  double int8_tables = 0;     // one scale an output channel and one for the data
};

/// Storage of one layer. The bias is the same for all and left out.
Storage storage_of(const LayerPlan& layer);

}  // namespace tally
