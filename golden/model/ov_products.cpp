// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_products.hpp"

#include <fmt/format.h>

#include "golden/model/ov_chain.hpp"

namespace tally::ov_side {

namespace {

constexpr char kMark[] = "tally_product";  // rt_info key; the value is the number

// Sizes of the product for `batch` samples; a reason if it cannot be cut into samples.
std::string describe(const ov::op::v0::MatMul& node, size_t batch, ProductInfo& product) {
  if (node.get_input_partial_shape(0).is_dynamic() || node.get_input_partial_shape(1).is_dynamic())
    return "its shape depends on the data";
  const ov::Shape a = node.get_input_shape(0);
  const ov::Shape b = node.get_input_shape(1);
  const size_t lead = a.size() - 2;
  size_t instances = 1;
  for (size_t d = 0; d < lead; ++d) {
    if (a[d] != b[d]) return "one operand serves several of the other";
    instances *= a[d];
  }
  if (a[0] % batch != 0) return "its first dimension is not the batch";
  product.a_by_columns = node.get_transpose_a();
  product.b_by_columns = !node.get_transpose_b();
  product.rows = a[lead + (product.a_by_columns ? 1 : 0)];
  product.k = a[lead + (product.a_by_columns ? 0 : 1)];
  product.columns = b[lead + (product.b_by_columns ? 1 : 0)];
  product.heads = instances / batch;
  product.macs = product.heads * product.rows * product.k * product.columns;
  return {};
}

}  // namespace

std::string refuse_product(const ov::op::v0::MatMul& node) {
  if (constant_value(node.input_value(0))) {
    return "its first operand is constant: export it with the weights on the right";
  }
  if (node.get_output_element_type(0) != ov::element::f32) return "it is not in floating point";
  const auto& a = node.get_input_partial_shape(0);
  const auto& b = node.get_input_partial_shape(1);
  if (a.rank().is_dynamic() || b.rank().is_dynamic() || a.size() != b.size()) {
    return "its operands have not equally many dimensions";
  }
  if (a.size() < 3) return "its operands have no batch dimension";
  return {};
}

void mark_product(const std::shared_ptr<ov::Node>& node, size_t number) {
  node->get_rt_info()[kMark] = std::to_string(number);
}

std::map<size_t, std::shared_ptr<ov::Node>> find_products(const std::shared_ptr<ov::Model>& model) {
  std::map<size_t, std::shared_ptr<ov::Node>> products;
  for (const auto& node : model->get_ordered_ops()) {
    const auto found = node->get_rt_info().find(kMark);
    if (found != node->get_rt_info().end()) {
      products[std::stoul(found->second.as<std::string>())] = node;
    }
  }
  return products;
}

std::vector<ProductInfo> keep_products(const std::shared_ptr<ov::Model>& model,
                                       const std::shared_ptr<ov::Model>& shaped, size_t batch,
                                       const std::vector<std::string>& names, ModelInfo& info) {
  std::vector<ProductInfo> products;
  const auto in_shaped = find_products(shaped);
  for (const auto& [number, node] : find_products(model)) {
    ProductInfo product;
    product.name = names.at(number);
    std::string reason =
        describe(*ov::as_type_ptr<ov::op::v0::MatMul>(in_shaped.at(number)), batch, product);
    for (size_t side = 0; side < 2 && reason.empty() && !info.fixed_batch; ++side) {
      // An operand of one instance would fit a batch of one only.
      if (node->get_input_partial_shape(side)[0].is_static()) {
        reason = "its first dimension is not the batch";
      }
    }
    node->get_rt_info().erase(kMark);
    if (!reason.empty()) {
      info.left_out.push_back(fmt::format("MatMul {}: {}", product.name, reason));
      continue;
    }
    mark_product(node, products.size());
    products.push_back(std::move(product));
  }
  return products;
}

}  // namespace tally::ov_side
