// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <openvino/opsets/opset13.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/ov_chain.hpp"
#include "golden/model/ov_names.hpp"
#include "golden/model/ov_products.hpp"

namespace tally::ov_side {

namespace {

namespace op = ov::opset13;
using NodePtr = std::shared_ptr<ov::Node>;

constexpr char kMark[] = "tally_layer";  // rt_info key; the value is "<part> <number> <place>"

std::string layer_name(const Chain& chain, LayerKind kind, size_t number, bool exact,
                       std::set<std::string>& taken) {
  std::string name = given_name(*chain.product, exact);
  for (const auto& node : chain.nodes) {
    if (name.empty() && !ov::is_type<op::Transpose>(node)) name = given_name(*node, exact);
  }
  if (name.empty()) name = fmt::format("{}_{}", to_string(kind), number);
  return unique_name(name, taken);
}

// Weights as [outputs][k] times the folded scale, checked; W is [K, O] or [O, K] for a product.
void fill_weights(const ConstantValue& stored, bool k_first, const Affine& affine,
                  const std::string& path, LayerInfo& layer) {
  layer.weights.resize(layer.outputs * layer.k);
  layer.bias.resize(layer.outputs);
  bool all_zero = true;
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t i = 0; i < layer.k; ++i) {
      const float raw = stored.values[k_first ? i * layer.outputs + o : o * layer.k + i];
      const auto value = static_cast<float>(static_cast<double>(raw) * affine.scale[o]);
      if (!std::isfinite(value)) {
        throw Error(fmt::format("{}: layer {}: weight [{}][{}] is {}", path, layer.name, o, i,
                                std::isfinite(raw) ? value : raw));
      }
      layer.weights[o * layer.k + i] = value;
      all_zero = all_zero && value == 0;
    }
    layer.bias[o] = static_cast<float>(affine.shift[o]);
    if (!std::isfinite(layer.bias[o])) {
      throw Error(fmt::format("{}: layer {}: bias [{}] is {}", path, layer.name, o, layer.bias[o]));
    }
  }
  if (all_zero) {
    throw Error(fmt::format("{}: layer {}: all {} weights are zero", path, layer.name,
                            layer.weights.size()));
  }
}

void mark(const NodePtr& node, const char* part, size_t number, size_t place = 0) {
  if (node) node->get_rt_info()[kMark] = fmt::format("{} {} {}", part, number, place);
}

// Puts product, bias, ReLU and the passed transposes in place of the chain.
void rewrite(const Chain& chain, const LayerInfo& layer, const ov::Shape& weight_shape,
             size_t number) {
  const auto input = chain.product->input_value(0);
  const auto weights = op::Constant::create(ov::element::f32, weight_shape, layer.weights);
  const bool is_product = layer.kind == LayerKind::kMatMul;
  LayerNodes nodes;
  nodes.product = is_product ? std::make_shared<op::MatMul>(input, weights, false, true)
                             : chain.product->clone_with_new_inputs({input, weights});
  nodes.product->set_friendly_name(layer.name);
  if (layer.has_bias) {
    ov::Shape shape(is_product ? 1 : layer.kernel.size() + 1, 1);
    shape[0] = layer.outputs;
    nodes.add = std::make_shared<op::Add>(
        nodes.product, op::Constant::create(ov::element::f32, shape, layer.bias));
  }
  if (layer.relu) nodes.relu = std::make_shared<op::Relu>(nodes.biased());
  mark(nodes.product, "product", number);
  mark(nodes.add, "add", number);
  mark(nodes.relu, "relu", number);
  NodePtr last = nodes.last();
  for (const auto& order : chain.transposes) {
    last = std::make_shared<op::Transpose>(
        last, op::Constant::create(ov::element::i64, {order.size()}, order));
  }
  last->output(0).get_tensor().add_names(chain.end.get_names());
  auto end = chain.end;
  end.replace(last->output(0));
}

std::vector<size_t> sizes(const ov::Strides& values) { return {values.begin(), values.end()}; }
std::vector<size_t> sizes(const ov::CoordinateDiff& values) {
  return {values.begin(), values.end()};
}

template <typename Conv>
void describe_convolution(const Conv& node, const ov::Shape& kernel, LayerInfo& layer) {
  layer.kernel.assign(kernel.begin(), kernel.end());
  layer.stride = sizes(node.get_strides());
  layer.dilation = sizes(node.get_dilations());
  layer.pad_begin = sizes(node.get_pads_begin());
  layer.pad_end = sizes(node.get_pads_end());
}

// Fills kind, sizes and geometry. Returns the reason why the node must stay on the host, or "".
std::string describe_product(const ov::op::v0::MatMul& node, ConstantValue& weights,
                             LayerInfo& layer) {
  const auto input = node.get_input_partial_shape(0);
  while (weights.shape.size() > 2 && weights.shape.front() == 1 && input.rank().is_static() &&
         input.size() >= weights.shape.size()) {
    weights.shape.erase(weights.shape.begin());
  }
  if (node.get_transpose_a()) return "its input is transposed";
  if (weights.shape.size() != 2) return "its weights are not a matrix";
  if (input.rank().is_dynamic() || input.size() < 2) return "its input has no fixed shape";
  layer.kind = LayerKind::kMatMul;
  layer.outputs = weights.shape[node.get_transpose_b() ? 0 : 1];
  layer.k = weights.shape[node.get_transpose_b() ? 1 : 0];
  return {};
}

