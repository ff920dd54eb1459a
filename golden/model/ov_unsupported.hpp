// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <filesystem>
#include <openvino/core/model.hpp>
#include <string>
#include <vector>

namespace tally::ov_side {

/// The operations of a model file that OpenVINO cannot convert, "Type (node NAME)" each, in the
/// order of the file, with those in the bodies of loops; empty if they cannot be told.
std::vector<std::string> unsupported_operations(const std::filesystem::path& path);

/// Operations with multiplications that no device runs although OpenVINO computes them: recurrent
/// cells, loops, transposed convolutions. "Type NAME: what to do" each.
std::vector<std::string> whole_operations(const ov::Model& model);

}  // namespace tally::ov_side
