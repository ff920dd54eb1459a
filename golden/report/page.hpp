// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/plan/json_fields.hpp"

namespace tally {

/// The mustache `page` filled in with `view` (objects, lists, booleans and strings) and the common
/// style: one HTML page that loads nothing.
std::string render_page(const char* page, Json view);

}  // namespace tally
