// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <openvino/opsets/opset1.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "golden/core/error.hpp"

namespace tally::ov_side {

namespace {

namespace op = ov::opset13;
using NodePtr = std::shared_ptr<ov::Node>;

constexpr char kMark[] = "tally_layer";  // rt_info key; the value is "<part> <number>"

// y = scale[c] * x + shift[c] along the channel axis: what the nodes behind a product add up to.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
  bool adds = false;
};

// A product and the nodes behind it that fold into it.
struct Chain {
  NodePtr product;
  Affine affine;
  std::vector<std::vector<std::int64_t>> transposes;  // orders, in between; moved behind
  bool relu = false;
  ov::Output<ov::Node> end;  // what the folded nodes leave behind
  std::vector<NodePtr> nodes;
};

// One value a channel, if `value` broadcasts along `axis` of a tensor of rank `rank` only.
std::optional<std::vector<double>> per_channel(const ConstantValue& value, size_t rank, size_t axis,
                                               size_t channels) {
  if (value.shape.size() > rank) return std::nullopt;
  const size_t skipped = rank - value.shape.size();
  for (size_t d = 0; d < value.shape.size(); ++d) {
    const bool is_channel = d + skipped == axis && value.shape[d] == channels;
    if (value.shape[d] != 1 && !is_channel) return std::nullopt;
  }
  std::vector<double> result(value.values.begin(), value.values.end());
  if (result.size() == 1) result.resize(channels, result[0]);
  return result;
}

bool fold_batch_norm(const ov::Node& node, size_t data_port, size_t axis, Affine& affine) {
  // v5: data, gamma, beta, mean, variance; v0: gamma, beta, data, mean, variance. Channel axis
  // is 1.
  const bool is_v5 = ov::is_type<ov::op::v5::BatchNormInference>(&node);
  if (axis != 1 || data_port != (is_v5 ? 0 : 2)) return false;
  const auto gamma = constant_value(node.input_value(is_v5 ? 1 : 0));
  const auto beta = constant_value(node.input_value(is_v5 ? 2 : 1));
  const auto mean = constant_value(node.input_value(3));
  const auto variance = constant_value(node.input_value(4));
  if (!gamma || !beta || !mean || !variance) return false;
  const double epsilon =
      is_v5 ? static_cast<const ov::op::v5::BatchNormInference&>(node).get_eps_value()
            : static_cast<const ov::op::v0::BatchNormInference&>(node).get_eps_value();
  for (size_t c = 0; c < affine.scale.size(); ++c) {
    const double factor = static_cast<double>(gamma->values.at(c)) /
                          std::sqrt(static_cast<double>(variance->values.at(c)) + epsilon);
    affine.scale[c] *= factor;
    affine.shift[c] = (affine.shift[c] - static_cast<double>(mean->values.at(c))) * factor +
                      static_cast<double>(beta->values.at(c));
  }
  affine.adds = true;
  return true;
}

// Folds Add, Subtract, Multiply, Divide with a constant, or a batch normalization. False: not one.
bool fold_node(const ov::Node& node, size_t port, size_t rank, size_t axis, Affine& affine) {
  if (ov::is_type<ov::op::v5::BatchNormInference>(&node) ||
      ov::is_type<ov::op::v0::BatchNormInference>(&node)) {
    return fold_batch_norm(node, port, axis, affine);
  }
  const bool is_add = ov::is_type<op::Add>(&node);
  const bool is_subtract = ov::is_type<op::Subtract>(&node);
  const bool is_multiply = ov::is_type<op::Multiply>(&node);
  const bool is_divide = ov::is_type<op::Divide>(&node) && port == 0;
  if (!is_add && !is_subtract && !is_multiply && !is_divide) return false;
  const auto constant = constant_value(node.input_value(1 - port));
  if (!constant) return false;
  const auto values = per_channel(*constant, rank, axis, affine.scale.size());
  if (!values) return false;
  for (size_t c = 0; c < values->size(); ++c) {
    const double value = (*values)[c];
    if (is_add) {
      affine.shift[c] += value;
    } else if (is_subtract) {
      const double sign = port == 0 ? 1 : -1;  // y - value, or value - y
      affine.scale[c] *= sign;
      affine.shift[c] = sign * (affine.shift[c] - value);
    } else {
      const double factor = is_multiply ? value : 1 / value;
      affine.scale[c] *= factor;
      affine.shift[c] *= factor;
    }
  }
  affine.adds = affine.adds || is_add || is_subtract;
  return true;
}

bool is_relu(const ov::Node& node) {
  if (ov::is_type<op::Relu>(&node)) return true;
  const auto* const clamp = ov::as_type<const op::Clamp>(&node);
  return clamp != nullptr && clamp->get_min() == 0 &&
         clamp->get_max() >= static_cast<double>(std::numeric_limits<float>::max());
}

// Follows single consumers from the product as long as something folds. Transposes are passed, and
// count only if something behind them folds.
Chain follow(const NodePtr& product, size_t channels, size_t axis) {
  Chain chain;
  chain.product = product;
  chain.affine.scale.assign(channels, 1.0);
  chain.affine.shift.assign(channels, 0.0);
  chain.end = product->output(0);
  ov::Output<ov::Node> at = chain.end;
  auto transposes = chain.transposes;
  while (!chain.relu && at.get_target_inputs().size() == 1 &&
         at.get_partial_shape().rank().is_static()) {
    const auto user = *at.get_target_inputs().begin();
    const NodePtr node = user.get_node()->shared_from_this();
    const auto rank = static_cast<size_t>(at.get_partial_shape().rank().get_length());
    if (ov::is_type<op::Transpose>(node)) {
      const auto order = constant_value(node->input_value(1));
      if (!order || order->values.size() != rank) break;
      transposes.emplace_back(order->values.begin(), order->values.end());
      const auto& last = transposes.back();
      axis = static_cast<size_t>(
          std::find(last.begin(), last.end(), static_cast<std::int64_t>(axis)) - last.begin());
    } else if (is_relu(*node)) {
      chain.relu = true;
    } else if (!fold_node(*node, user.get_index(), rank, axis, chain.affine)) {
      break;
    }
    at = node->output(0);
    chain.nodes.push_back(node);
    if (!ov::is_type<op::Transpose>(node)) {
      chain.end = at;
      chain.transposes = transposes;
    }
  }
  return chain;
}

// "Transpose_1495"
bool looks_made_up(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789");
  return digits != std::string_view::npos && digits + 1 < name.size() && digits > 0 &&
         name[digits] == '_' &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(digits),
                     [](unsigned char c) { return std::isalpha(c); });
}

