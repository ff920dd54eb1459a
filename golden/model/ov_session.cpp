// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <openvino/opsets/opset13.hpp>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/ov_fold.hpp"
#include "golden/model/ov_import.hpp"
#include "golden/model/ov_product_op.hpp"
#include "golden/model/ov_products.hpp"
#include "golden/model/ov_table_rows.hpp"

namespace tally {

namespace {

namespace op = ov::opset13;

void check_values(const std::optional<std::vector<float>>& values, size_t expected,
                  const char* what, const std::string& path, const LayerInfo& layer) {
  if (!values) return;
  if (values->size() != expected) {
    throw Error(fmt::format("{}: layer {}: {} {} given, it has {}", path, layer.name,
                            values->size(), what, expected));
  }
  for (size_t i = 0; i < expected; ++i) {
    if (!std::isfinite((*values)[i])) {
      throw Error(
          fmt::format("{}: layer {}: {} [{}] is {}", path, layer.name, what, i, (*values)[i]));
    }
  }
}

std::shared_ptr<op::Constant> constant_like(const ov::Output<ov::Node>& tensor,
                                            const std::vector<float>& values) {
  return op::Constant::create(ov::element::f32, tensor.get_shape(), values);
}

void set_bias(ov_side::LayerNodes& nodes, const LayerInfo& layer, const std::vector<float>& bias) {
  if (nodes.add) {
    nodes.add->input(1).replace_source_output(constant_like(nodes.add->input_value(1), bias));
    return;
  }
  ov::Shape shape(layer.kernel.empty() ? 1 : layer.kernel.size() + 1, 1);
  shape[0] = layer.outputs;
  const auto users = nodes.product->output(0).get_target_inputs();
  nodes.add =
      std::make_shared<op::Add>(nodes.product, op::Constant::create(ov::element::f32, shape, bias));
  for (auto user : users) user.replace_source_output(nodes.add);
}

}  // namespace

SessionImpl::SessionImpl(std::shared_ptr<ov::Model> model, SharedInfo shared, const ModelInfo& info,
                         const Substitution& substitution, size_t batch, int threads)
    : model_(std::move(model)),
      shared_(std::move(shared)),
      path_(info.path),
      fixed_batch_(info.fixed_batch.has_value()),
      substitution_(substitution),
      batch_(info.fixed_batch.value_or(std::max<size_t>(batch, 1))),
      threads_(threads),
      state_(std::make_shared<ov_side::RunState>()) {
  for (const auto& [index, change] : substitution_.layers) {
    if (index >= shared_.layers.size()) {
      throw Error(fmt::format("{}: there is no layer {}; there are {}", path_, index,
                              shared_.layers.size()));
    }
    const LayerInfo& layer = *shared_.layers[index];
    check_values(change.weights, layer.weights.size(), "weights", path_, layer);
    check_values(change.bias, layer.bias.size(), "biases", path_, layer);
    if (change.replace && (change.output_tap || change.weights || change.bias)) {
      throw Error(fmt::format("{}: layer {}: a replaced layer has no weights, bias or output tap",
                              path_, layer.name));
    }
  }
  for (const auto& [index, change] : substitution_.products) {
    if (index >= shared_.products.size()) {
      throw Error(fmt::format("{}: there is no product {}; there are {}", path_, index,
                              shared_.products.size()));
    }
    if ((change.tap == nullptr) == (change.replace == nullptr)) {
      throw Error(fmt::format("{}: product {}: it takes a tap or a replacement, one of them", path_,
                              shared_.products[index]->name));
    }
  }
  state_->path = path_;
  state_->check_finite = substitution_.check_finite;
  for (size_t i = 0; i < model_->inputs().size(); ++i) {
    const auto dims = model_->input(i).get_partial_shape();
    InputShape& input = inputs_.emplace_back();
    input.name = info.inputs.at(i).name;
    for (size_t d = 1; d < dims.size(); ++d) {
      input.shape.push_back(static_cast<size_t>(dims[d].get_length()));
    }
    input.table_rows = ov_side::table_rows(model_->input(i));
    input_elements_ += element_count(input.shape);
  }
  request(batch_);
}

void SessionImpl::substitute(const std::shared_ptr<ov::Model>& model) const {
  auto found = ov_side::find_layers(model);
  for (const auto& [index, change] : substitution_.layers) {
    auto& places = found.at(index);
    for (size_t place = 0; place < places.size(); ++place) {
      substitute(places[place], shared_.layers[index], change, place);
    }
  }
}

void SessionImpl::substitute(ov_side::LayerNodes& nodes,
                             const std::shared_ptr<const LayerInfo>& layer,
                             const LayerSubstitution& change, size_t place) const {
  const auto insert = [&](const ov::Output<ov::Node>& source, const LayerFunction& function,
                          std::optional<ov::Shape> shape, bool is_input) {
    return std::make_shared<ov_side::LayerOp>(source, layer, function, state_, std::move(shape),
                                              is_input, place);
  };
  if (change.input_tap) {
    nodes.product->input(0).replace_source_output(
        insert(nodes.product->input_value(0), change.input_tap, std::nullopt, true));
  }
  if (change.replace) {
    const auto op = insert(nodes.product->input_value(0), change.replace,
                           nodes.last()->get_output_shape(0), true);
    nodes.last()->output(0).replace(op->output(0));
    return;
  }
  if (change.weights) {
    nodes.product->input(1).replace_source_output(
        constant_like(nodes.product->input_value(1), *change.weights));
  }
  if (change.bias) set_bias(nodes, *layer, *change.bias);
  if (change.output_tap) {
    const auto users = nodes.biased()->output(0).get_target_inputs();
    const auto op = insert(nodes.biased(), change.output_tap, std::nullopt, false);
    for (auto user : users) user.replace_source_output(op);
  }
}

void SessionImpl::substitute_products(const std::shared_ptr<ov::Model>& model) const {
  const auto found = ov_side::find_products(model);
  for (const auto& [index, change] : substitution_.products) {
    const auto& node = found.at(index);
    const ov::OutputVector operands{node->input_value(0), node->input_value(1)};
    const auto insert = [&](const ProductFunction& function, std::optional<ov::Shape> shape) {
      return std::make_shared<ov_side::ProductOp>(operands, shared_.products[index], function,
                                                  state_, std::move(shape));
    };
    if (change.replace) {
      const auto op = insert(change.replace, node->get_output_shape(0));
      node->output(0).replace(op->output(0));
      continue;
    }
    const auto op = insert(change.tap, std::nullopt);
    for (size_t i = 0; i < 2; ++i) node->input(i).replace_source_output(op->output(i));
  }
}

ov::InferRequest& SessionImpl::request(size_t batch) {
  const auto found = requests_.find(batch);
  if (found != requests_.end()) return found->second;
  const auto model = ov_side::with_batch(model_, batch, path_);
  substitute(model);
  substitute_products(model);
  ov::CompiledModel compiled;
  try {
    compiled = ov_side::core().compile_model(
        model, "CPU", ov::hint::inference_precision(ov::element::f32),
        ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY),
        ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY), ov::num_streams(1),
        ov::inference_num_threads(threads_),
        // The thread that infers runs our layers as well, and what it starts would be pinned along.
        ov::hint::enable_cpu_pinning(false));
  } catch (const ov::Exception& error) {
    throw Error(fmt::format("{}: OpenVINO cannot prepare it: {}", path_,
                            ov_side::first_line(error.what())));
  }
  // Many CPUs would run in bfloat16 by default, and a wrong float reference spoils everything.
  precision_ = compiled.get_property(ov::hint::inference_precision).get_type_name();
  if (precision_ != "f32") {
    throw Error(fmt::format("{}: OpenVINO insists on {} instead of f32", path_, precision_));
  }
  const ov::Shape out = compiled.output(0).get_partial_shape().is_static()
                            ? compiled.output(0).get_shape()
                            : ov::Shape{};
  if (out.empty() || out[0] != batch) {
    throw Error(
        fmt::format("{}: output of shape {} for a batch of {}: its first dimension must be "
                    "the batch",
                    path_, compiled.output(0).get_partial_shape().to_string(), batch));
  }
  output_elements_ = ov::shape_size(out) / batch;
  return requests_.emplace(batch, compiled.create_infer_request()).first->second;
}

