// SPDX-License-Identifier: Apache-2.0
// binary16 as bit patterns. Bit work on the double only, so it is the same on every compiler and
// CPU; in the header because quantizers call it for every activation.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace tally {

inline constexpr std::uint16_t kHalfInfinity = 0x7C00;
inline constexpr std::uint16_t kHalfMax = 0x7BFF;  // 65504
inline constexpr std::uint16_t kHalfNan = 0x7E00;  // the only NaN these functions return
inline constexpr std::uint16_t kHalfSmallest = 0x0001;

namespace half_detail {

// A double rounded towards zero to binary16 (sign apart), and what was cut off.
struct Truncated {
  std::uint16_t sign;       // 0 or 0x8000
  std::uint16_t magnitude;  // 0 .. 0x7C00
  int tail;                 // cut-off part: 0 none, 1 below a half unit, 2 a half, 3 above
};

constexpr Truncated truncate(double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const auto sign = static_cast<std::uint16_t>((bits >> 48) & 0x8000);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const int biased = static_cast<int>((bits >> 52) & 0x7FF);
  const int exponent = biased - 1023;
  if (biased == 0x7FF) return {sign, kHalfInfinity, 0};
  if (exponent > 15) return {sign, kHalfMax, 3};
  if (biased == 0) return {sign, 0, fraction != 0 ? 1 : 0};  // below 2^-1022
  // Normal results drop 42 bits; each binade below 2^-14 drops one more.
  const int shift = exponent >= -14 ? 42 : 42 + (-14 - exponent);
  if (shift > 53) return {sign, 0, 1};
  const std::uint64_t significand = fraction | (std::uint64_t{1} << 52);
  const std::uint64_t kept = significand >> shift;
  const std::uint64_t rest = significand & ((std::uint64_t{1} << shift) - 1);
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  const int tail = rest == 0 ? 0 : rest < half ? 1 : rest == half ? 2 : 3;
  // The hidden bit of a normal number adds one to the exponent field, hence +14 and not +15.
  const std::uint64_t field = exponent >= -14 ? static_cast<std::uint64_t>(exponent + 14) << 10 : 0;
  return {sign, static_cast<std::uint16_t>(field + kept), tail};
}

}  // namespace half_detail

/// Magnitude bits; magnitudes of numbers (not NaN) compare as these integers.
constexpr std::uint16_t half_magnitude(std::uint16_t h) { return h & 0x7FFF; }
constexpr bool half_is_negative(std::uint16_t h) { return (h & 0x8000) != 0; }
constexpr bool half_is_nan(std::uint16_t h) { return half_magnitude(h) > kHalfInfinity; }

/// Nearest binary16, ties to even, in one rounding. From 65520 on: infinity. NaN gives kHalfNan.
constexpr std::uint16_t half_from_double(double x) {
  if (x != x) return kHalfNan;
  const auto t = half_detail::truncate(x);
  const bool up = t.tail == 3 || (t.tail == 2 && (t.magnitude & 1) != 0);
  return static_cast<std::uint16_t>(t.sign | (t.magnitude + (up ? 1 : 0)));
}

/// As half_from_double; a float widens to double exactly.
constexpr std::uint16_t half_from_float(float x) { return half_from_double(x); }

/// Smallest binary16 >= x (towards +infinity): above 65504 infinity, below -65504 -65504
/// (infinities stay). NaN gives kHalfNan.
constexpr std::uint16_t half_from_double_up(double x) {
  if (x != x) return kHalfNan;
  const auto t = half_detail::truncate(x);
  const bool up = t.tail != 0 && t.sign == 0;
  return static_cast<std::uint16_t>(t.sign | (t.magnitude + (up ? 1 : 0)));
}

/// Exact value as binary32. A NaN becomes the quiet NaN 0x7FC00000.
constexpr float half_to_float(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000) << 16;
  const std::uint32_t magnitude = half_magnitude(h);
  if (magnitude > kHalfInfinity) return std::bit_cast<float>(0x7FC00000u);
  if (magnitude == kHalfInfinity) return std::bit_cast<float>(sign | 0x7F800000u);
  if (magnitude >= 0x0400) return std::bit_cast<float>(sign | ((magnitude << 13) + (112u << 23)));
  const float subnormal = static_cast<float>(magnitude) * 0x1p-24F;
  return sign != 0 ? -subnormal : subnormal;
}

}  // namespace tally
