// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_layer_op.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <openvino/core/shape.hpp>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/core/half_array.hpp"
#include "golden/model/input_quantizer.hpp"

namespace tally::ov_side {

LayerOp::LayerOp(const ov::Output<ov::Node>& input, std::shared_ptr<const LayerInfo> layer,
                 LayerFunction function, std::shared_ptr<RunState> state,
                 std::optional<ov::Shape> replaced_shape, bool is_input, size_t place)
    : Op({input}),
      layer_(std::move(layer)),
      function_(std::move(function)),
      state_(std::move(state)),
      replaced_shape_(std::move(replaced_shape)),
      is_input_(is_input),
      place_(place),
      identity_(fmt::format("{} {} {} {}", layer_->name, place_, is_input_,
                            replaced_shape_.has_value())) {
  constructor_validate_and_infer_types();
}

void LayerOp::validate_and_infer_types() {
  const ov::PartialShape shape =
      replaced_shape_ ? ov::PartialShape(*replaced_shape_) : get_input_partial_shape(0);
  set_output_type(0, get_input_element_type(0), shape);
}

std::shared_ptr<ov::Node> LayerOp::clone_with_new_inputs(const ov::OutputVector& inputs) const {
  return std::make_shared<LayerOp>(inputs.at(0), layer_, function_, state_, replaced_shape_,
                                   is_input_, place_);
}

bool LayerOp::evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const {
  const std::lock_guard lock(state_->one_call);
  try {
    const ov::Tensor& in = inputs.at(0);
    const ov::Shape in_shape = in.get_shape();
    const ov::Shape out_shape = replaced_shape_ ? *replaced_shape_ : in_shape;
    outputs.at(0).set_shape(out_shape);
    // data<float>() refuses another element type, so a narrower one could not slip in.
    const auto* const input = in.data<const float>();
    auto* const output = outputs[0].data<float>();
    if (is_input_ && state_->check_finite) check_input(input, in_shape);
    const bool fills_output = replaced_shape_ || function_.target<InputQuantizer>() != nullptr;
    if (!fills_output) std::memcpy(output, input, in.get_byte_size());
    function_(LayerCall{*layer_, in_shape, input, out_shape, output, state_->first_sample,
                        state_->samples, state_->batch});
    return true;
  } catch (...) {
    state_->error = std::current_exception();
    return false;
  }
}

void LayerOp::check_input(const float* input, const ov::Shape& shape) const {
  const size_t elements = ov::shape_size(shape);
  if (all_finite({input, elements})) return;
  for (size_t i = 0; i < elements; ++i) {
    if (std::isfinite(input[i])) continue;
    const size_t of_sample = elements / state_->batch;
    throw Error(fmt::format("{}: layer {}: input activation of sample {}, element {}, is {}",
                            state_->path, layer_->name, state_->first_sample + i / of_sample,
                            i % of_sample, input[i]));
  }
}

}  // namespace tally::ov_side
