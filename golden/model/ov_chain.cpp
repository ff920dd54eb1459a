// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_chain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <openvino/opsets/opset1.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>

namespace tally::ov_side {

namespace {

namespace op = ov::opset13;

// One value a channel, if `value` broadcasts along `axis` of a tensor of rank `rank` only.
std::optional<std::vector<double>> per_channel(const ConstantValue& value, size_t rank, size_t axis,
                                               size_t channels) {
  if (value.shape.size() > rank) return std::nullopt;
  const size_t skipped = rank - value.shape.size();
  for (size_t d = 0; d < value.shape.size(); ++d) {
    const bool is_channel = d + skipped == axis && value.shape[d] == channels;
    if (value.shape[d] != 1 && !is_channel) return std::nullopt;
  }
  std::vector<double> result(value.values.begin(), value.values.end());
  if (result.size() == 1) result.resize(channels, result[0]);
  return result;
}

bool fold_batch_norm(const ov::Node& node, size_t data_port, size_t axis, Affine& affine) {
  // v5: data, gamma, beta, mean, variance; v0: gamma, beta, data, mean, variance. Channel axis
  // is 1.
  const bool is_v5 = ov::is_type<ov::op::v5::BatchNormInference>(&node);
  if (axis != 1 || data_port != (is_v5 ? 0 : 2)) return false;
  const auto gamma = constant_value(node.input_value(is_v5 ? 1 : 0));
  const auto beta = constant_value(node.input_value(is_v5 ? 2 : 1));
  const auto mean = constant_value(node.input_value(3));
  const auto variance = constant_value(node.input_value(4));
  if (!gamma || !beta || !mean || !variance) return false;
  const double epsilon =
      is_v5 ? static_cast<const ov::op::v5::BatchNormInference&>(node).get_eps_value()
            : static_cast<const ov::op::v0::BatchNormInference&>(node).get_eps_value();
  for (size_t c = 0; c < affine.scale.size(); ++c) {
    const double factor = static_cast<double>(gamma->values.at(c)) /
                          std::sqrt(static_cast<double>(variance->values.at(c)) + epsilon);
    affine.scale[c] *= factor;
    affine.shift[c] = (affine.shift[c] - static_cast<double>(mean->values.at(c))) * factor +
                      static_cast<double>(beta->values.at(c));
  }
  affine.adds = true;
  return true;
}

// Folds Add, Subtract, Multiply, Divide with a constant, or a batch normalization. False: not one.
bool fold_node(const ov::Node& node, size_t port, size_t rank, size_t axis, Affine& affine) {
  if (ov::is_type<ov::op::v5::BatchNormInference>(&node) ||
      ov::is_type<ov::op::v0::BatchNormInference>(&node)) {
    return fold_batch_norm(node, port, axis, affine);
  }
  const bool is_add = ov::is_type<op::Add>(&node);
  const bool is_subtract = ov::is_type<op::Subtract>(&node);
  const bool is_multiply = ov::is_type<op::Multiply>(&node);
  const bool is_divide = ov::is_type<op::Divide>(&node) && port == 0;
  if (!is_add && !is_subtract && !is_multiply && !is_divide) return false;
  const auto constant = constant_value(node.input_value(1 - port));
  if (!constant) return false;
  const auto values = per_channel(*constant, rank, axis, affine.scale.size());
  if (!values) return false;
  for (size_t c = 0; c < values->size(); ++c) {
    const double value = (*values)[c];
    if (is_add) {
      affine.shift[c] += value;
    } else if (is_subtract) {
      const double sign = port == 0 ? 1 : -1;  // y - value, or value - y
      affine.scale[c] *= sign;
      affine.shift[c] = sign * (affine.shift[c] - value);
    } else {
      const double factor = is_multiply ? value : 1 / value;
      affine.scale[c] *= factor;
      affine.shift[c] *= factor;
    }
  }
  affine.adds = affine.adds || is_add || is_subtract;
  return true;
}

bool is_relu(const ov::Node& node) {
  if (ov::is_type<op::Relu>(&node)) return true;
  const auto* const clamp = ov::as_type<const op::Clamp>(&node);
  return clamp != nullptr && clamp->get_min() == 0 &&
         clamp->get_max() >= static_cast<double>(std::numeric_limits<float>::max());
}

}  // namespace

std::optional<ConstantValue> constant_value(const ov::Output<ov::Node>& tensor) {
  const auto from = [](const op::Constant& constant) {
    return ConstantValue{constant.get_shape(), constant.cast_vector<float>()};
  };
  if (const auto constant = ov::as_type_ptr<op::Constant>(tensor.get_node_shared_ptr())) {
    return from(*constant);
  }
  std::set<const ov::Node*> seen;
  std::vector<const ov::Node*> open{tensor.get_node()};
  while (!open.empty()) {
    const auto* const node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    const bool is_constant = ov::is_type<op::Constant>(node);
    if (!is_constant && (node->get_input_size() == 0 || !node->has_evaluate())) return std::nullopt;
    for (size_t i = 0; i < node->get_input_size(); ++i) open.push_back(node->get_input_node_ptr(i));
  }
  try {
    const ov::Model part(ov::OutputVector{tensor}, ov::ParameterVector{});
    ov::TensorVector values(1);
    if (!part.evaluate(values, {})) return std::nullopt;
    return from(op::Constant(values[0]));
  } catch (const ov::Exception&) {
    return std::nullopt;  // OpenVINO cannot compute it: the layer stays on the host, with a reason
  }
}

Chain follow(const std::shared_ptr<ov::Node>& product, size_t channels, size_t axis) {
  Chain chain;
  chain.product = product;
  chain.affine.scale.assign(channels, 1.0);
  chain.affine.shift.assign(channels, 0.0);
  chain.end = product->output(0);
  ov::Output<ov::Node> at = chain.end;
  auto transposes = chain.transposes;
  while (!chain.relu && at.get_target_inputs().size() == 1 &&
         at.get_partial_shape().rank().is_static()) {
    const auto user = *at.get_target_inputs().begin();
    const std::shared_ptr<ov::Node> node = user.get_node()->shared_from_this();
    const auto rank = static_cast<size_t>(at.get_partial_shape().rank().get_length());
    if (ov::is_type<op::Transpose>(node)) {
      const auto order = constant_value(node->input_value(1));
      if (!order || order->values.size() != rank) break;
      transposes.emplace_back(order->values.begin(), order->values.end());
      const auto& last = transposes.back();
      axis = static_cast<size_t>(
          std::find(last.begin(), last.end(), static_cast<std::int64_t>(axis)) - last.begin());
    } else if (is_relu(*node)) {
      chain.relu = true;
    } else if (!fold_node(*node, user.get_index(), rank, axis, chain.affine)) {
      break;
    }
    at = node->output(0);
    chain.nodes.push_back(node);
    if (!ov::is_type<op::Transpose>(node)) {
      chain.end = at;
      chain.transposes = transposes;
    }
  }
  return chain;
}

ClipRange clip_behind(ov::Output<ov::Node> tensor) {
  ClipRange range;
  const auto within = [&](double low, double high) {
    range.low = std::max(range.low, static_cast<float>(low));
    range.high = std::min(range.high, static_cast<float>(high));
  };
  for (;;) {
    std::vector<ov::Input<ov::Node>> users;
    for (const auto& user : tensor.get_target_inputs()) {
      if (!ov::is_type<ov::op::util::ShapeOfBase>(user.get_node())) users.push_back(user);
    }
    if (users.size() != 1) return range;
    ov::Node& node = *users[0].get_node();
    const bool maximum = ov::is_type<op::Maximum>(&node);
    if (maximum || ov::is_type<op::Minimum>(&node)) {
      const auto other = constant_value(node.input_value(1 - users[0].get_index()));
      if (!other || other->values.size() != 1) return range;
      const auto value = static_cast<double>(other->values[0]);
      constexpr double kOpen = std::numeric_limits<double>::infinity();
      maximum ? within(value, kOpen) : within(-kOpen, value);
    } else if (const auto* const clamp = ov::as_type<op::Clamp>(&node)) {
      within(clamp->get_min(), clamp->get_max());
    } else if (ov::is_type<op::Relu>(&node)) {
      within(0, std::numeric_limits<double>::infinity());
    } else {
      return range;
    }
    tensor = node.output(0);
  }
}

}  // namespace tally::ov_side
