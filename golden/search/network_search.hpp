// SPDX-License-Identifier: Apache-2.0
// Widths of all layers under a bound on the network's loss. The network itself stays behind
// callbacks, so this is pure and testable. Nothing here may be measured on the test set: metric and
// divergence belong to held-back calibration data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "golden/search/layer_search.hpp"

namespace tally {

/// One entry a layer, in the network's order; a null layer stays in float.
using PartialPlan = std::vector<const LayerParams*>;

struct NetworkHooks {
  /// Accuracy, 0..1, of the network with these layers fake-quantized; all null: the float network.
  std::function<double(const PartialPlan&)> metric;
  /// How far the network's outputs are from float, e.g. mean KL divergence; 0 when equal. When
  /// empty, the lost metric serves.
  std::function<double(const PartialPlan&)> divergence;
  /// Calibration data of layer `index` with the layers of the plan quantized in front of it, target
  /// set to the float outputs. Empty: every layer is tuned on the float network. The memory behind
  /// the spans must live until the next call.
  std::function<LayerData(std::size_t index, const PartialPlan&)> capture;
  /// Called after each piece of work; may be empty.
  std::function<void(std::size_t done, std::size_t total, const std::string& layer)> progress;
};

struct NetworkSearchOptions {
  SearchMethod method = SearchMethod::kOutput;
  LayerSearchOptions layer;
  double max_loss_points = 1.0;  // percentage points of the metric
  int bits = 0;                  // n of every layer, 2..7; 0: found per layer
  int min_bits = 2;              // the paper: 3
  int max_bits = 7;
  int threads = 1;         // for the searches of layers
  bool sequential = true;  // tune once more on the quantized prefix, if hooks.capture is there
  // kPaper
  bool clamp_threshold_factor = true;  // factor of Eq. 7 at least 1; false: as printed
  double first_layer_factor = 0.1;     // of the first layer's Thr_w
};

struct NetworkSearchResult {
  std::vector<LayerParams> layers;
  double float_metric = 0;   // on the validation data
  double metric = 0;         // of `layers`, there
  double loss_points = 0;    // 100 * (float_metric - metric)
  double average_bits = 0;   // plain mean of n
  double threshold_w = 0;    // kPaper: the Thr_w reached, 0.01 = 1 %
  bool within_bound = true;  // loss_points <= max_loss_points
  std::string stop_reason;
  std::string limiting_layer;  // would break the bound next; empty when none would
  int evaluations = 0;         // of the network
};

/// Parameters of all layers. `layers` are the calibration data on the float network.
///   bits given: every layer at that n.
///   kPaper: Thr_w from 1 % in steps of 1 %; each layer takes the smallest n whose RMAEs are within
///     Thr_w (first layer: first_layer_factor of it) and Thr_act = Thr_w * ln(mean|A| / mean|W|)
///     (Eq. 7, means over all values); the last step within the bound is kept.
///   kOutput: the smallest n within the bound in all layers; if that is not min_bits, then from two
///     bits above it (at most max_bits) the layer whose next bit costs the least divergence (each
///     measured alone) gives it up, as long as the metric stays within the bound.
/// Throws Error when options are out of range, no layers are given or a layer cannot be quantized.
NetworkSearchResult search_network(const std::vector<LayerData>& layers, const NetworkHooks& hooks,
                                   const NetworkSearchOptions& options);

}  // namespace tally
