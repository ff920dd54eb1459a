// SPDX-License-Identifier: Apache-2.0
// The paper's choice of widths: one threshold for the errors of all weights, stepped up until the
// network loses too much.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "golden/search/network_trial.hpp"

namespace tally {

namespace {

std::vector<LayerParams> params_of(LayerTable& table, const std::vector<int>& bits) {
  std::vector<LayerParams> params;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    params.push_back(table.at(i, {kExponential, bits[i]}));
  }
  return params;
}

std::vector<int> widths_within(SearchContext& context, double threshold) {
  const NetworkSearchOptions& options = context.options();
  LayerTable& table = context.table();
  std::vector<int> bits;
  for (std::size_t i = 0; i < table.layers(); ++i) {
    const double limit_w = threshold * (i == 0 ? options.first_layer_factor : 1.0);
    const double limit_a =
        limit_w * threshold_factor(table.log_mean_ratio(i), options.clamp_threshold_factor);
    int n = options.min_bits;
    for (; n < options.max_bits; ++n) {
      const LayerParams& p = table.at(i, {kExponential, n});
      if (p.rmae_w <= limit_w && p.rmae_a <= limit_a) break;
    }
    bits.push_back(n);
  }
  return bits;
}

}  // namespace

double threshold_factor(double log_mean_ratio, bool clamp) {
  return clamp ? std::max(1.0, log_mean_ratio) : log_mean_ratio;
}

Allocation allocate_by_thresholds(SearchContext& context) {
  const NetworkSearchOptions& options = context.options();
  LayerTable& table = context.table();
  table.fill(candidates_between(options.min_bits, options.max_bits, {kExponential}));
  Allocation best;
  std::map<std::vector<int>, MeasuredPlan> known;  // many steps leave all widths as they are
  // At 100 % every reachable threshold is met (the first layer's at 1000 %), unless Eq. 7 is
  // negative as printed.
  for (int percent = 1; percent <= 1000; ++percent) {
    const double threshold = percent / 100.0;
    const auto bits = widths_within(context, threshold);
    if (known.count(bits) == 0) {
      known[bits] =
          context.trial(params_of(table, bits), fmt::format("Thr_w = {} %", percent), threshold);
    }
    const MeasuredPlan& plan = known[bits];
    const bool narrowest =
        std::all_of(bits.begin(), bits.end(), [&](int n) { return n == options.min_bits; });
    if (!best.stop_reason.empty()) {  // only the curve is still wanted
      if (narrowest) break;
      continue;
    }
    if (!context.within_bound(plan)) {
      best.stop_reason = fmt::format("Thr_w = {} % loses {:.2f} points, more than {}", percent,
                                     plan.trial.loss_points, options.max_loss_points);
      // If not even the first step is within the bound: give it, say so.
      if (best.plan.layers.empty()) best.plan = plan;
      for (std::size_t i = 0; i < bits.size() && best.limiting_layer.empty(); ++i) {
        if (bits[i] < best.plan.layers[i].n) best.limiting_layer = table.name(i);
      }
      if (!options.whole_curve || narrowest) return best;
      continue;
    }
    best.plan = plan;
    best.plan.trial.threshold_w = threshold;
    if (narrowest) break;
  }
  if (best.stop_reason.empty()) {
    best.stop_reason = "every layer is as narrow as its thresholds can make it";
  }
  return best;
}

}  // namespace tally
