// SPDX-License-Identifier: Apache-2.0
#include "golden/core/product.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tally {

namespace {

void panel_portable(const PanelRows& rows, const float* packed, std::size_t depth, Panel& panel) {
  panel.fill(0.0F);
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t i = 0; i < kPanelRows; ++i) {
      for (std::size_t j = 0; j < kPanelColumns; ++j) {
        float& sum = panel[i * kPanelColumns + j];
        sum = std::fma(rows[i][k], packed[k * kPanelColumns + j], sum);
      }
    }
  }
}

void add_portable(float factor, const float* x, std::size_t x_step, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = std::fma(factor, x[i * x_step], y[i]);
}

// One sum a row, for few outputs: a panel would compute columns for nothing.
void dots_portable(const float* const* rows, std::size_t count, const float* w, std::size_t depth,
                   float* sums) {
  for (std::size_t r = 0; r < count; ++r) {
    float sum = 0;
    for (std::size_t k = 0; k < depth; ++k) sum = std::fma(w[k], rows[r][k], sum);
    sums[r] = sum;
  }
}

constexpr std::size_t kDots = 8;  // rows together: their sums do not wait for each other

#if defined(__x86_64__)

// Twelve sums of eight, two factors and a broadcast fill the 16 registers.
__attribute__((target("avx2,fma"))) void panel_avx2(const PanelRows& rows, const float* packed,
                                                    std::size_t depth, Panel& panel) {
  static_assert(kPanelRows == 6 && kPanelColumns == 16);
  const float *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3], *r4 = rows[4],
              *r5 = rows[5];
  __m256 a0 = _mm256_setzero_ps(), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0,
         a4 = a0, b4 = a0, a5 = a0, b5 = a0;
  for (std::size_t k = 0; k < depth; ++k, packed += kPanelColumns) {
    const __m256 a = _mm256_loadu_ps(packed);
    const __m256 b = _mm256_loadu_ps(packed + 8);
    __m256 x = _mm256_broadcast_ss(r0 + k);
    a0 = _mm256_fmadd_ps(x, a, a0);
    b0 = _mm256_fmadd_ps(x, b, b0);
    x = _mm256_broadcast_ss(r1 + k);
    a1 = _mm256_fmadd_ps(x, a, a1);
    b1 = _mm256_fmadd_ps(x, b, b1);
    x = _mm256_broadcast_ss(r2 + k);
    a2 = _mm256_fmadd_ps(x, a, a2);
    b2 = _mm256_fmadd_ps(x, b, b2);
    x = _mm256_broadcast_ss(r3 + k);
    a3 = _mm256_fmadd_ps(x, a, a3);
    b3 = _mm256_fmadd_ps(x, b, b3);
    x = _mm256_broadcast_ss(r4 + k);
    a4 = _mm256_fmadd_ps(x, a, a4);
    b4 = _mm256_fmadd_ps(x, b, b4);
    x = _mm256_broadcast_ss(r5 + k);
    a5 = _mm256_fmadd_ps(x, a, a5);
    b5 = _mm256_fmadd_ps(x, b, b5);
  }
  float* y = panel.data();
  for (const __m256 sum : {a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5}) {
    _mm256_storeu_ps(y, sum);
    y += 8;
  }
}

__attribute__((target("avx2,fma"))) void add_avx2(float factor, const float* x, std::size_t x_step,
                                                  std::size_t count, float* y) {
  std::size_t i = 0;
  if (x_step == 1) {
    const __m256 f = _mm256_set1_ps(factor);
    for (; i + 8 <= count; i += 8) {
      _mm256_storeu_ps(y + i, _mm256_fmadd_ps(f, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    }
  }
  for (; i < count; ++i) y[i] = __builtin_fmaf(factor, x[i * x_step], y[i]);
}

__attribute__((target("avx2,fma"))) void dots_avx2(const float* const* rows, std::size_t count,
                                                   const float* w, std::size_t depth, float* sums) {
  if (count != kDots) return dots_portable(rows, count, w, depth, sums);
  const float *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3], *r4 = rows[4],
              *r5 = rows[5], *r6 = rows[6], *r7 = rows[7];
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (std::size_t k = 0; k < depth; ++k) {
    s0 = __builtin_fmaf(w[k], r0[k], s0);
    s1 = __builtin_fmaf(w[k], r1[k], s1);
    s2 = __builtin_fmaf(w[k], r2[k], s2);
    s3 = __builtin_fmaf(w[k], r3[k], s3);
    s4 = __builtin_fmaf(w[k], r4[k], s4);
    s5 = __builtin_fmaf(w[k], r5[k], s5);
    s6 = __builtin_fmaf(w[k], r6[k], s6);
    s7 = __builtin_fmaf(w[k], r7[k], s7);
  }
  const float all[] = {s0, s1, s2, s3, s4, s5, s6, s7};
  std::copy_n(all, kDots, sums);
}

#endif

struct Kernels {
  void (*panel)(const PanelRows&, const float*, std::size_t, Panel&) = panel_portable;
  void (*add)(float, const float*, std::size_t, std::size_t, float*) = add_portable;
  void (*dots)(const float* const*, std::size_t, const float*, std::size_t, float*) = dots_portable;
};

const Kernels& kernels() {
  static const Kernels chosen = [] {
    Kernels k;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      k = {panel_avx2, add_avx2, dots_avx2};
    }
#endif
    return k;
  }();
  return chosen;
}