// A name from the file, not one that OpenVINO made up with a number that changes with every load.
// `exact` files (ONNX, OpenVINO) keep their names; importers of the others hand made-up names on.
std::string given_name(const NodePtr& node, bool exact) {
  std::string name = node->get_friendly_name();
  if (name == node->get_name() || (!exact && looks_made_up(name))) return {};
  constexpr std::string_view kSuffix = "/WithoutBiases";
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

std::string layer_name(const Chain& chain, LayerKind kind, size_t number, bool exact,
                       std::set<std::string>& taken) {
  std::string name = given_name(chain.product, exact);
  for (const auto& node : chain.nodes) {
    if (name.empty() && !ov::is_type<op::Transpose>(node)) name = given_name(node, exact);
  }
  if (name.empty()) name = fmt::format("{}_{}", to_string(kind), number);
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}#{}", name, i);
  return unique;
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

void mark(const NodePtr& node, const char* part, size_t number) {
  if (node) node->get_rt_info()[kMark] = fmt::format("{} {}", part, number);
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

std::optional<ConstantValue> constant_value(const ov::Output<ov::Node>& tensor) {
  const auto from = [](const op::Constant& constant) {
    return ConstantValue{constant.get_shape(), constant.cast_vector<float>()};
  };
  if (const auto constant = ov::as_type_ptr<op::Constant>(tensor.get_node_shared_ptr())) {
    return from(*constant);
  }
  std::set<const ov::Node*> seen;
  std::vector<const ov::Node*> open{tensor.get_node()};
  while (!open.empty()) {
    const auto* const node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    const bool is_constant = ov::is_type<op::Constant>(node);
    if (!is_constant && (node->get_input_size() == 0 || !node->has_evaluate())) return std::nullopt;
    for (size_t i = 0; i < node->get_input_size(); ++i) open.push_back(node->get_input_node_ptr(i));
  }
  try {
    const ov::Model part(ov::OutputVector{tensor}, ov::ParameterVector{});
    ov::TensorVector values(1);
    if (!part.evaluate(values, {})) return std::nullopt;
    return from(op::Constant(values[0]));
  } catch (const ov::Exception&) {
    return std::nullopt;  // OpenVINO cannot compute it: the layer stays on the host, with a reason
  }
}

std::vector<LayerInfo> fold_layers(const std::shared_ptr<ov::Model>& model, ModelInfo& info) {
  std::vector<LayerInfo> layers;
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
      leave("its second operand is not constant");
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
    const bool k_first =
        is_product && !ov::as_type_ptr<ov::op::v0::MatMul>(node)->get_transpose_b();
    fill_weights(*weights, k_first, chain.affine, info.path, layer);
    const ov::Shape shape = is_product ? ov::Shape{layer.outputs, layer.k} : weights->shape;
    rewrite(chain, layer, shape, layers.size());
    layers.push_back(std::move(layer));
  }
  model->validate_nodes_and_infer_types();
  return layers;
}

std::map<size_t, LayerNodes> find_layers(const std::shared_ptr<ov::Model>& model) {
  std::map<size_t, LayerNodes> layers;
  for (const auto& node : model->get_ordered_ops()) {
    const auto found = node->get_rt_info().find(kMark);
    if (found == node->get_rt_info().end()) continue;
    const auto text = found->second.as<std::string>();
    const auto space = text.find(' ');
    auto& layer = layers[std::stoul(text.substr(space + 1))];
    const auto part = text.substr(0, space);
    (part == "product" ? layer.product : part == "add" ? layer.add : layer.relu) = node;
  }
  return layers;
}

void renumber_layer(const LayerNodes& nodes, std::optional<size_t> number) {
  const std::pair<NodePtr, const char*> parts[] = {
      {nodes.product, "product"}, {nodes.add, "add"}, {nodes.relu, "relu"}};
  for (const auto& [node, part] : parts) {
    if (!node) continue;
    node->get_rt_info().erase(kMark);
    if (number) mark(node, part, *number);
  }
}

}  // namespace tally::ov_side
