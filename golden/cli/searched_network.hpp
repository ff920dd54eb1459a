// SPDX-License-Identifier: Apache-2.0
// The network that a search works on: OpenVINO behind the hooks of golden/search.
#pragma once

#include <string>
#include <vector>

#include "golden/cli/commands.hpp"
#include "golden/model/calibration.hpp"
#include "golden/model/dataset.hpp"
#include "golden/model/evaluate.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/product_plan.hpp"
#include "golden/search/network_search.hpp"

namespace tally {

/// The calibration data: samples from the front tune, samples from the end choose. The two share
/// samples only where there are too few to do without.
struct CalibrationSplit {
  std::size_t tuning = 0;
  std::size_t validation = 0;
  std::size_t first_validation = 0;
  bool shared = false;       // both are all of the data
  std::size_t left_out = 0;  // of the tuning samples, for want of memory
};

/// At most options.calibration_samples that tune and options.validation_samples that choose. From
/// 256 samples on those are others, and by default at most half tune; of fewer, all may do both. No
/// more tune (but 16) than options.memory (10^9 bytes) of activations allow: a pass over the
/// network holds all of them at one layer. Error naming the data: fewer than 16 samples, an option
/// below 16, or one that was asked for and is more than there are or leaves fewer than 16 to choose
/// on.
CalibrationSplit split_calibration(const ModelRunner& runner, const Dataset& data,
                                   const SearchOptions& options);

/// One line for the user: what tunes, what chooses, and whether labels judge.
std::string calibration_text(const Dataset& data, const CalibrationSplit& parts);

/// How a quantized network compares with the float one on some samples.
struct Comparison {
  std::size_t samples = 0;
  double float_metric = 0;
  double metric = 0;
  double agreement = 0;   // share of samples of which both say the same class
  double divergence = 0;  // mean KL divergence from float, nats
};

class SearchedNetwork {
 public:
  /// Runs the float network over both parts. All arguments must outlive the object; `store` may be
  /// null. Every plan is tuned and measured with `products`, those of the network in its order
  /// (none: they stay in float); the float network that it is compared with has none.
  SearchedNetwork(const ModelRunner& runner, const Dataset& data, const CalibrationSplit& parts,
                  int threads, ResultStore* store, std::vector<ProductPlan> products = {});

  /// The hooks; they refer to this object.
  NetworkHooks hooks();

  /// The network with these layers and the products quantized.
  Substitution substitution(const PartialPlan& plan) const;
  Substitution substitution(const std::vector<LayerParams>& layers) const;

  /// Of every layer: what calibration saw in float, without rows.
  const std::vector<LayerActivations>& activations() const { return activations_; }

 private:
  Measurement measure(const PartialPlan& plan, int session_threads) const;
  std::vector<Measurement> measure_all(const std::vector<PartialPlan>& plans,
                                       const std::function<void(std::size_t)>& done) const;
  void pass(const LayerTuner& tuner) const;
  CalibrationOptions calibration_options() const;

  const ModelRunner& runner_;
  const Dataset& data_;
  CalibrationSplit parts_;
  int threads_;
  ResultStore* store_;
  std::vector<ProductPlan> products_;
  std::vector<LayerActivations> activations_;
  std::vector<std::vector<float>> targets_;  // [layer] float outputs of the rows
  EvalResult float_;
};

/// Compares over all of `data` (the float network's outputs come from `exact`).
Comparison compare_on(const ModelRunner& runner, const Dataset& data, const EvalResult& exact,
                      const Substitution& substitution, const std::string& label);

/// What the metric of `exact` says of the network over all of `data`.
double metric_on(const ModelRunner& runner, const Dataset& data, const EvalResult& exact,
                 const Substitution& substitution, const std::string& label);

/// The float network over the first `limit` samples of `data` (0: all), outputs kept.
EvalResult exact_on(const ModelRunner& runner, const Dataset& data, std::size_t limit = 0);

}  // namespace tally
