// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <map>
#include <memory>
#include <openvino/openvino.hpp>
#include <optional>
#include <string>
#include <vector>

#include "golden/model/model_runner.hpp"

namespace tally::ov_side {

/// Nodes of one layer after folding, found again in every copy of the model by find_layers().
struct LayerNodes {
  std::shared_ptr<ov::Node> product;  ///< MatMul(x, W[O][K]^T), Convolution or GroupConvolution
  std::shared_ptr<ov::Node> add;      ///< + bias; null if the network adds nothing
  std::shared_ptr<ov::Node> relu;     ///< null if none
  const std::shared_ptr<ov::Node>& biased() const { return add ? add : product; }
  const std::shared_ptr<ov::Node>& last() const { return relu ? relu : biased(); }
};

/// Rewrites `model` so that every layer that a device can run is product, bias, ReLU in a row with
/// constant f32 weights and nothing else per channel behind it (LayerInfo says what is folded), and
/// marks these nodes. Returns the layers without shapes and macs, in topological order; appends to
/// `info.left_out`. Error: bad weights, see ModelRunner::load.
std::vector<LayerInfo> fold_layers(const std::shared_ptr<ov::Model>& model, ModelInfo& info);

/// The marked nodes of a (copied) model by the number of the layer in fold_layers()' answer.
std::map<size_t, LayerNodes> find_layers(const std::shared_ptr<ov::Model>& model);

/// Changes the number of a marked layer, or unmarks it.
void renumber_layer(const LayerNodes& nodes, std::optional<size_t> number);

}  // namespace tally::ov_side
