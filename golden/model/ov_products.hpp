// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <map>
#include <memory>
#include <openvino/op/matmul.hpp>
#include <openvino/openvino.hpp>
#include <string>
#include <vector>

#include "golden/model/model_runner.hpp"

namespace tally::ov_side {

/// Whether a MatMul whose second operand is not constant can be quantized on both sides: "" or the
/// reason why not.
std::string refuse_product(const ov::op::v0::MatMul& node);

/// Marks the node so that find_products() finds it in every copy of the model.
void mark_product(const std::shared_ptr<ov::Node>& node, size_t number);
std::map<size_t, std::shared_ptr<ov::Node>> find_products(const std::shared_ptr<ov::Model>& model);

/// Numbers the marked products anew, with sizes for one sample taken from `shaped`, a copy of the
/// model for `batch` samples; names[number] is the name of each. A product that does not hold the
/// samples apart is unmarked and left out with its reason.
std::vector<ProductInfo> keep_products(const std::shared_ptr<ov::Model>& model,
                                       const std::shared_ptr<ov::Model>& shaped, size_t batch,
                                       const std::vector<std::string>& names, ModelInfo& info);

}  // namespace tally::ov_side
