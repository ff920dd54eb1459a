// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <memory>
#include <openvino/core/node.hpp>
#include <set>
#include <string>

namespace tally::ov_side {

/// The node's name in the file, not one that OpenVINO made up with a number that changes with every
/// load; empty if it has none. `exact` files (ONNX, OpenVINO) keep their names; importers of the
/// others hand made-up names on.
std::string given_name(const ov::Node& node, bool exact);

/// The name, or name#2, name#3, ... until it is not in `taken`; puts it there.
std::string unique_name(const std::string& name, std::set<std::string>& taken);

}  // namespace tally::ov_side
