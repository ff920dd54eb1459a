// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "golden/program/program.hpp"

namespace tally {

/// Throws Error naming layer and value when the configuration or the number format cannot do the
/// layer: K or SegLen too wide, sizes that do not agree, illegal boundaries, bias not finite, and
///   exponential: n above MaxN, base or coefficients out of range (docs/number-systems.md,
///   "Result":
///     K*b^(4*Rmax) < 2^126, non-zero c normal), bad weight codes;
///   uniform and reveal: not built in, g, k or s out of range, SegLen no multiple of g, K*2^14 from
///     2^31 on, a scale that is not normal, a weight of -128.
void check_layer(const DeviceLayer& layer, const PeConfig& config);

}  // namespace tally
