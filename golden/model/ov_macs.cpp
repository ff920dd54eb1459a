// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_macs.hpp"

#include <algorithm>
#include <map>
#include <openvino/op/util/multi_subgraph_base.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>
#include <string>
#include <vector>

namespace tally::ov_side {

namespace {

namespace op = ov::opset13;

double elements(const ov::Shape& shape) { return static_cast<double>(ov::shape_size(shape)); }

// All weights of a convolution meet every output position; groups share the outputs among them.
double convolution_macs(const ov::Node& node, bool transposed) {
  const ov::Shape weights = node.get_input_shape(1);
  const ov::Shape positions = transposed ? node.get_input_shape(0) : node.get_output_shape(0);
  double macs = elements(weights) * static_cast<double>(positions[0]);
  for (size_t d = 2; d < positions.size(); ++d) macs *= static_cast<double>(positions[d]);
  return macs;
}

// Every letter of the equation is one loop.
double einsum_macs(const op::Einsum& node) {
  std::vector<std::string> operands;
  std::string output;
  op::Einsum::parse_equation(node.get_equation(), operands, output);
  std::map<std::string, double> sizes;
  double batch = 1;  // what the dots stand for
  for (size_t i = 0; i < operands.size(); ++i) {
    const auto labels = op::Einsum::extract_labels(operands[i]);
    const ov::Shape shape = node.get_input_shape(i);
    const size_t dots = shape.size() + 1 - std::min(labels.size(), shape.size() + 1);
    size_t d = 0;
    for (const std::string& label : labels) {
      if (label != "...") {
        sizes[label] = static_cast<double>(shape.at(d++));
        continue;
      }
      double all = 1;
      for (size_t last = d + dots; d < last; ++d) all *= static_cast<double>(shape.at(d));
      batch = std::max(batch, all);
    }
  }
  double macs = operands.size() > 1 ? batch : 0;
  for (const auto& [label, size] : sizes) macs *= size;
  return macs;
}

double node_macs(const ov::Node& node) {
  if (const auto* const einsum = ov::as_type<const op::Einsum>(&node)) return einsum_macs(*einsum);
  if (const auto* const product = ov::as_type<const op::MatMul>(&node)) {
    const ov::Shape a = node.get_input_shape(0);
    const size_t k = product->get_transpose_a() && a.size() > 1 ? a[a.size() - 2] : a.back();
    return elements(node.get_output_shape(0)) * static_cast<double>(k);
  }
  if (ov::is_type<op::Convolution>(&node) || ov::is_type<op::GroupConvolution>(&node)) {
    return convolution_macs(node, false);
  }
  if (ov::is_type<op::ConvolutionBackpropData>(&node) ||
      ov::is_type<op::GroupConvolutionBackpropData>(&node)) {
    return convolution_macs(node, true);
  }
  // Weights of recurrent layers, W [.., G*H, I] and R [.., G*H, H], meet every step of every
  // sample.
  size_t first_weight = 0;
  bool is_sequence = true;
  if (ov::is_type<op::LSTMSequence>(&node)) {
    first_weight = 4;
  } else if (ov::is_type<op::GRUSequence>(&node) || ov::is_type<op::RNNSequence>(&node)) {
    first_weight = 3;
  } else if (ov::is_type<op::LSTMCell>(&node)) {
    first_weight = 3;
    is_sequence = false;
  } else if (ov::is_type<op::GRUCell>(&node) || ov::is_type<op::RNNCell>(&node)) {
    first_weight = 2;
    is_sequence = false;
  } else {
    return 0;
  }
  const ov::Shape x = node.get_input_shape(0);
  const double steps = static_cast<double>(is_sequence ? x[0] * x[1] : x[0]);
  return steps * (elements(node.get_input_shape(first_weight)) +
                  elements(node.get_input_shape(first_weight + 1)));
}

// How often a body of the node runs; 1 where only the data tell.
double iterations(const ov::Node& node) {
  std::int64_t count = 1;
  if (const auto* const loop = ov::as_type<const op::Loop>(&node)) {
    count = loop->get_num_iterations();
  } else if (const auto* const iterator = ov::as_type<const op::TensorIterator>(&node)) {
    count = iterator->get_num_iterations();
  }
  return static_cast<double>(std::max<std::int64_t>(count, 1));
}

}  // namespace

double count_macs(const ov::Model& model) {
  double macs = 0;
  for (const auto& node : model.get_ordered_ops()) {
    if (const auto* const outer = dynamic_cast<const ov::op::util::MultiSubGraphOp*>(node.get())) {
      double most = 0;  // of the branches one runs
      for (const auto& body : outer->get_functions()) most = std::max(most, count_macs(*body));
      macs += iterations(*node) * most;
    }
    bool is_static = node->get_output_size() > 0 && node->get_output_partial_shape(0).is_static();
    for (size_t i = 0; i < node->get_input_size(); ++i) {
      is_static = is_static && node->get_input_partial_shape(i).is_static();
    }
    if (is_static) macs += node_macs(*node);
  }
  return macs;
}

std::map<std::string, size_t> count_operations(
    const ov::Model& model, const std::function<bool(const ov::Node&)>& counted) {
  std::set<const ov::Node*> constant;
  std::map<std::string, size_t> counts;
  for (const auto& node : model.get_ordered_ops()) {
    bool from_constants = !ov::is_type<op::Parameter>(node) && !ov::is_type<op::Result>(node);
    for (size_t i = 0; i < node->get_input_size(); ++i) {
      from_constants = from_constants && constant.contains(node->get_input_node_ptr(i));
    }
    if (from_constants) {
      constant.insert(node.get());
    } else if (!ov::is_type<op::Parameter>(node) && !ov::is_type<op::Result>(node) &&
               counted(*node)) {
      ++counts[node->get_type_name()];
    }
  }
  return counts;
}

}  // namespace tally::ov_side
