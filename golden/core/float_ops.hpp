// SPDX-License-Identifier: Apache-2.0
// binary32 as the hardware computes it: one rounding (nearest even), subnormals kept, one NaN.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace tally {

inline constexpr std::uint32_t kFloatNanBits = 0x7FC00000u;

/// x, or the one NaN of docs/number-systems.md ("Output").
inline float canonical_nan(float x) { return x == x ? x : std::bit_cast<float>(kFloatNanBits); }

/// a*b + c with one rounding, as tally_fma.
inline float fma32(float a, float b, float c) { return canonical_nan(std::fma(a, b, c)); }

}  // namespace tally
