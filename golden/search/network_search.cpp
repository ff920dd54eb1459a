// SPDX-License-Identifier: Apache-2.0
#include "golden/search/network_search.hpp"

#include <fmt/core.h>

#include <cassert>

#include "golden/core/error.hpp"
#include "golden/search/layer_table.hpp"
#include "golden/search/network_methods.hpp"

namespace tally {

namespace {

void check_options(const std::vector<LayerData>& layers, const NetworkHooks& hooks,
                   const NetworkSearchOptions& o) {
  assert(hooks.metric);
  (void)hooks;
  if (layers.empty()) throw Error("search: the network has no layer to quantize");
  if (o.bits != 0 && (o.bits < kMinBits || o.bits > kMaxBits)) {
    throw Error(fmt::format("search: {} bits, expected {}..{}", o.bits, kMinBits, kMaxBits));
  }
  if (o.min_bits < kMinBits || o.max_bits > kMaxBits || o.min_bits > o.max_bits) {
    throw Error(fmt::format("search: bits from {} to {}, expected within {}..{}", o.min_bits,
                            o.max_bits, kMinBits, kMaxBits));
  }
  if (!(o.max_loss_points >= 0)) {
    throw Error(
        fmt::format("search: a bound of {} points of loss, expected 0 or more", o.max_loss_points));
  }
}

}  // namespace

NetworkTrial::NetworkTrial(const NetworkHooks& hooks, LayerTable& table)
    : hooks_(hooks), table_(table), float_metric_(hooks.metric(PartialPlan(table.layers()))) {}

PartialPlan NetworkTrial::plan(const std::vector<int>& bits) {
  PartialPlan plan;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    plan.push_back(bits[i] == 0 ? nullptr : &table_.at(i, bits[i]));
  }
  return plan;
}

double NetworkTrial::metric(const std::vector<int>& bits) {
  const auto known = metrics_.find(bits);
  if (known != metrics_.end()) return known->second;
  ++evaluations_;
  return metrics_[bits] = hooks_.metric(plan(bits));
}

double NetworkTrial::divergence(const std::vector<int>& bits) {
  if (!hooks_.divergence) return float_metric_ - metric(bits);
  ++evaluations_;
  return hooks_.divergence(plan(bits));
}

// Each layer once more, on rows that the quantized layers before it give; kept only when the
// network gets no worse for it.
static void tune_sequentially(const NetworkHooks& hooks, const NetworkSearchOptions& options,
                              NetworkSearchResult& result) {
  const auto search = make_layer_search(options.method, options.layer);
  auto tuned = result.layers;
  PartialPlan prefix(tuned.size(), nullptr);
  for (std::size_t i = 0; i < tuned.size(); ++i) {
    if (i > 0) tuned[i] = search->search(hooks.capture(i, prefix), tuned[i].n);
    prefix[i] = &tuned[i];
  }
  PartialPlan before;
  for (const auto& layer : result.layers) before.push_back(&layer);
  const double metric = hooks.metric(prefix);
  result.evaluations += 1;
  bool better = metric > result.metric;
  if (metric == result.metric && hooks.divergence) {
    result.evaluations += 2;
    better = hooks.divergence(prefix) < hooks.divergence(before);
  }
  if (better) {
    result.layers = std::move(tuned);
    result.metric = metric;
  }
}

NetworkSearchResult search_network(const std::vector<LayerData>& layers, const NetworkHooks& hooks,
                                   const NetworkSearchOptions& options) {
  check_options(layers, hooks, options);
  LayerTable table(layers, options, hooks.progress);
  NetworkTrial trial(hooks, table);
  Allocation allocation;
  if (options.bits != 0) {
    table.fill(options.bits, options.bits);
    allocation.bits.assign(layers.size(), options.bits);
    allocation.stop_reason = fmt::format("{} bits were asked for in every layer", options.bits);
  } else {
    allocation = options.method == SearchMethod::kPaper
                     ? allocate_by_thresholds(layers, table, trial, options)
                     : allocate_by_divergence(layers, table, trial, options);
  }

  NetworkSearchResult result;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    result.layers.push_back(table.at(i, allocation.bits[i]));
    result.average_bits += allocation.bits[i];
  }
  result.average_bits /= static_cast<double>(layers.size());
  result.float_metric = trial.float_metric();
  result.metric = trial.metric(allocation.bits);
  result.evaluations = trial.evaluations();
  if (options.sequential && hooks.capture && options.method == SearchMethod::kOutput) {
    tune_sequentially(hooks, options, result);
  }
  result.loss_points = 100 * (result.float_metric - result.metric);
  result.within_bound = result.loss_points <= options.max_loss_points;
  result.threshold_w = allocation.threshold_w;
  result.stop_reason = allocation.stop_reason;
  result.limiting_layer = allocation.limiting_layer;
  return result;
}

}  // namespace tally
