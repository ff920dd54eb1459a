// SPDX-License-Identifier: Apache-2.0
#include "golden/core/product.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace tally {

namespace {

constexpr std::size_t kWide = 16;  // outputs computed together
constexpr std::size_t kTall = 8;   // rows computed together
using Wide = float __attribute__((vector_size(kWide * sizeof(float))));

// y[kTall][kWide] from kTall rows of x and weights packed [depth][kWide].
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void multiply_panel(const std::array<const float*, kTall>& x, const float* packed,
                    std::size_t depth, float* y) {
  Wide sums[kTall] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    Wide w;
    std::memcpy(&w, packed + k * kWide, sizeof w);
    for (std::size_t r = 0; r < kTall; ++r) sums[r] += w * x[r][k];
  }
  std::memcpy(y, sums, sizeof sums);
}

}  // namespace

void multiply_rows(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                   std::size_t y_stride) {
  std::vector<float> packed(depth * kWide);
  std::array<float, kTall * kWide> panel;
  for (std::size_t o = 0; o < w.rows; o += kWide) {
    const std::size_t outputs = std::min(kWide, w.rows - o);
    std::fill(packed.begin(), packed.end(), 0.0F);
    for (std::size_t i = 0; i < outputs; ++i) {
      const float* const row = w.data + (o + i) * w.stride;
      for (std::size_t k = 0; k < depth; ++k) packed[k * kWide + i] = row[k];
    }
    for (std::size_t r = 0; r < x.rows; r += kTall) {
      std::array<const float*, kTall> rows;
      // Rows past the end repeat the last one; their results are dropped.
      for (std::size_t i = 0; i < kTall; ++i) {
        rows[i] = x.data + std::min(r + i, x.rows - 1) * x.stride;
      }
      multiply_panel(rows, packed.data(), depth, panel.data());
      for (std::size_t i = 0; i < std::min(kTall, x.rows - r); ++i) {
        std::copy_n(panel.data() + i * kWide, outputs, y + (r + i) * y_stride + o);
      }
    }
  }
}

}  // namespace tally
