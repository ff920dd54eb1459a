// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tally {

/// A block of rows inside a larger row-major array: row r begins at data + r * stride.
struct RowBlock {
  const float* data;
  std::size_t rows;
  std::size_t stride;
};

/// y[r][o] = sum over k = 0..depth-1, in that order, of x[r][k] * w[o][k], in binary32; row r of y
/// begins at y + r * y_stride. As wide as the CPU's registers allow, with the same result on all:
/// every product and every sum is rounded.
void multiply_rows(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                   std::size_t y_stride);

}  // namespace tally
