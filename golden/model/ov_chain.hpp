// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <cstdint>
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

}  // namespace tally::ov_side