std::string describe_layer(const NodePtr& node, ConstantValue& weights, LayerInfo& layer) {
  if (const auto product = ov::as_type_ptr<ov::op::v0::MatMul>(node)) {
    return describe_product(*product, weights, layer);
  }
  const auto grouped = ov::as_type_ptr<ov::op::v1::GroupConvolution>(node);
  const size_t lead = grouped ? 3 : 2;  // [G, O/G, C/G, ...] or [O, C, ...]
  if (weights.shape.size() < lead + 1 || weights.shape.size() > lead + 3) {
    return "it has not 1 to 3 spatial axes";
  }
  const ov::Shape kernel(weights.shape.begin() + static_cast<std::ptrdiff_t>(lead),
                         weights.shape.end());
  layer.k = ov::shape_size(kernel) * weights.shape[lead - 1];
  if (grouped) {
    layer.kind = LayerKind::kGroupConvolution;
    layer.groups = weights.shape[0];
    layer.outputs = weights.shape[0] * weights.shape[1];
    describe_convolution(*grouped, kernel, layer);
  } else {
    layer.kind = LayerKind::kConvolution;
    layer.outputs = weights.shape[0];
    describe_convolution(*ov::as_type_ptr<ov::op::v1::Convolution>(node), kernel, layer);
  }
  const auto negative = [](size_t pad) { return pad > size_t{1} << 31; };
  if (std::any_of(layer.pad_begin.begin(), layer.pad_begin.end(), negative) ||
      std::any_of(layer.pad_end.begin(), layer.pad_end.end(), negative)) {
    return "it has negative padding";
  }
  return {};
}

bool is_layer_type(const NodePtr& node) {
  return ov::is_type<ov::op::v0::MatMul>(node) || ov::is_type<ov::op::v1::Convolution>(node) ||
         ov::is_type<ov::op::v1::GroupConvolution>(node);
}

}  // namespace

FoldedModel fold_layers(const std::shared_ptr<ov::Model>& model, ModelInfo& info) {
  FoldedModel folded;
  std::vector<LayerInfo>& layers = folded.layers;
  std::set<std::string> names;
  const bool exact = info.path.ends_with(".onnx") || info.path.ends_with(".xml");
  for (const auto& node : model->get_ordered_ops()) {
    if (!is_layer_type(node)) continue;
    const auto leave = [&](const std::string& reason) {
      info.left_out.push_back(
          fmt::format("{} {}: {}", node->get_type_name(), node->get_friendly_name(), reason));
    };
    auto weights = constant_value(node->input_value(1));
    if (!weights) {
      const auto product = ov::as_type_ptr<ov::op::v0::MatMul>(node);
      const std::string reason =
          product ? refuse_product(*product) : "its weights are not constant";
      if (!reason.empty()) {
        leave(reason);
        continue;
      }
      mark_product(node, folded.products.size());
      std::string name = given_name(*node, exact);
      if (name.empty()) name = fmt::format("Product_{}", folded.products.size());
      folded.products.push_back(unique_name(name, names));
      continue;
    }
    if (node->get_output_element_type(0) != ov::element::f32) {
      leave("it is not in floating point");
      continue;
    }
    LayerInfo layer;
    const auto reason = describe_layer(node, *weights, layer);
    if (!reason.empty()) {
      leave(reason);
      continue;
    }
    const bool is_product = layer.kind == LayerKind::kMatMul;
    const auto rank = static_cast<size_t>(node->get_output_partial_shape(0).rank().get_length());
    const Chain chain = follow(node, layer.outputs, is_product ? rank - 1 : 1);
    layer.name = layer_name(chain, layer.kind, layers.size(), exact, names);
    layer.has_bias = chain.affine.adds;
    layer.relu = chain.relu;
    const ClipRange clip = clip_behind(chain.end);
    layer.clip_low = chain.relu ? std::max(clip.low, 0.0F) : clip.low;
    layer.clip_high = clip.high;
    const bool k_first =
        is_product && !ov::as_type_ptr<ov::op::v0::MatMul>(node)->get_transpose_b();
    fill_weights(*weights, k_first, chain.affine, info.path, layer);
    const ov::Shape shape = is_product ? ov::Shape{layer.outputs, layer.k} : weights->shape;
    rewrite(chain, layer, shape, layers.size());
    layers.push_back(std::move(layer));
  }
  model->validate_nodes_and_infer_types();
  return folded;
}

std::map<size_t, std::vector<LayerNodes>> find_layers(const std::shared_ptr<ov::Model>& model) {
  std::map<size_t, std::vector<LayerNodes>> layers;
  for (const auto& node : model->get_ordered_ops()) {
    const auto found = node->get_rt_info().find(kMark);
    if (found == node->get_rt_info().end()) continue;
    std::istringstream text(found->second.as<std::string>());
    std::string part;
    size_t number = 0;
    size_t place = 0;
    text >> part >> number >> place;
    auto& places = layers[number];
    places.resize(std::max(places.size(), place + 1));
    LayerNodes& nodes = places[place];
    (part == "product" ? nodes.product : part == "add" ? nodes.add : nodes.relu) = node;
  }
  return layers;
}

void renumber_layer(const LayerNodes& nodes, std::optional<size_t> number, size_t place) {
  const std::pair<NodePtr, const char*> parts[] = {
      {nodes.product, "product"}, {nodes.add, "add"}, {nodes.relu, "relu"}};
  for (const auto& [node, part] : parts) {
    if (!node) continue;
    node->get_rt_info().erase(kMark);
    if (number) mark(node, part, *number, place);
  }
}

}  // namespace tally::ov_side
