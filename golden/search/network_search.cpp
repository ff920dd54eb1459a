// SPDX-License-Identifier: Apache-2.0
#include "golden/search/network_search.hpp"

#include <fmt/core.h>

#include <cassert>

#include "golden/core/error.hpp"
#include "golden/search/network_trial.hpp"

namespace tally {

namespace {

void check_options(std::size_t layers, const NetworkHooks& hooks, const NetworkSearchOptions& o) {
  assert(hooks.measure && hooks.pass);
  (void)hooks;
  if (layers == 0) throw Error("search: the network has no layer to quantize");
  if (o.bits != 0 && (o.bits < kMinBits || o.bits > kMaxBits)) {
    throw Error(fmt::format("search: {} bits, expected {}..{}", o.bits, kMinBits, kMaxBits));
  }
  if (o.min_bits < kMinBits || o.max_bits > kMaxBits || o.min_bits > o.max_bits) {
    throw Error(fmt::format("search: bits from {} to {}, expected within {}..{}", o.min_bits,
                            o.max_bits, kMinBits, kMaxBits));
  }
  if (!(o.average_bits == 0 || (o.average_bits >= o.min_bits && o.average_bits <= o.max_bits))) {
    throw Error(fmt::format("search: an average of {} bits, expected {}..{}", o.average_bits,
                            o.min_bits, o.max_bits));
  }
  if (o.systems.empty()) throw Error("search: no number system to choose from");
  if (!(o.max_loss_points >= 0)) {
    throw Error(
        fmt::format("search: a bound of {} points of loss, expected 0 or more", o.max_loss_points));
  }
}

}  // namespace

NetworkSearchResult search_network(std::size_t layers, const NetworkHooks& hooks,
                                   const NetworkSearchOptions& options) {
  check_options(layers, hooks, options);
  SearchContext context(layers, hooks, options);
  Allocation found = options.bits != 0                        ? allocate_evenly(context)
                     : options.method == SearchMethod::kPaper ? allocate_by_thresholds(context)
                                                              : allocate_by_divergence(context);
  NetworkSearchResult result;
  result.layers = std::move(found.plan.layers);
  result.float_measured = context.float_measured();
  result.measured = found.plan.trial.measured;
  result.loss_points = found.plan.trial.loss_points;
  result.average_bits = found.plan.trial.average_bits;
  result.threshold_w = found.plan.trial.threshold_w;
  result.within_bound = result.loss_points <= options.max_loss_points;
  result.stop_reason = std::move(found.stop_reason);
  result.limiting_layer = std::move(found.limiting_layer);
  result.importance = std::move(found.importance);
  result.trials = std::move(context.trials());
  result.evaluations = context.evaluations();
  return result;
}

std::vector<LayerParams> tune_network(const std::vector<int>& widths, const NetworkHooks& hooks,
                                      const NetworkSearchOptions& options) {
  check_options(widths.size(), hooks, options);
  SearchContext context(widths.size(), hooks, options);
  return best_tuned(context, widths).layers;
}

}  // namespace tally
