// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <mutex>
#include <openvino/opsets/opset13.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/ov_unsupported.hpp"
#include "golden/model/quiet_stderr.hpp"

namespace tally::ov_side {

namespace {

namespace fs = std::filesystem;
namespace op = ov::opset13;

TensorInfo describe(const ov::Output<const ov::Node>& tensor) {
  TensorInfo info;
  info.name =
      tensor.get_names().empty() ? tensor.get_node()->get_friendly_name() : tensor.get_any_name();
  info.type = tensor.get_element_type().get_type_name();
  if (tensor.get_partial_shape().rank().is_static()) {
    for (const auto& dim : tensor.get_partial_shape()) {
      info.shape.push_back(dim.is_static() ? dim.get_length() : -1);
    }
  }
  return info;
}

// "1,3,?,224": numbers, '?' or -1 for dynamic.
ov::PartialShape parse_dims(const std::string& text, const std::string& all) {
  std::vector<ov::Dimension> dims;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    std::string item = text.substr(start, end - start);
    std::erase(item, ' ');
    std::int64_t value = 0;
    const auto [stop, code] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (item == "?" || item == "-1") {
      dims.push_back(ov::Dimension::dynamic());
    } else if (code == std::errc{} && stop == item.data() + item.size() && value > 0) {
      dims.emplace_back(value);
    } else {
      throw Error(fmt::format("--shape \"{}\": '{}' is not a dimension", all, item));
    }
    start = end + 1;
  }
  return ov::PartialShape(dims);
}

// "1,3,224,224" for a network of one input, or "x[1,3,224,224],y[1,7]".
std::map<std::string, ov::PartialShape> parse_shapes(const std::string& text,
                                                     const ModelInfo& info) {
  std::map<std::string, ov::PartialShape> shapes;
  if (text.find('[') == std::string::npos) {
    if (info.inputs.size() != 1) {
      throw Error(fmt::format("{}: --shape \"{}\" names no input, the model has {}", info.path,
                              text, info.inputs.size()));
    }
    shapes[info.inputs[0].name] = parse_dims(text, text);
    return shapes;
  }
  for (size_t start = 0; start < text.size();) {
    const size_t open = text.find('[', start);
    const size_t close = text.find(']', start);
    if (open == std::string::npos || close == std::string::npos || close < open) {
      throw Error(fmt::format("--shape \"{}\": expected name[1,2,3]", text));
    }
    std::string name = text.substr(start, open - start);
    name.erase(0, name.find_first_not_of(", "));
    if (name.empty() && info.inputs.size() == 1) name = info.inputs[0].name;
    shapes[name] = parse_dims(text.substr(open + 1, close - open - 1), text);
    start = close + 1;
  }
  return shapes;
}

void apply_shapes(const std::shared_ptr<ov::Model>& model, const std::string& text,
                  ModelInfo& info) {
  std::map<ov::Output<ov::Node>, ov::PartialShape> changes;
  for (const auto& [name, shape] : parse_shapes(text, info)) {
    size_t at = 0;
    while (at < info.inputs.size() && info.inputs[at].name != name) ++at;
    if (at == info.inputs.size()) {
      throw Error(fmt::format("{}: --shape names input '{}', which the model does not have",
                              info.path, name));
    }
    const auto input = model->input(at);
    if (!input.get_partial_shape().compatible(shape)) {
      throw Error(fmt::format("{}: --shape {} does not fit input '{}' of shape {}", info.path,
                              shape.to_string(), name, input.get_partial_shape().to_string()));
    }
    changes[input] = shape;
  }
  try {
    model->reshape(changes);
  } catch (const ov::Exception& error) {
    throw Error(fmt::format("{}: --shape \"{}\" is refused: {}", info.path, text,
                            first_line(error.what())));
  }
}

// Batch of the model: the common first dimension. Refuses every other dynamic dimension.
void check_inputs(const std::shared_ptr<ov::Model>& model, ModelInfo& info) {
  if (model->inputs().empty()) throw Error(fmt::format("{}: the model has no inputs", info.path));
  bool dynamic = false;
  for (size_t i = 0; i < model->inputs().size(); ++i) {
    const auto& shape = model->input(i).get_partial_shape();
    if (shape.rank().is_dynamic() || shape.rank().get_length() == 0) {
      throw Error(fmt::format("{}: input '{}' has no fixed number of dimensions; give --shape",
                              info.path, info.inputs[i].name));
    }
    for (size_t d = 1; d < shape.size(); ++d) {
      if (shape[d].is_dynamic()) {
        throw Error(fmt::format("{}: input '{}' of shape {}: dimension {} is dynamic; give --shape",
                                info.path, info.inputs[i].name, shape.to_string(), d));
      }
    }
    if (shape[0].is_dynamic()) {
      dynamic = true;
    } else if (!info.fixed_batch) {
      info.fixed_batch = static_cast<size_t>(shape[0].get_length());
    }
  }
  if (dynamic) info.fixed_batch.reset();
}

bool is_narrow_float(const ov::element::Type& type) {
  return type == ov::element::f16 || type == ov::element::bf16 || type == ov::element::f64;
}

// Half-precision networks become f32 networks, so that a layer's tensors are f32 everywhere.
void widen_to_f32(const std::shared_ptr<ov::Model>& model) {
  for (const auto& node : model->get_ordered_ops()) {
    if (const auto parameter = ov::as_type_ptr<op::Parameter>(node)) {
      if (is_narrow_float(parameter->get_element_type())) {
        parameter->set_element_type(ov::element::f32);
      }
    } else if (const auto constant = ov::as_type_ptr<op::Constant>(node)) {
      if (is_narrow_float(constant->get_element_type())) {
        const auto wide = op::Constant::create(ov::element::f32, constant->get_shape(),
                                               constant->cast_vector<float>());
        wide->set_friendly_name(constant->get_friendly_name());
        ov::replace_node(constant, wide);
      }
    } else if (const auto convert = ov::as_type_ptr<op::Convert>(node)) {
      if (is_narrow_float(convert->get_destination_type())) {
        convert->set_destination_type(ov::element::f32);
      }
    }
  }
  model->validate_nodes_and_infer_types();
}

// ONNX biases arrive as a Reshape to a shape that is computed from the rank of the product:
// constant, but not a constant yet, and then the bias would not fold into its layer.
void fold_shape_arithmetic(const std::shared_ptr<ov::Model>& model) {
  ov::pass::Manager manager;
  manager.register_pass<ov::pass::ConstantFolding>();
  manager.run_passes(model);
}

// Integer inputs and outputs (token numbers, quantized images) are fed and read as f32 as well.
void convert_ends(const std::shared_ptr<ov::Model>& model) {
  for (const auto& parameter : model->get_parameters()) {
    const auto type = parameter->get_element_type();
    if (type == ov::element::f32 || type.is_dynamic()) continue;
    const auto users = parameter->output(0).get_target_inputs();
    parameter->set_element_type(ov::element::f32);
    parameter->validate_and_infer_types();
    const auto convert = std::make_shared<op::Convert>(parameter, type);
    for (auto user : users) user.replace_source_output(convert);
  }
  for (const auto& result : model->get_results()) {
    if (result->get_element_type() == ov::element::f32) continue;
    const auto source = result->input_value(0);
    result->input(0).replace_source_output(std::make_shared<op::Convert>(source, ov::element::f32));
  }
  model->validate_nodes_and_infer_types();
}

}  // namespace

