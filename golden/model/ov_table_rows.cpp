// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_table_rows.hpp"

#include <algorithm>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/squeeze.hpp>
#include <openvino/op/unsqueeze.hpp>
#include <openvino/op/util/gather_base.hpp>

namespace tally::ov_side {

namespace {

bool keeps_values(const ov::Node* node) {
  return dynamic_cast<const ov::op::v0::Convert*>(node) != nullptr ||
         dynamic_cast<const ov::op::v1::Reshape*>(node) != nullptr ||
         dynamic_cast<const ov::op::v0::Squeeze*>(node) != nullptr ||
         dynamic_cast<const ov::op::v0::Unsqueeze*>(node) != nullptr;
}

std::optional<std::size_t> rows_of(const ov::Node& gather) {
  const auto axis =
      std::dynamic_pointer_cast<const ov::op::v0::Constant>(gather.get_input_node_shared_ptr(2));
  const ov::PartialShape& shape = gather.get_input_partial_shape(0);
  if (!axis || shape.rank().is_dynamic()) return std::nullopt;
  const std::int64_t rank = shape.rank().get_length();
  std::int64_t at = axis->cast_vector<std::int64_t>().at(0);
  if (at < 0) at += rank;
  if (at < 0 || at >= rank || shape[at].is_dynamic()) return std::nullopt;
  return static_cast<std::size_t>(shape[at].get_length());
}

}  // namespace

std::optional<std::size_t> table_rows(const ov::Output<ov::Node>& input) {
  std::optional<std::size_t> fewest;
  for (const auto& target : input.get_target_inputs()) {
    const ov::Node* const node = target.get_node();
    std::optional<std::size_t> rows;
    if (dynamic_cast<const ov::op::util::GatherBase*>(node) != nullptr && target.get_index() == 1) {
      rows = rows_of(*node);
    } else if (keeps_values(node) && target.get_index() == 0) {
      rows = table_rows(target.get_node()->output(0));
    }
    if (rows) fewest = std::min(fewest.value_or(*rows), *rows);
  }
  return fewest;
}

}  // namespace tally::ov_side
