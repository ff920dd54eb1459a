// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace tally {

/// half_from_float of every value (a NaN becomes any binary16 NaN), with the CPU's own conversion
/// where it has one. out.size() == x.size().
void halves_from_floats(std::span<const float> x, std::span<std::uint16_t> out);

/// out[i] = table[magnitude bits of x[i] as binary16] with the sign of x[i]: a function of binary16
/// that is odd, such as quantization. No entry of the table (0x8000 of them) is negative.
void look_up_halves(std::span<const float> x, std::span<const float> table, std::span<float> out);

/// Largest |x|; not finite as soon as one value is not; 0 of none.
float largest_magnitude(std::span<const float> x);

/// No value is infinite or NaN.
inline bool all_finite(std::span<const float> x) { return std::isfinite(largest_magnitude(x)); }

}  // namespace tally
