// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/plan/json_fields.hpp"

namespace tally {

/// What tally compare wrote, as one HTML page that needs nothing else: the fronts of bits against
/// divergence and loss, Table IV, Table V, Figure 11, sensitivity of the layers. Every number comes
/// from `compare`.
std::string render_compare_page(const Json& compare);

}  // namespace tally
