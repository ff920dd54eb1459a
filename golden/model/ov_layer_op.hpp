// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <openvino/op/op.hpp>
#include <string>

#include "golden/model/model_runner.hpp"

namespace tally::ov_side {

/// What the callbacks of one session need to know about the inference that runs now.
struct RunState {
  std::string path;
  bool check_finite = true;
  size_t first_sample = 0;
  size_t samples = 0;
  size_t batch = 0;
  std::exception_ptr error;  ///< what a callback threw; OpenVINO would make plain text of it
  std::mutex one_call;       ///< callbacks never overlap, however OpenVINO schedules its nodes
};

/// Runs a callback inside a network. As a tap, the output has the input's shape and starts as its
/// copy (but for an InputQuantizer, which fills it); as a replacement it has a given static shape
/// and the callback fills it.
class LayerOp : public ov::op::Op {
 public:
  OPENVINO_OP("TallyLayer", "tally");

  LayerOp() = default;
  LayerOp(const ov::Output<ov::Node>& input, std::shared_ptr<const LayerInfo> layer,
          LayerFunction function, std::shared_ptr<RunState> state,
          std::optional<ov::Shape> replaced_shape, bool is_input, size_t place);

  void validate_and_infer_types() override;
  std::shared_ptr<ov::Node> clone_with_new_inputs(const ov::OutputVector& inputs) const override;
  /// OpenVINO merges operations of equal inputs and attributes, and two layers may read one tensor:
  /// the attribute tells them apart.
  bool visit_attributes(ov::AttributeVisitor& visitor) override {
    visitor.on_attribute("layer", identity_);
    return true;
  }
  bool has_evaluate() const override { return true; }
  bool evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const override;
  // Folding would run the callback when the network is compiled.
  bool can_constant_fold(const ov::OutputVector&) const override { return false; }

 private:
  void check_input(const float* input, const ov::Shape& shape) const;

  std::shared_ptr<const LayerInfo> layer_;
  LayerFunction function_;
  std::shared_ptr<RunState> state_;
  std::optional<ov::Shape> replaced_shape_;
  bool is_input_ = false;  // sees the layer's input, which must be finite
  size_t place_ = 0;
  std::string identity_;  // different for any two of one network
};

}  // namespace tally::ov_side
