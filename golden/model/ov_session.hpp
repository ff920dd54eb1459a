// SPDX-License-Identifier: Apache-2.0
// Private, see ov_import.hpp.
#pragma once

#include <map>
#include <memory>
#include <openvino/openvino.hpp>
#include <vector>

#include "golden/model/model_runner.hpp"
#include "golden/model/ov_fold.hpp"
#include "golden/model/ov_layer_op.hpp"

namespace tally {

/// What a session knows of the network's layers and products.
struct SharedInfo {
  std::vector<std::shared_ptr<const LayerInfo>> layers;
  std::vector<std::shared_ptr<const ProductInfo>> products;
};

/// What is behind a Session: the network with its substitutions, compiled once for full batches
/// and, when needed, once for the rest.
class SessionImpl {
 public:
  /// `model` is a folded model (or, with empty `shared`, any model).
  SessionImpl(std::shared_ptr<ov::Model> model, SharedInfo shared, const ModelInfo& info,
              const Substitution& substitution, size_t batch, int threads);

  std::vector<float> run(const float* input, size_t samples, size_t first_sample);

  size_t batch() const { return batch_; }
  const std::vector<InputShape>& inputs() const { return inputs_; }
  size_t input_elements() const { return input_elements_; }
  size_t output_elements() const { return output_elements_; }
  const std::string& precision() const { return precision_; }

 private:
  ov::InferRequest& request(size_t batch);
  void substitute(const std::shared_ptr<ov::Model>& model) const;
  void substitute(ov_side::LayerNodes& nodes, const std::shared_ptr<const LayerInfo>& layer,
                  const LayerSubstitution& change, size_t place) const;
  void substitute_products(const std::shared_ptr<ov::Model>& model) const;
  void set_inputs(ov::InferRequest& request, size_t batch, size_t samples, const float* input);
  void infer(ov::InferRequest& request);
  void store_output(ov::InferRequest& request, size_t samples, float* out) const;

  std::shared_ptr<ov::Model> model_;
  SharedInfo shared_;
  std::string path_;
  bool fixed_batch_;
  Substitution substitution_;
  size_t batch_;
  int threads_;  // 0: all
  std::shared_ptr<ov_side::RunState> state_;
  std::map<size_t, ov::InferRequest> requests_;  // by batch
  std::vector<InputShape> inputs_;
  size_t input_elements_ = 0;
  size_t output_elements_ = 0;
  std::string precision_;
};

}  // namespace tally
