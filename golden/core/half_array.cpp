// SPDX-License-Identifier: Apache-2.0
#include "golden/core/half_array.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "golden/core/half.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tally {

namespace {

void convert_plain(const float* x, std::uint16_t* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = half_from_float(x[i]);
}

void look_up_plain(const float* x, const float* table, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = std::copysign(table[half_magnitude(half_from_float(x[i]))], x[i]);
  }
}

// As bits, which magnitudes are ordered by: a loop without branches, which compilers vectorize.
[[gnu::always_inline]] inline std::int32_t largest_bits(const float* x, std::size_t size) {
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < size; ++i) {
    largest = std::max(largest, std::bit_cast<std::int32_t>(x[i]) & 0x7FFFFFFF);
  }
  return largest;
}

__attribute__((optimize("O3"))) std::int32_t largest_plain(const float* x, std::size_t size) {
  return largest_bits(x, size);
}

#if defined(__x86_64__)
__attribute__((optimize("O3"), target("avx2"))) std::int32_t largest_avx2(const float* x,
                                                                          std::size_t size) {
  return largest_bits(x, size);
}

__attribute__((target("avx,f16c"))) void convert_f16c(const float* x, std::uint16_t* out,
                                                      std::size_t size) {
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const __m128i halves =
        _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), halves);
  }
  convert_plain(x + i, out + i, size - i);
}

__attribute__((target("avx2,f16c"))) void look_up_avx2(const float* x, const float* table,
                                                       float* out, std::size_t size) {
  const __m256i magnitude = _mm256_set1_epi32(0x7FFF);
  const __m256 sign = _mm256_set1_ps(-0.0F);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const __m256 eight = _mm256_loadu_ps(x + i);
    const __m128i halves = _mm256_cvtps_ph(eight, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m256i index = _mm256_and_si256(_mm256_cvtepu16_epi32(halves), magnitude);
    const __m256 level = _mm256_i32gather_ps(table, index, 4);
    _mm256_storeu_ps(out + i, _mm256_or_ps(level, _mm256_and_ps(eight, sign)));
  }
  look_up_plain(x + i, table, out + i, size - i);
}
#endif

}  // namespace

void halves_from_floats(std::span<const float> x, std::span<std::uint16_t> out) {
  assert(x.size() == out.size());
#if defined(__x86_64__)
  static const bool has_f16c = __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
  if (has_f16c) {
    convert_f16c(x.data(), out.data(), x.size());
    return;
  }
#endif
  convert_plain(x.data(), out.data(), x.size());
}

void look_up_halves(std::span<const float> x, std::span<const float> table, std::span<float> out) {
  assert(x.size() == out.size() && table.size() == 0x8000);
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
  if (has_avx2) {
    look_up_avx2(x.data(), table.data(), out.data(), x.size());
    return;
  }
#endif
  look_up_plain(x.data(), table.data(), out.data(), x.size());
}

float largest_magnitude(std::span<const float> x) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) return std::bit_cast<float>(largest_avx2(x.data(), x.size()));
#endif
  return std::bit_cast<float>(largest_plain(x.data(), x.size()));
}

}  // namespace tally