ov::Core& core() {
  static ov::Core instance;
  return instance;
}

std::string first_line(const char* text) {
  std::string line(text);
  // "Exception from src/...cpp:84:\nCheck '...' failed at ...:\n<message>": the first line that
  // says something about the file, not about OpenVINO's sources.
  while (line.starts_with("Exception from") || line.starts_with("Check '") ||
         line.starts_with("FrontEnd API failed") || line.starts_with("Loading input model")) {
    const auto end = line.find('\n');
    if (end == std::string::npos || end + 1 >= line.size()) break;
    line.erase(0, end + 1);
  }
  return line.substr(0, line.find('\n'));
}

std::shared_ptr<ov::Model> import_model(const fs::path& path, const std::string& shape,
                                        ModelInfo& info) {
  info.path = path.string();
  std::error_code code;
  if (!fs::exists(path, code)) throw Error(fmt::format("{}: no such file", info.path));
  if (fs::is_regular_file(path, code) && fs::file_size(path, code) == 0) {
    throw Error(fmt::format("{}: is empty", info.path));
  }
  std::shared_ptr<ov::Model> model;
  try {
    const QuietStandardError quiet;
    model = core().read_model(path.string());
  } catch (const std::exception& error) {
    const QuietStandardError quiet;
    const auto unsupported = unsupported_operations(path);
    if (!unsupported.empty()) {
      throw Error(
          fmt::format("{}: {} operations are unsupported; export the network without "
                      "them, from standard operations:\n  {}",
                      info.path, unsupported.size(), fmt::join(unsupported, "\n  ")));
    }
    const std::string reason = first_line(error.what());
    if (reason.find("externally stored data") != std::string::npos) {
      throw Error(
          fmt::format("{}: a file that holds some of its weights is missing or too short: {}",
                      info.path, reason));
    }
    throw Error(fmt::format("{}: not a model that OpenVINO can read: {}", info.path, reason));
  }
  const std::shared_ptr<const ov::Model> view = model;
  for (const auto& input : view->inputs()) info.inputs.push_back(describe(input));
  for (const auto& output : view->outputs()) info.outputs.push_back(describe(output));
  if (info.outputs.empty()) throw Error(fmt::format("{}: the model has no outputs", info.path));
  if (!shape.empty()) apply_shapes(model, shape, info);
  check_inputs(model, info);
  try {
    widen_to_f32(model);
    convert_ends(model);
    fold_shape_arithmetic(model);
  } catch (const ov::Exception& error) {
    throw Error(
        fmt::format("{}: cannot be made an f32 network: {}", info.path, first_line(error.what())));
  }
  return model;
}

std::shared_ptr<ov::Model> with_batch(const std::shared_ptr<ov::Model>& model, size_t batch,
                                      const std::string& path) {
  std::shared_ptr<ov::Model> copy;
  {
    static std::mutex mutex;  // sessions are made from several threads, all of one model
    const std::lock_guard lock(mutex);
    copy = model->clone();
  }
  try {
    std::map<ov::Output<ov::Node>, ov::PartialShape> shapes;
    for (const auto& input : copy->inputs()) {
      auto shape = input.get_partial_shape();
      if (shape[0].is_dynamic()) shape[0] = static_cast<std::int64_t>(batch);
      shapes[input] = shape;
    }
    copy->reshape(shapes);
  } catch (const ov::Exception& error) {
    throw Error(fmt::format("{}: cannot run with a batch of {}: {}", path, batch,
                            first_line(error.what())));
  }
  return copy;
}

}  // namespace tally::ov_side
