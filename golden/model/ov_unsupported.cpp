// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_unsupported.hpp"

#include <fmt/format.h>

#include <openvino/frontend/manager.hpp>
#include <openvino/op/util/framework_node.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>
#include <openvino/opsets/opset13.hpp>

namespace tally::ov_side {

namespace {

namespace op = ov::opset13;

// Every operation, in the bodies of loops and branches too.
template <typename Visit>
void visit_all(const ov::Model& model, Visit&& visit) {
  for (const auto& node : model.get_ordered_ops()) {
    visit(*node);
    if (const auto loop = ov::as_type_ptr<ov::op::util::MultiSubGraphOp>(node)) {
      for (const auto& body : loop->get_functions()) visit_all(*body, visit);
    }
  }
}

// What the file calls the operation.
std::string original_type(const ov::op::util::FrameworkNode& node) {
  const std::string type = node.get_attrs().get_type_name();
  return type.empty() ? node.get_type_name() : type;
}

}  // namespace

std::vector<std::string> unsupported_operations(const std::filesystem::path& path) {
  std::vector<std::string> found;
  try {
    ov::frontend::FrontEndManager manager;
    const auto reader = manager.load_by_model(path.string());
    if (!reader) return found;
    const auto model = reader->convert_partially(reader->load(path.string()));
    visit_all(*model, [&](const ov::Node& node) {
      if (const auto* const framework = dynamic_cast<const ov::op::util::FrameworkNode*>(&node)) {
        found.push_back(
            fmt::format("{} (node {})", original_type(*framework), node.get_friendly_name()));
      }
    });
  } catch (const std::exception&) {
    // Broken rather than unsupported: the message of the first attempt stands alone.
  }
  return found;
}

std::vector<std::string> whole_operations(const ov::Model& model) {
  std::vector<std::string> found;
  for (const auto& node : model.get_ordered_ops()) {
    std::string advice;
    if (ov::is_type<op::LSTMSequence>(node) || ov::is_type<op::GRUSequence>(node) ||
        ov::is_type<op::RNNSequence>(node) || ov::is_type<op::LSTMCell>(node) ||
        ov::is_type<op::GRUCell>(node) || ov::is_type<op::RNNCell>(node)) {
      advice = "its gates are inside one operation: export it unrolled, with plain products";
    } else if (ov::is_type<op::ConvolutionBackpropData>(node) ||
               ov::is_type<op::GroupConvolutionBackpropData>(node)) {
      advice = "a transposed convolution: export it as upsampling and a convolution";
    } else if (ov::is_type<op::Einsum>(node)) {
      advice = "a product written as Einsum: export it as MatMul or Gemm";
    } else if (ov::is_type<ov::op::util::MultiSubGraphOp>(node)) {
      advice = "what is inside a loop or branch stays on the host: export it unrolled";
    } else {
      continue;
    }
    found.push_back(
        fmt::format("{} {}: {}", node->get_type_name(), node->get_friendly_name(), advice));
  }
  return found;
}

}  // namespace tally::ov_side