constexpr std::size_t kFewOutputs = 3;

// Where the sum of row r and output o goes: y[r * by_row + o * by_output].
struct Place {
  float* y;
  std::size_t by_row, by_output;

  float& operator()(std::size_t r, std::size_t o) const { return y[r * by_row + o * by_output]; }
};

void multiply_few(const RowBlock& x, const RowBlock& w, std::size_t depth, const Place& place) {
  const auto dots = kernels().dots;
  for (std::size_t r = 0; r < x.rows; r += kDots) {
    const std::size_t count = std::min(kDots, x.rows - r);
    const float* rows[kDots];
    float sums[kDots];
    for (std::size_t i = 0; i < count; ++i) rows[i] = x.data + (r + i) * x.stride;
    for (std::size_t o = 0; o < w.rows; ++o) {
      dots(rows, count, w.data + o * w.stride, depth, sums);
      for (std::size_t i = 0; i < count; ++i) place(r + i, o) = sums[i];
    }
  }
}

void multiply(const RowBlock& x, const RowBlock& w, std::size_t depth, const Place& place) {
  if (w.rows <= kFewOutputs) return multiply_few(x, w, depth, place);
  std::vector<float> packed(depth * kPanelColumns);
  Panel panel;
  for (std::size_t o = 0; o < w.rows; o += kPanelColumns) {
    const std::size_t outputs = std::min(kPanelColumns, w.rows - o);
    if (outputs < kPanelColumns) std::fill(packed.begin(), packed.end(), 0.0F);
    for (std::size_t i = 0; i < outputs; ++i) {
      const float* const row = w.data + (o + i) * w.stride;
      for (std::size_t k = 0; k < depth; ++k) packed[k * kPanelColumns + i] = row[k];
    }
    for (std::size_t r = 0; r < x.rows; r += kPanelRows) {
      PanelRows rows;
      // Rows past the end repeat the last one; their results are dropped.
      for (std::size_t i = 0; i < kPanelRows; ++i) {
        rows[i] = x.data + std::min(r + i, x.rows - 1) * x.stride;
      }
      multiply_panel(rows, packed.data(), depth, panel);
      const std::size_t count = std::min(kPanelRows, x.rows - r);
      if (place.by_output == 1) {
        for (std::size_t i = 0; i < count; ++i) {
          std::copy_n(panel.data() + i * kPanelColumns, outputs, &place(r + i, o));
        }
      } else {
        for (std::size_t j = 0; j < outputs; ++j) {
          for (std::size_t i = 0; i < count; ++i) {
            place(r + i, o + j) = panel[i * kPanelColumns + j];
          }
        }
      }
    }
  }
}

}  // namespace

void multiply_panel(const PanelRows& rows, const float* packed, std::size_t depth, Panel& panel) {
  kernels().panel(rows, packed, depth, panel);
}

void add_scaled(float factor, const float* x, std::size_t x_step, std::size_t count, float* y) {
  kernels().add(factor, x, x_step, count, y);
}

void multiply_rows(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                   std::size_t y_stride) {
  multiply(x, w, depth, {y, y_stride, 1});
}

void multiply_rows_by_output(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                             std::size_t y_stride) {
  multiply(x, w, depth, {y, 1, y_stride});
}

}  // namespace tally
