// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <openvino/core/node_output.hpp>
#include <optional>

namespace tally::ov_side {

/// How many rows the tables have that `input` chooses from (Gather, as for token numbers): the
/// fewest if there are several; nothing if it chooses from none of known size. OpenVINO reads zeros
/// for a row that is not there.
std::optional<std::size_t> table_rows(const ov::Output<ov::Node>& input);

}  // namespace tally::ov_side
