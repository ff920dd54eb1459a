// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_product_op.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <openvino/core/shape.hpp>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/core/half_array.hpp"

namespace tally::ov_side {

ProductOp::ProductOp(const ov::OutputVector& inputs, std::shared_ptr<const ProductInfo> product,
                     ProductFunction function, std::shared_ptr<RunState> state,
                     std::optional<ov::Shape> replaced_shape)
    : Op(inputs),
      product_(std::move(product)),
      function_(std::move(function)),
      state_(std::move(state)),
      replaced_shape_(std::move(replaced_shape)),
      identity_(fmt::format("{} {}", product_->name, replaced_shape_.has_value())) {
  constructor_validate_and_infer_types();
}

void ProductOp::validate_and_infer_types() {
  const auto type = get_input_element_type(0);
  if (replaced_shape_) {
    set_output_type(0, type, *replaced_shape_);
    return;
  }
  set_output_size(2);
  for (size_t i = 0; i < 2; ++i) set_output_type(i, type, get_input_partial_shape(i));
}

std::shared_ptr<ov::Node> ProductOp::clone_with_new_inputs(const ov::OutputVector& inputs) const {
  return std::make_shared<ProductOp>(inputs, product_, function_, state_, replaced_shape_);
}

bool ProductOp::evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const {
  const std::lock_guard lock(state_->one_call);
  try {
    const ov::Tensor& a = inputs.at(0);
    const ov::Tensor& b = inputs.at(1);
    if (state_->check_finite) {
      check_finite("first", a);
      check_finite("second", b);
    }
    ProductCall call{*product_,
                     state_->batch * product_->heads,
                     a.data<const float>(),
                     b.data<const float>(),
                     nullptr,
                     nullptr,
                     nullptr,
                     state_->samples,
                     state_->batch};
    if (replaced_shape_) {
      outputs.at(0).set_shape(*replaced_shape_);
      call.output = outputs[0].data<float>();
    } else {
      float** const copies[] = {&call.new_a, &call.new_b};
      for (size_t i = 0; i < 2; ++i) {
        outputs.at(i).set_shape(inputs[i].get_shape());
        *copies[i] = outputs[i].data<float>();
        std::memcpy(*copies[i], inputs[i].data(), inputs[i].get_byte_size());
      }
    }
    function_(call);
    return true;
  } catch (...) {
    state_->error = std::current_exception();
    return false;
  }
}

void ProductOp::check_finite(const char* side, const ov::Tensor& tensor) const {
  const auto* const values = tensor.data<const float>();
  if (all_finite({values, tensor.get_size()})) return;
  const size_t of_sample = tensor.get_size() / state_->batch;
  for (size_t i = 0; i < tensor.get_size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(fmt::format("{}: product {}: element {} of its {} operand, sample {}, is {}",
                            state_->path, product_->name, i % of_sample, side,
                            state_->first_sample + i / of_sample, values[i]));
  }
}

}  // namespace tally::ov_side
