// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "golden/plan/json_fields.hpp"
#include "golden/plan/study.hpp"

namespace tally {

/// The values of a study's section in a page: title, notes, tables and plots.
Json study_view(const Study& study);

}  // namespace tally
