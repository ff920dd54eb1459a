// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// A product of two activations, as in attention: both sides are quantized while the network runs.
/// Every sample has `heads` products of its own,
///   y[m][n] = sum_k a[m][k] * b[n][k],   m < rows, n < columns,
/// one after the other in the tensors; instance i is head i % heads of sample i / heads.
struct ProductInfo {
  std::string name;  ///< stable between runs, unique among layers and products
  size_t rows = 0;
  size_t k = 0;  ///< inputs summed for one output
  size_t columns = 0;
  size_t heads = 1;
  bool a_by_columns = false;  ///< an instance of a lies as [k][rows], else [rows][k]
  bool b_by_columns = false;  ///< an instance of b lies as [k][columns], else [columns][k]
  size_t macs = 0;            ///< multiplications for one sample

  size_t a_size() const { return rows * k; }  ///< elements of one instance
  size_t b_size() const { return columns * k; }
  size_t output_size() const { return rows * columns; }

  /// Copies row m of instance a (or column n of instance b) to to[0..k).
  template <typename T>
  void a_row(const T* instance, size_t m, T* to) const {
    copy(instance, m, rows, a_by_columns, to);
  }
  template <typename T>
  void b_column(const T* instance, size_t n, T* to) const {
    copy(instance, n, columns, b_by_columns, to);
  }

 private:
  template <typename T>
  void copy(const T* from, size_t at, size_t count, bool by_columns, T* to) const {
    for (size_t i = 0; i < k; ++i) to[i] = by_columns ? from[i * count + at] : from[at * k + i];
  }
};

/// One product in one inference, as a callback sees it. Tensors are dense, C order, f32.
struct ProductCall {
  const ProductInfo& product;
  size_t instances;  ///< in all: batch * heads; those of real samples come first
  const float* a;
  const float* b;
  float* new_a;    ///< taps: starts as a copy of a and replaces it for this product only
  float* new_b;    ///< taps: the same of b
  float* output;   ///< replacements: all of it must be filled
  size_t samples;  ///< real samples in this call: the first ones
  size_t batch;    ///< samples in this call
};

using ProductFunction = std::function<void(const ProductCall&)>;

/// What a Session does differently at one product: either member, not both.
struct ProductSubstitution {
  ProductFunction tap;      ///< sees both sides and may change them; OpenVINO multiplies
  ProductFunction replace;  ///< computes the product
};

}  // namespace tally
