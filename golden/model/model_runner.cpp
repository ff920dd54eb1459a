// SPDX-License-Identifier: Apache-2.0
#include "golden/model/model_runner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <openvino/opsets/opset13.hpp>
#include <tuple>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/checksum.hpp"
#include "golden/model/ov_fold.hpp"
#include "golden/model/ov_import.hpp"
#include "golden/model/ov_macs.hpp"
#include "golden/model/ov_products.hpp"
#include "golden/model/ov_session.hpp"
#include "golden/model/ov_unsupported.hpp"

namespace tally {

namespace {

// Everything that decides what the layer computes and on what, but the name.
bool is_same_layer(const LayerInfo& a, const LayerInfo& b) {
  const auto geometry = [](const LayerInfo& l) {
    return std::tie(l.kind, l.k, l.outputs, l.groups, l.kernel, l.stride, l.dilation, l.pad_begin,
                    l.pad_end, l.input_shape, l.output_shape, l.has_bias, l.relu);
  };
  return geometry(a) == geometry(b) && a.bias == b.bias && a.weights == b.weights;
}

}  // namespace

class ModelRunnerImpl {
 public:
  ModelRunnerImpl(const std::filesystem::path& path, const LoadOptions& options)
      : options_(options) {
    model_ = ov_side::import_model(path, options.shape, info_);
    info_.checksum = model_checksum(path);
    const size_t batch = info_.fixed_batch.value_or(1);
    auto folded = ov_side::fold_layers(model_, info_);
    shaped_ = ov_side::with_batch(model_, batch, info_.path);
    keep_shaped(std::move(folded.layers));
    products_ = ov_side::keep_products(model_, shaped_, batch, folded.products, info_);
    for (auto& reason : ov_side::whole_operations(*model_)) info_.left_out.push_back(reason);
    count();
    for (const auto& layer : layers_) {
      shared_.layers.push_back(std::make_shared<const LayerInfo>(layer));
    }
    for (const auto& product : products_) {
      shared_.products.push_back(std::make_shared<const ProductInfo>(product));
    }
  }

  const ModelInfo& info() const { return info_; }
  const std::vector<LayerInfo>& layers() const { return layers_; }
  const std::vector<ProductInfo>& products() const { return products_; }

  std::unique_ptr<SessionImpl> session(const Substitution& substitution, size_t batch,
                                       int threads) const {
    return std::make_unique<SessionImpl>(model_, shared_, info_, substitution, batch, threads);
  }

  std::unique_ptr<SessionImpl> unfolded_session(size_t batch) const {
    ModelInfo ignored;
    const auto model = ov_side::import_model(info_.path, options_.shape, ignored);
    return std::make_unique<SessionImpl>(model, SharedInfo{}, info_, Substitution{}, batch, 0);
  }

 private:
  // Fills in the shapes for one sample; a layer whose shapes depend on the data stays on the host.
  // One whose weights have come before, with the same shapes, is another place of that layer.
  void keep_shaped(std::vector<LayerInfo> folded) {
    const auto in_shaped = ov_side::find_layers(shaped_);
    for (const auto& [number, places] : ov_side::find_layers(model_)) {
      const ov_side::LayerNodes& nodes = places.at(0);
      const auto& product = in_shaped.at(number).at(0).product;
      LayerInfo& layer = folded.at(number);
      if (product->get_input_partial_shape(0).is_dynamic() ||
          product->get_output_partial_shape(0).is_dynamic()) {
        info_.left_out.push_back(
            fmt::format("{} {}: its shape depends on the data", to_string(layer.kind), layer.name));
        ov_side::renumber_layer(nodes, std::nullopt);
        continue;
      }
      layer.input_shape = product->get_input_shape(0);
      layer.output_shape = product->get_output_shape(0);
      layer.macs = ov::shape_size(layer.output_shape) * layer.k / info_.fixed_batch.value_or(1);
      const auto same = std::find_if(layers_.begin(), layers_.end(),
                                     [&](const LayerInfo& l) { return is_same_layer(l, layer); });
      if (same != layers_.end()) {
        ov_side::renumber_layer(nodes, same - layers_.begin(), same->places++);
        same->macs += layer.macs;
        same->clip_low = std::min(same->clip_low, layer.clip_low);
        same->clip_high = std::max(same->clip_high, layer.clip_high);
        continue;
      }
      ov_side::renumber_layer(nodes, layers_.size());
      layers_.push_back(std::move(layer));
    }
  }

  void count() {
    for (const auto& layer : layers_) info_.quantizable_macs += static_cast<double>(layer.macs);
    for (const auto& p : products_) info_.quantizable_macs += static_cast<double>(p.macs);
    info_.macs = ov_side::count_macs(*shaped_) / static_cast<double>(info_.fixed_batch.value_or(1));
    std::map<const ov::Node*, bool> on_device;
    for (const auto& [number, places] : ov_side::find_layers(model_)) {
      for (const auto& nodes : places) {
        for (const auto& node : {nodes.product, nodes.add, nodes.relu})
          on_device[node.get()] = true;
      }
    }
    for (const auto& [number, node] : ov_side::find_products(model_)) on_device[node.get()] = true;
    info_.host_operations = ov_side::count_operations(
        *model_, [&](const ov::Node& node) { return !on_device.contains(&node); });
    shaped_.reset();
  }

  LoadOptions options_;
  ModelInfo info_;
  std::shared_ptr<ov::Model> model_;   // folded, marked
  std::shared_ptr<ov::Model> shaped_;  // the same with static shapes, while loading
  std::vector<LayerInfo> layers_;
  std::vector<ProductInfo> products_;
  SharedInfo shared_;  // for sessions, which may outlive us
};

ModelRunner ModelRunner::load(const std::filesystem::path& path, const LoadOptions& options) {
  return ModelRunner(std::make_shared<const ModelRunnerImpl>(path, options));
}

ModelRunner::ModelRunner(std::shared_ptr<const ModelRunnerImpl> impl) : impl_(std::move(impl)) {}
ModelRunner::~ModelRunner() = default;
ModelRunner::ModelRunner(ModelRunner&&) noexcept = default;
ModelRunner& ModelRunner::operator=(ModelRunner&&) noexcept = default;

const ModelInfo& ModelRunner::info() const { return impl_->info(); }
const std::vector<LayerInfo>& ModelRunner::layers() const { return impl_->layers(); }
const std::vector<ProductInfo>& ModelRunner::products() const { return impl_->products(); }

size_t ModelRunner::layer_index(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& layer : layers()) {
    if (layer.name == name) return names.size();
    names.push_back(layer.name);
  }
  throw Error(
      fmt::format("{}: has no layer '{}'; it has {}", info().path, name, fmt::join(names, ", ")));
}

Session ModelRunner::session(const Substitution& substitution, size_t batch, int threads) const {
  return Session(impl_->session(substitution, batch, threads));
}

Session ModelRunner::unfolded_session(size_t batch) const {
  return Session(impl_->unfolded_session(batch));
}

Session::Session(std::unique_ptr<SessionImpl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

std::vector<float> Session::run(const float* input, size_t samples, size_t first_sample) {
  return impl_->run(input, samples, first_sample);
}
size_t Session::batch() const { return impl_->batch(); }
const std::vector<InputShape>& Session::inputs() const { return impl_->inputs(); }
const std::vector<size_t>& Session::sample_shape() const { return impl_->inputs()[0].shape; }
size_t Session::input_elements() const { return impl_->input_elements(); }
size_t Session::output_elements() const { return impl_->output_elements(); }
std::string Session::precision() const { return impl_->precision(); }

}  // namespace tally
