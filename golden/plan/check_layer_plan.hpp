// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/plan/plan.hpp"

namespace tally {

/// Throws Error, starting with `where` (file and layer), unless the layer's tables say the same as
/// its parameters and mean one value a code; for read_plan and write_plan.
void check_layer_plan(const std::string& where, const LayerPlan& layer);

}  // namespace tally