void SessionImpl::infer(ov::InferRequest& request) {
  state_->error = nullptr;
  try {
    request.reset_state();
    request.infer();
  } catch (const std::exception& error) {
    if (state_->error) std::rethrow_exception(std::exchange(state_->error, nullptr));
    throw Error(fmt::format("{}: OpenVINO failed: {}", path_, ov_side::first_line(error.what())));
  }
}

void SessionImpl::store_output(ov::InferRequest& request, size_t samples, float* out) const {
  const ov::Tensor tensor = request.get_output_tensor(0);
  const auto* const data = tensor.data<const float>();
  for (size_t i = 0; i < samples * output_elements_; ++i) {
    if (std::isnan(data[i])) {
      throw Error(fmt::format("{}: output {} of sample {} is nan", path_, i % output_elements_,
                              state_->first_sample + i / output_elements_));
    }
    out[i] = data[i];
  }
}

// A network with a fixed batch gets the last sample again to fill it.
void SessionImpl::set_inputs(ov::InferRequest& request, size_t batch, size_t samples,
                             const float* input) {
  for (size_t at = 0; at < inputs_.size(); ++at) {
    const size_t elements = element_count(inputs_[at].shape);
    auto* const to = request.get_input_tensor(at).data<float>();
    for (size_t i = 0; i < batch; ++i) {
      std::copy_n(input + std::min(i, samples - 1) * input_elements_, elements, to + i * elements);
    }
    input += elements;
  }
}

std::vector<float> SessionImpl::run(const float* input, size_t samples, size_t first_sample) {
  std::vector<float> result(samples * output_elements_);
  for (size_t done = 0; done < samples;) {
    const size_t now = std::min(batch_, samples - done);
    const size_t batch = fixed_batch_ ? batch_ : now;
    auto& current = request(batch);
    state_->first_sample = first_sample + done;
    state_->samples = now;
    state_->batch = batch;
    set_inputs(current, batch, now, input + done * input_elements_);
    infer(current);
    store_output(current, now, result.data() + done * output_elements_);
    done += now;
  }
  return result;
}

}  // namespace tally
