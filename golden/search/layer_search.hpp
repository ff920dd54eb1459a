// SPDX-License-Identifier: Apache-2.0
// Parameters of one layer as one candidate. The unit of work is (layer, candidate): pure,
// deterministic, and free to run on any thread (or, later, another machine).
#pragma once

#include <memory>

#include "golden/core/base_search.hpp"
#include "golden/core/distribution.hpp"
#include "golden/search/layer_params.hpp"

namespace tally {

enum class SearchMethod {
  kPaper,   // Algorithm 1 on the tensor nearer to an exponential, then Eq. 4-5 for the other
  kOutput,  // least squared error of the layer's output on the calibration rows
};

/// "paper" or "output".
const char* to_string(SearchMethod method);

struct LayerSearchOptions {
  bool per_channel = true;   // alpha, beta of weights per output channel, else per tensor
  bool correct_bias = true;  // kPaper of the paper: false
  // kPaper
  AlphaRule alpha_rule = AlphaRule::kPaper;
  RssUnit rss_unit = RssUnit::kValue;
  // kOutput
  bool offset = true;             // false: beta = 0 everywhere, one array counter instead of three
  bool match_variance = true;     // gain: scale alpha_w, beta_w so that each channel's output
                                  // varies as the target's (one gain where LayerData shares it)
  bool correct_weights = false;   // quantize corrected_weights() instead of the layer's own
  int evaluations = 260;          // of the output error
  std::size_t search_rows = 256;  // rows that the error is measured on while searching
  std::size_t search_outputs = 64;  // and output channels (weighted_sample.hpp)
  int threads = 1;                  // inside a layer; never changes the result
};

class LayerSearch {
 public:
  virtual ~LayerSearch() = default;
  /// Finds the parameters of `layer` as this candidate. kPaper knows the exponential system only.
  /// Throws Error, naming the layer, when the data cannot be quantized.
  virtual LayerParams search(const LayerData& layer, const Candidate& candidate) const = 0;
  /// The exponential candidate of n bits.
  LayerParams search(const LayerData& layer, int n) const {
    return search(layer, Candidate{kExponential, n});
  }
};

std::unique_ptr<LayerSearch> make_layer_search(SearchMethod method,
                                               const LayerSearchOptions& options = {});

/// Uniform levels as plainly as the paper's baseline: n + 1 stored bits, signed, one scale a tensor
/// that covers the largest value, nothing corrected.
LayerParams plain_uniform(const LayerData& layer, int n);

}  // namespace tally
