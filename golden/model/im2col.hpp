// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "golden/model/layer_info.hpp"

namespace tally {

/// Where a layer's inputs and outputs lie in its tensors: the same loop serves products and
/// convolutions of one to three spatial axes, grouped or not.
///
///   for sample, for position: for group: gather(...) gives x[0..k), each output o of the group
///   goes to output[output_index(sample, position, o)].
///
/// A product over [d0, d1, ..., K] has d0 samples of d1*d2*... positions. Pure, no allocation after
/// the constructor, safe from several threads.
class Im2col {
 public:
  /// `input_shape` is the layer's input at run time (any batch). Error: it does not fit the layer.
  Im2col(const LayerInfo& layer, std::span<const size_t> input_shape);

  size_t samples() const { return samples_; }
  size_t positions() const { return positions_; }  ///< output positions of one sample
  size_t groups() const { return groups_; }
  size_t k() const { return k_; }
  size_t input_elements() const { return samples_ * input_stride_; }
  size_t output_elements() const { return samples_ * positions_ * outputs_; }

  /// Copies the k inputs of one output position to `out`, in the order of the weights; positions in
  /// the padding give `pad`. T is float, or a code if the tensor was quantized first.
  template <typename T>
  void gather(const T* input, size_t sample, size_t position, size_t group, T pad, T* out) const {
    const T* const from = input + sample * input_stride_;
    if (is_product_) {
      for (size_t i = 0; i < k_; ++i) out[i] = from[position * k_ + i];
      return;
    }
    std::array<std::ptrdiff_t, 3> corner;  // input coordinate of kernel element 0; may be negative
    for (size_t axis = 3; axis-- > 0;) {
      corner[axis] = static_cast<std::ptrdiff_t>(position % out_[axis] * stride_[axis]) -
                     static_cast<std::ptrdiff_t>(pad_[axis]);
      position /= out_[axis];
    }
    const auto inside = [this](std::ptrdiff_t at, size_t axis) {
      return at >= 0 && at < static_cast<std::ptrdiff_t>(in_[axis]);
    };
    const T* plane = from + group * group_channels_ * plane_;
    for (size_t c = 0; c < group_channels_; ++c, plane += plane_) {
      for (size_t z = 0; z < kernel_[0]; ++z) {
        const auto at_z = corner[0] + static_cast<std::ptrdiff_t>(z * dilation_[0]);
        for (size_t y = 0; y < kernel_[1]; ++y) {
          const auto at_y = corner[1] + static_cast<std::ptrdiff_t>(y * dilation_[1]);
          const bool row_inside = inside(at_z, 0) && inside(at_y, 1);
          const auto row = (at_z * static_cast<std::ptrdiff_t>(in_[1]) + at_y) *
                           static_cast<std::ptrdiff_t>(in_[2]);
          for (size_t x = 0; x < kernel_[2]; ++x) {
            const auto at_x = corner[2] + static_cast<std::ptrdiff_t>(x * dilation_[2]);
            *out++ = row_inside && inside(at_x, 2) ? plane[row + at_x] : pad;
          }
        }
      }
    }
  }

  /// Index of output `o` (0..outputs-1 over all groups) in the output tensor.
  size_t output_index(size_t sample, size_t position, size_t o) const {
    return is_product_ ? (sample * positions_ + position) * outputs_ + o
                       : (sample * outputs_ + o) * positions_ + position;
  }

 private:
  bool is_product_;
  size_t k_;
  size_t outputs_;
  size_t groups_;
  size_t samples_ = 0;
  size_t positions_ = 1;
  size_t input_stride_ = 1;    // elements of one sample
  size_t group_channels_ = 1;  // input channels of a group
  size_t plane_ = 1;           // elements of one input channel
  // Spatial axes, padded in front to three.
  std::array<size_t, 3> in_{1, 1, 1};
  std::array<size_t, 3> out_{1, 1, 1};
  std::array<size_t, 3> kernel_{1, 1, 1};
  std::array<size_t, 3> stride_{1, 1, 1};
  std::array<size_t, 3> dilation_{1, 1, 1};
  std::array<size_t, 3> pad_{0, 0, 0};
};

}  // namespace tally
