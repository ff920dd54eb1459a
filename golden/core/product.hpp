// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace tally {

/// A block of rows inside a larger row-major array: row r begins at data + r * stride.
struct RowBlock {
  const float* data;
  std::size_t rows;
  std::size_t stride;
};

/// y[r][o] = sum over k = 0..depth-1, in that order, of x[r][k] * w[o][k], in binary32, each step
/// one std::fma from 0 on; row r of y begins at y + r * y_stride. As wide as the CPU's registers
/// allow, with the same result on all.
void multiply_rows(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                   std::size_t y_stride);

/// The same sums by output: y[o][r], output o begins at y + o * y_stride.
void multiply_rows_by_output(const RowBlock& x, const RowBlock& w, std::size_t depth, float* y,
                             std::size_t y_stride);

/// The part that multiply_rows is made of, for callers whose data lie otherwise.
constexpr std::size_t kPanelRows = 6;
constexpr std::size_t kPanelColumns = 16;
using PanelRows = std::array<const float*, kPanelRows>;
using Panel = std::array<float, kPanelRows * kPanelColumns>;

/// panel[i][j] = sum over k, in order, by std::fma, of rows[i][k] * packed[k][j]; `packed` is
/// [depth][kPanelColumns].
void multiply_panel(const PanelRows& rows, const float* packed, std::size_t depth, Panel& panel);

/// y[i] = fma(factor, x[i * x_step], y[i]) for i = 0..count-1.
void add_scaled(float factor, const float* x, std::size_t x_step, std::size_t count, float* y);

}  // namespace tally
