// SPDX-License-Identifier: Apache-2.0
// How widths are chosen; not for callers outside golden/search.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "golden/search/layer_table.hpp"

namespace tally {

/// Measures the network with layer i at bits[i], 0 for float. Metrics are remembered.
class NetworkTrial {
 public:
  NetworkTrial(const NetworkHooks& hooks, LayerTable& table);
  double float_metric() const { return float_metric_; }
  double metric(const std::vector<int>& bits);
  double divergence(const std::vector<int>& bits);
  double loss_points(const std::vector<int>& bits) { return 100 * (float_metric_ - metric(bits)); }
  int evaluations() const { return evaluations_; }

 private:
  PartialPlan plan(const std::vector<int>& bits);

  const NetworkHooks& hooks_;
  LayerTable& table_;
  double float_metric_;
  std::map<std::vector<int>, double> metrics_;
  int evaluations_ = 1;
};

struct Allocation {
  std::vector<int> bits;
  double threshold_w = 0;
  std::string stop_reason;
  std::string limiting_layer;
};

/// The paper's iteration over Thr_w (section III-B, step 4). Fills the table with all widths.
Allocation allocate_by_thresholds(const std::vector<LayerData>& layers, LayerTable& table,
                                  NetworkTrial& trial, const NetworkSearchOptions& options);

/// Greedy: the cheapest bit goes first. Fills the table with the widths it comes to.
Allocation allocate_by_divergence(const std::vector<LayerData>& layers, LayerTable& table,
                                  NetworkTrial& trial, const NetworkSearchOptions& options);

/// Thr_act / Thr_w of a layer: ln(mean|A| / mean|W|) (Eq. 7), at least 1 when `clamp`: as printed
/// it can be negative, which no error meets.
double threshold_factor(const LayerData& layer, bool clamp);

}  // namespace tally
