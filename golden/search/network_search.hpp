// SPDX-License-Identifier: Apache-2.0
// Candidates of all layers under a bound on the network's loss or a budget of bits. The network
// itself stays behind callbacks, so this is pure and testable. Nothing here may be measured on the
// test set: measurements belong to held-back calibration data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "golden/search/layer_search.hpp"
#include "golden/search/result_store.hpp"

namespace tally {

/// One entry a layer, in the network's order; a null layer stays in float.
using PartialPlan = std::vector<const LayerParams*>;

/// The plan of all these layers, which must outlive it.
inline PartialPlan whole_plan(const std::vector<LayerParams>& layers) {
  PartialPlan plan;
  for (const LayerParams& layer : layers) plan.push_back(&layer);
  return plan;
}

/// A network against the float network, on validation data.
struct Measurement {
  double metric = 0;      // 0..1, larger is better
  double divergence = 0;  // mean KL divergence of the outputs from float; 0 when equal
};

/// Says how layer `index` is quantized in the rest of this pass; null: float.
using LayerTuner = std::function<const LayerParams*(std::size_t index, const LayerData& data)>;

struct NetworkHooks {
  /// Measures the network with these layers fake-quantized; all null: the float network.
  std::function<Measurement(const PartialPlan&)> measure;
  /// The same of many plans, several at a time; `done(i)` after each, one call at a time. May be
  /// empty: then they are measured one after the other.
  std::function<std::vector<Measurement>(const std::vector<PartialPlan>&,
                                         const std::function<void(std::size_t)>& done)>
      measure_all;
  /// Runs the calibration data through the network once and calls `tuner` for every layer in
  /// order: with the layer's input as the layers before it, quantized as the tuner said, make it,
  /// and with the float network's output as target. What the tuner returns must live until the
  /// pass ends; the data live until the call returns.
  std::function<void(const LayerTuner& tuner)> pass;
  /// measure() judges on the samples that pass() tunes on, for want of others.
  bool same_samples = false;
  /// Called after each piece of work; may be empty. `total` is what is known to come by then.
  std::function<void(std::size_t done, std::size_t total, const std::string& what)> progress;
};

/// A mixed plan has more to choose from, so that it fits the samples that tune it better than it
/// fits others. Where the same samples choose, its divergence must be lower by this share: twice
/// the scatter of a plan's divergence over draws of the samples (docs/search.md,
/// EfficientNet-lite0).
constexpr double kNoiseOfSameSamples = 0.25;

struct NetworkSearchOptions {
  SearchMethod method = SearchMethod::kOutput;
  LayerSearchOptions layer;
  /// kOutput: what a layer may become; both: whatever has the least error, layer by layer.
  std::vector<NumberSystem> systems{kExponential};
  bool correct_weights = true;   // kOutput: at the end, if it helps; then codes are no function of
                                 // plan and model, and must be stored
  double max_loss_points = 1.0;  // percentage points of the metric
  int bits = 0;                  // n of every layer, 2..7; 0: found per layer
  double average_bits = 0;  // kOutput: the best plan of this average n; 0: the loss bound rules
  int min_bits = 2;         // the paper: 3
  int max_bits = 7;
  int threads = 1;               // for the searches of layers; never changes the result
  ResultStore* store = nullptr;  // keeps finished units of work; null: none
  // kPaper
  bool clamp_threshold_factor = true;  // factor of Eq. 7 at least 1; false: as printed
  double first_layer_factor = 0.1;     // of the first layer's Thr_w
  bool whole_curve = false;            // go on past the bound, to all layers at min_bits (Fig. 11)
};

/// One plan that was measured on the way.
struct Trial {
  std::string what;  // "Thr_w = 4 %", "exponential, average n 3.2", ...
  std::vector<Candidate> candidates;
  double average_bits = 0;
  double threshold_w = 0;  // kPaper
  Measurement measured;
  double loss_points = 0;
};

struct NetworkSearchResult {
  std::vector<LayerParams> layers;
  Measurement float_measured;  // on the validation data
  Measurement measured;        // of `layers`, there
  double loss_points = 0;      // 100 * (float metric - metric)
  double average_bits = 0;     // plain mean of n
  double threshold_w = 0;      // kPaper: the Thr_w reached, 0.01 = 1 %
  bool within_bound = true;    // loss_points <= max_loss_points
  std::string stop_reason;
  std::string limiting_layer;      // would break the bound next; empty when none would
  std::vector<double> importance;  // kOutput: divergence per unit of a layer's output error
  std::vector<Trial> trials;
  int evaluations = 0;  // of the network
};

/// Parameters of all layers.
///   bits given: every layer at that n.
///   kPaper: Thr_w from 1 % in steps of 1 %; each layer takes the smallest n whose RMAEs are within
///     Thr_w (first layer: first_layer_factor of it) and Thr_act = Thr_w * ln(mean|A| / mean|W|)
///     (Eq. 7, means over all values); the last step within the bound is kept.
///   kOutput: every candidate of every layer is found on the float network; each layer's importance
///     g = divergence / output error is measured with that layer alone quantized; for a budget of
///     bits the sum of g * error is least (exactly); then all layers are tuned once more in
///     sequence on the quantized prefix. The budget is average_bits, or the smallest whose measured
///     loss is within the bound. Each plan is compared with itself without gain. With several
///     systems each goes this way alone; a mixed plan is made from what the best of them learned,
///     and the least divergence wins (the mixed plan's must be least by kNoiseOfSameSamples where
///     the same samples tune and choose). In the end the plan is tuned once more on corrected
///     weights (weight_correction.hpp), if that helps: of every system before they are compared,
///     or, under the bound, of the plan found without.
/// Throws Error when options are out of range, no layers are given or a layer cannot be quantized.
NetworkSearchResult search_network(std::size_t layers, const NetworkHooks& hooks,
                                   const NetworkSearchOptions& options);

/// Layers of these widths, tuned as kOutput tunes the plan that it gives; widths and bounds in
/// `options` do not count. Throws Error as search_network.
std::vector<LayerParams> tune_network(const std::vector<int>& widths, const NetworkHooks& hooks,
                                      const NetworkSearchOptions& options);

}  // namespace tally
