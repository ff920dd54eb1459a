// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace tally {

/// half_from_float of every value (a NaN becomes any binary16 NaN), with the CPU's own conversion
/// where it has one. out.size() == x.size().
void halves_from_floats(std::span<const float> x, std::span<std::uint16_t> out);

}  // namespace tally
