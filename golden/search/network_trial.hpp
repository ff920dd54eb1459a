// SPDX-License-Identifier: Apache-2.0
// Measuring plans and choosing widths; not for callers outside golden/search.
#pragma once

#include <string>
#include <vector>

#include "golden/search/layer_table.hpp"

namespace tally {

/// A network with all layers quantized, how good it is, and how it was tuned.
struct MeasuredPlan {
  std::vector<LayerParams> layers;
  Trial trial;
  std::vector<NumberSystem> systems;  // kOutput: what each layer chose from
  LayerSearchOptions tuning;

  double divergence() const { return trial.measured.divergence; }
};

/// n of each layer.
std::vector<int> widths_of(const MeasuredPlan& plan);

/// Everything that an allocation works with.
class SearchContext {
 public:
  SearchContext(std::size_t layers, const NetworkHooks& hooks, const NetworkSearchOptions& options);

  const NetworkHooks& hooks() const { return hooks_; }
  const NetworkSearchOptions& options() const { return options_; }
  LayerTable& table() { return table_; }
  WorkCounter& work() { return work_; }

  const Measurement& float_measured() const { return float_; }
  /// Measures a plan and counts it.
  Measurement measure(const PartialPlan& plan, const std::string& what);
  /// Measures one plan a layer, several at once: divergences by layer.
  std::vector<double> layer_divergences(const std::vector<PartialPlan>& plans);
  /// The same of a whole plan, kept among the trials.
  MeasuredPlan trial(std::vector<LayerParams> layers, const std::string& what,
                     double threshold_w = 0);
  /// best_of_systems(): by how much a mixed plan must be better.
  double mixed_margin() const { return hooks_.same_samples ? kNoiseOfSameSamples : 0; }
  bool within_bound(const MeasuredPlan& plan) const {
    return plan.trial.loss_points <= options_.max_loss_points;
  }
  std::vector<Trial>& trials() { return trials_; }
  int evaluations() const { return evaluations_; }

 private:
  const NetworkHooks& hooks_;
  const NetworkSearchOptions& options_;
  WorkCounter work_;
  LayerTable table_;
  Measurement float_;
  std::vector<Trial> trials_;
  int evaluations_ = 0;
};

/// What an allocation comes to.
struct Allocation {
  MeasuredPlan plan;
  std::string stop_reason;
  std::string limiting_layer;
  std::vector<double> importance;
};

/// The paper's iteration over Thr_w (section III-B, step 4). Fills the table with all widths.
Allocation allocate_by_thresholds(SearchContext& context);

/// The smallest budget of bits within the bound, or the best plan of a given one.
Allocation allocate_by_divergence(SearchContext& context);

/// Every layer with options.bits.
Allocation allocate_evenly(SearchContext& context);

/// The best plan of these widths that tuning comes to: over best_of_systems(), with gain or
/// without, and of corrected weights where they help.
MeasuredPlan best_tuned(SearchContext& context, const std::vector<int>& widths);

/// Widths n[i] in low..high with sum at most `total` and the least sum of cost[i][n[i] - low]
/// (exact; among equals the first layers get the fewest bits). cost has high - low + 1 entries a
/// layer. Precondition: total >= low * layers.
std::vector<int> least_cost_widths(const std::vector<std::vector<double>>& cost, int low,
                                   int total);

/// All layers at these widths, tuned one after the other, each on the prefix quantized so far;
/// with several systems a layer takes the one of least output error there.
std::vector<LayerParams> tune_in_sequence(SearchContext& context, const std::vector<int>& widths,
                                          const std::vector<NumberSystem>& systems,
                                          const LayerSearchOptions& layer);

/// The plan of these widths with gain or, if its divergence is lower, without (deep networks need
/// it, shallow ones may not).
MeasuredPlan best_of_gain(SearchContext& context, const std::vector<int>& widths,
                          NumberSystem system);

/// The plan of these widths in which each layer chooses from all systems, tuned as `like` was
/// (before its weights were corrected).
MeasuredPlan mixed_plan(SearchContext& context, const std::vector<int>& widths,
                        const MeasuredPlan& like);

/// The plan tuned once more on corrected_weights() if that lowers its divergence, and the options
/// allow it.
MeasuredPlan with_corrected_weights(SearchContext& context, MeasuredPlan plan);

/// The plan of least divergence of those that `alone` finds for each system and, where there are
/// several, of the one that `mixed` makes from what the best of them taught, if that lowers the
/// divergence by more than the share `margin`. So it is never worse than a system searched by
/// itself.
MeasuredPlan best_of_systems(const std::vector<NumberSystem>& systems,
                             const std::function<MeasuredPlan(NumberSystem)>& alone,
                             const std::function<MeasuredPlan(const MeasuredPlan& best)>& mixed,
                             double margin);

/// tune_in_sequence, measured.
MeasuredPlan tuned_plan(SearchContext& context, const std::vector<int>& widths,
                        const std::vector<NumberSystem>& systems, const LayerSearchOptions& layer);

/// Divergence per unit of each layer's output error, measured where it counts: with every other
/// layer as in `plan` and this one a bit narrower (wider at `low`), tuned on the same quantized
/// prefix. Where the difference drowns in the noise of the measurement it may be zero or below.
std::vector<double> importance_within(SearchContext& context, const MeasuredPlan& plan, int low);

/// Thr_act / Thr_w from ln(mean|A| / mean|W|) (Eq. 7), at least 1 when `clamp`: as printed it can
/// be negative, which no error meets.
double threshold_factor(double log_mean_ratio, bool clamp);

}  // namespace tally
