// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <openvino/openvino.hpp>
#include <optional>
#include <vector>

namespace tally::ov_side {

/// Value of a tensor that no input reaches: a constant behind any operations (compressed weights,
/// fake quantization, transposes). Nothing if inputs or state reach it, or OpenVINO cannot compute
/// it on its own.
struct ConstantValue {
  ov::Shape shape;
  std::vector<float> values;
};
std::optional<ConstantValue> constant_value(const ov::Output<ov::Node>& tensor);

/// y = scale[c] * x + shift[c] along the channel axis: what the nodes behind a product add up to.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
  bool adds = false;
};

/// A product and the nodes behind it that fold into it.
struct Chain {
  std::shared_ptr<ov::Node> product;
  Affine affine;
  std::vector<std::vector<std::int64_t>> transposes;  // orders, in between; moved behind
  bool relu = false;
  ov::Output<ov::Node> end;  // what the folded nodes leave behind
  std::vector<std::shared_ptr<ov::Node>> nodes;
};

/// Follows single consumers from the product as long as something folds. Transposes are passed, and
/// count only if something behind them folds.
/// `axis` is the channel axis of the product's output, of `channels` channels.
Chain follow(const std::shared_ptr<ov::Node>& product, size_t channels, size_t axis);

/// The range that the only consumers of `tensor`, one after the other, clip it to: ReLU, Clamp,
/// Maximum and Minimum with one number. Questions about its shape are no use of it.
struct ClipRange {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
ClipRange clip_behind(ov::Output<ov::Node> tensor);

}  // namespace tally::ov_side
