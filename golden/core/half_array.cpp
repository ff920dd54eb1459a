// SPDX-License-Identifier: Apache-2.0
#include "golden/core/half_array.hpp"

#include <cassert>

#include "golden/core/half.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tally {

namespace {

void convert_plain(const float* x, std::uint16_t* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = half_from_float(x[i]);
}

#if defined(__x86_64__)
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

}  // namespace tally
