// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <memory>
#include <openvino/op/op.hpp>
#include <optional>
#include <string>

#include "golden/model/ov_layer_op.hpp"

namespace tally::ov_side {

/// Runs a callback at a product of two activations. As a tap it has two outputs, which start as
/// copies of the inputs; as a replacement one of a given static shape, which the callback fills.
class ProductOp : public ov::op::Op {
 public:
  OPENVINO_OP("TallyProduct", "tally");

  ProductOp() = default;
  ProductOp(const ov::OutputVector& inputs, std::shared_ptr<const ProductInfo> product,
            ProductFunction function, std::shared_ptr<RunState> state,
            std::optional<ov::Shape> replaced_shape);

  void validate_and_infer_types() override;
  std::shared_ptr<ov::Node> clone_with_new_inputs(const ov::OutputVector& inputs) const override;
  /// As in LayerOp: keeps OpenVINO from merging two products of the same operands.
  bool visit_attributes(ov::AttributeVisitor& visitor) override {
    visitor.on_attribute("product", identity_);
    return true;
  }
  bool has_evaluate() const override { return true; }
  bool evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const override;
  bool can_constant_fold(const ov::OutputVector&) const override { return false; }

 private:
  void check_finite(const char* side, const ov::Tensor& tensor) const;

  std::shared_ptr<const ProductInfo> product_;
  ProductFunction function_;
  std::shared_ptr<RunState> state_;
  std::optional<ov::Shape> replaced_shape_;
  std::string identity_;
};

}  // namespace tally::ov_side
