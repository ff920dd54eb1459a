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

/// What fold_layers() found, in topological order.
struct FoldedModel {
  std::vector<LayerInfo> layers;      ///< without shapes and macs
  std::vector<std::string> products;  ///< names of the products of two activations, marked
};

/// Rewrites `model` so that every layer that a device can run is product, bias, ReLU in a row with
/// constant f32 weights and nothing else per channel behind it (LayerInfo says what is folded), and
/// marks these nodes. Appends to `info.left_out`. Error: bad weights, see ModelRunner::load.
FoldedModel fold_layers(const std::shared_ptr<ov::Model>& model, ModelInfo& info);

/// The marked nodes of a (copied) model by the number of the layer in fold_layers()' answer: one
/// entry a place, in the order of renumber_layer()'s places.
std::map<size_t, std::vector<LayerNodes>> find_layers(const std::shared_ptr<ov::Model>& model);

/// Changes the number of marked nodes and the place among those of the number, or unmarks them.
void renumber_layer(const LayerNodes& nodes, std::optional<size_t> number, size_t place = 0);

}  // namespace tally::ov_side
