// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <functional>
#include <map>
#include <openvino/core/model.hpp>
#include <string>

namespace tally::ov_side {

/// Multiplications of all products, convolutions (transposed ones too) and recurrent layers of a
/// model with static shapes; what has a dynamic shape and what is inside loops counts nothing.
double count_macs(const ov::Model& model);

/// How many operations of each type `counted` accepts; never parameters, results and what computes
/// a constant from constants.
std::map<std::string, size_t> count_operations(const ov::Model& model,
                                               const std::function<bool(const ov::Node&)>& counted);

}  // namespace tally::ov_side
