// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "golden/model/dataset.hpp"
#include "golden/model/layer_info.hpp"
#include "golden/model/product_info.hpp"

namespace tally {

struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< -1: dynamic
  std::string type;                 ///< as in the file: "f32", "f16", ...
};

struct ModelInfo {
  std::string path;
  std::string checksum;  ///< checksum.hpp
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  /// Samples that the network always takes at once; nothing if its batch is dynamic.
  std::optional<size_t> fixed_batch;
  /// What stays on the host, by operation, after folding; constants are not counted.
  std::map<std::string, size_t> host_operations;
  /// Products and convolutions that stay on the host, each with the reason.
  std::vector<std::string> left_out;
  /// Multiplications for one sample in products, convolutions and recurrent layers: all of them,
  /// and those in `layers()` and `products()`. Bodies of loops are not counted.
  double macs = 0;
  double quantizable_macs = 0;

  double quantizable_share() const { return macs > 0 ? quantizable_macs / macs : 0; }
};

/// One layer of one inference, as a callback sees it. Tensors are dense, C order, f32.
struct LayerCall {
  const LayerInfo& layer;
  std::span<const size_t>
      input_shape;  ///< as LayerInfo::input_shape, but with the batch of the run
  const float* input;
  std::span<const size_t> output_shape;
  /// A replacement must fill all of it, and so does an InputQuantizer; another tap finds its input
  /// copied here.
  float* output;
  size_t first_sample;  ///< position in the caller's samples of the first one in this call
  size_t samples;       ///< real samples in this call: the first ones
  size_t batch;  ///< samples in this call; above `samples` if a fixed batch had to be filled up
};

/// Guarantees: calls of one Session never overlap, and within one inference come in topological
/// order, one for each place of the layer; they may come on another thread than run()'s. An
/// exception ends the run and comes out of run() unchanged.
using LayerFunction = std::function<void(const LayerCall&)>;

/// What a Session does differently at one layer. Taps and weights leave the arithmetic to OpenVINO
/// in f32; `replace` takes over the whole layer and excludes the other members except `input_tap`.
struct LayerSubstitution {
  /// Sees the layer's input as `input` and `output` (same shape): writing to `output` replaces the
  /// activations for this layer only.
  LayerFunction input_tap;
  /// Sees the biased result before ReLU, and may replace it, the same way.
  LayerFunction output_tap;
  std::optional<std::vector<float>> weights;  ///< [outputs][k], instead of LayerInfo::weights
  std::optional<std::vector<float>> bias;     ///< [outputs], instead of LayerInfo::bias
  /// Computes product, bias and ReLU from `input` to `output`.
  LayerFunction replace;
};

struct Substitution {
  std::map<size_t, LayerSubstitution> layers;      ///< by index in ModelRunner::layers()
  std::map<size_t, ProductSubstitution> products;  ///< by index in ModelRunner::products()
  /// NaN or infinity at the input of a layer or product with a tap or replacement is an Error
  /// naming it, sample, element and value.
  bool check_finite = true;
};

class SessionImpl;
class ModelRunnerImpl;

/// A network ready to run on OpenVINO, in f32, on the CPU. Deterministic: the same samples in
/// batches of the same size give the same bits. One thread at a time.
class Session {
 public:
  /// Runs `samples` samples, any number, in batches. A sample is all inputs one after the other,
  /// dense, in the order and shapes of inputs(), integers (token numbers) as floats. Returns the
  /// first output, [samples][output_elements()]. `first_sample` only sets LayerCall::first_sample.
  /// Error: whatever a callback threw; an output is NaN (sample and element named).
  std::vector<float> run(const float* input, size_t samples, size_t first_sample = 0);

  size_t batch() const;                             ///< samples of one inference
  const std::vector<InputShape>& inputs() const;    ///< without their batch dimensions
  const std::vector<size_t>& sample_shape() const;  ///< of the first input
  size_t input_elements() const;                    ///< values of one sample, all inputs
  size_t output_elements() const;                   ///< values of the first output for one sample
  /// The precision that OpenVINO reports for the compiled network; construction refused all but
  /// "f32".
  std::string precision() const;

  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

 private:
  friend class ModelRunner;
  explicit Session(std::unique_ptr<SessionImpl> impl);
  std::unique_ptr<SessionImpl> impl_;
};

struct LoadOptions {
  /// Shapes of inputs with dynamic dimensions: "1,3,224,224", or "x[1,3,224,224],y[1,7]" by name;
  /// '?' keeps a batch dynamic.
  std::string shape;
};

/// A trained network. Wraps OpenVINO completely: no other public header of Tally mentions it.
/// Loading folds constants (LayerInfo) and converts f16 networks to f32.
class ModelRunner {
 public:
  /// Reads any format that OpenVINO reads (.onnx, .tflite, TensorFlow, PaddlePaddle, OpenVINO
  /// .xml). The first dimension of every input is the batch. Error: missing, empty, broken or
  /// unsupported file; a dynamic dimension other than the batch without `shape`; a shape that does
  /// not fit; NaN, infinity or nothing but zeros in the weights of a layer (layer, channel and
  /// index named).
  static ModelRunner load(const std::filesystem::path& path, const LoadOptions& options = {});

  const ModelInfo& info() const;
  /// The layers that a device can run, in topological order (of their first places).
  const std::vector<LayerInfo>& layers() const;
  /// The products of two activations that can be quantized on both sides, in topological order.
  const std::vector<ProductInfo>& products() const;
  /// Index in layers(). Error: no such layer (file, layer and the known names).
  size_t layer_index(const std::string& name) const;

  /// Prepares the network with `substitution`, `batch` samples an inference (a fixed batch of the
  /// network wins), on `threads` threads (0: all). Callbacks may keep changing state: no new
  /// session is needed for that. Several threads may make sessions at once.
  /// Error: a layer index or size of weights that does not fit, not f32.
  Session session(const Substitution& substitution = {}, size_t batch = 32, int threads = 0) const;

  /// The network exactly as in the file, without folding: to check the folding against.
  Session unfolded_session(size_t batch = 32) const;

  ~ModelRunner();
  ModelRunner(ModelRunner&&) noexcept;
  ModelRunner& operator=(ModelRunner&&) noexcept;

 private:
  explicit ModelRunner(std::shared_ptr<const ModelRunnerImpl> impl);
  std::shared_ptr<const ModelRunnerImpl> impl_;
};

}  // namespace tally
