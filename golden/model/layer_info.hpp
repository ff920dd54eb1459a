// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace tally {

enum class LayerKind { kMatMul, kConvolution, kGroupConvolution };

/// "MatMul", "Convolution", "GroupConvolution"
const char* to_string(LayerKind kind);

/// A layer that a device can run: y[o] = sum_k w[o][k] * x[k] + bias[o], then ReLU if `relu`.
///
/// Taken from the network after folding: every constant per-channel factor and term right behind
/// the product (Add, Subtract, Multiply, Divide, batch normalization, through Transposes) is
/// already in `weights` and `bias`, so nothing per channel is left on the host.
///
/// Order of k: for a convolution input channel of the group, then kernel position, last spatial
/// axis fastest; for a product the input feature. Group g makes the outputs g*outputs/groups ..
/// (g+1)*outputs/groups - 1.
struct LayerInfo {
  std::string name;  ///< stable between runs, unique in the network
  LayerKind kind = LayerKind::kMatMul;
  size_t k = 0;        ///< inputs summed for one output
  size_t outputs = 0;  ///< output channels or features, all groups
  size_t groups = 1;   ///< above 1 only for kGroupConvolution; = input channels if depthwise

  // Convolutions: one entry a spatial axis (1 to 3 of them); empty for a product. The padding is
  // 0.0, and `pad_end` is what the network uses, not what "same" padding was called in its file.
  std::vector<size_t> kernel;
  std::vector<size_t> stride;
  std::vector<size_t> dilation;
  std::vector<size_t> pad_begin;
  std::vector<size_t> pad_end;

  /// At each place, for one sample (or the network's own batch where that is fixed): [N, C,
  /// spatial...] for a convolution, [..., K] for a product.
  std::vector<size_t> input_shape;
  std::vector<size_t> output_shape;  ///< [N, O, spatial...] or [..., O]

  std::vector<float> weights;  ///< [outputs][k]; finite, not all zero
  std::vector<float> bias;     ///< [outputs]; zeros if the network has none
  bool has_bias = false;       ///< the network adds something here
  bool relu = false;           ///< ReLU is the only consumer of the result
  /// What the network clips the outputs to before anything uses them: by `relu`, or on the host.
  float clip_low = -std::numeric_limits<float>::infinity();
  float clip_high = std::numeric_limits<float>::infinity();
  size_t macs = 0;  ///< multiplications for one sample, all places

  /// Where the network computes it: 1, or more where the same weights, bias and shapes come again
  /// (the steps of an unrolled recurrent network). Such a layer has one set of parameters; it is
  /// calibrated on, substituted in and run at all its places.
  size_t places = 1;

  size_t outputs_per_group() const { return outputs / groups; }
};

}  // namespace tally
