// SPDX-License-Identifier: Apache-2.0
#include "golden/model/im2col.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "golden/core/error.hpp"

namespace tally {

const char* to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kMatMul:
      return "MatMul";
    case LayerKind::kConvolution:
      return "Convolution";
    case LayerKind::kGroupConvolution:
      return "GroupConvolution";
  }
  return "?";
}

Im2col::Im2col(const LayerInfo& layer, std::span<const size_t> input_shape)
    : is_product_(layer.kind == LayerKind::kMatMul),
      k_(layer.k),
      outputs_(layer.outputs),
      groups_(layer.groups) {
  const auto refuse = [&] {
    throw Error(fmt::format("layer {}: an input of [{}] does not fit a {} with K = {}", layer.name,
                            fmt::join(input_shape, ", "), to_string(layer.kind), k_));
  };
  if (is_product_) {
    if (input_shape.empty() || input_shape.back() != k_) refuse();
    samples_ = input_shape.size() > 1 ? input_shape[0] : 1;
    for (size_t d = 1; d + 1 < input_shape.size(); ++d) positions_ *= input_shape[d];
    input_stride_ = positions_ * k_;
    return;
  }
  const size_t spatial = layer.kernel.size();
  if (spatial < 1 || spatial > 3 || input_shape.size() != spatial + 2) refuse();
  samples_ = input_shape[0];
  for (size_t d = 0; d < spatial; ++d) {
    const size_t axis = 3 - spatial + d;
    in_[axis] = input_shape[2 + d];
    kernel_[axis] = layer.kernel[d];
    stride_[axis] = layer.stride[d];
    dilation_[axis] = layer.dilation[d];
    pad_[axis] = layer.pad_begin[d];
    const size_t padded = in_[axis] + layer.pad_begin[d] + layer.pad_end[d];
    const size_t reach = (kernel_[axis] - 1) * dilation_[axis] + 1;
    if (padded < reach) refuse();
    out_[axis] = (padded - reach) / stride_[axis] + 1;
    positions_ *= out_[axis];
    plane_ *= in_[axis];
  }
  const size_t kernel_size = kernel_[0] * kernel_[1] * kernel_[2];
  group_channels_ = k_ / kernel_size;
  if (group_channels_ * kernel_size != k_ || input_shape[1] != group_channels_ * groups_) refuse();
  input_stride_ = input_shape[1] * plane_;
}

}  // namespace tally
