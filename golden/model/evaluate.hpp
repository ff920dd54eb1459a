// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "golden/model/dataset.hpp"
#include "golden/model/metric.hpp"
#include "golden/model/model_runner.hpp"

namespace tally {

/// Called after every batch, and once with done = 0 before the first.
using Progress = std::function<void(size_t done, size_t total)>;

struct EvalOptions {
  size_t first = 0;           ///< first sample
  size_t limit = 0;           ///< samples at most; 0: all from `first` on
  bool needs_labels = true;   ///< false: outputs only, the score stays empty
  bool keep_outputs = false;  ///< fill EvalResult::outputs
  /// Nothing: top-1 with one label a sample, perplexity with one a position.
  std::optional<Metric> metric;
  /// The float network's outputs for the same samples, to score against; null: no comparison.
  const std::vector<float>* reference = nullptr;
  Progress progress;
};

struct EvalResult {
  size_t samples = 0;
  size_t classes = 0;   ///< values of one row: outputs of one sample, or of one position of it
  Score score;          ///< what the metric says
  size_t correct = 0;   ///< rows whose largest output is at the label
  double accuracy = 0;  ///< correct / rows, 0..1
  std::vector<std::uint32_t> predicted;  ///< index of the largest of a row (the first, if several)
  std::vector<float> outputs;            ///< [rows][classes] if kept
};

/// The metric of a dataset, as EvalOptions::metric says.
Metric default_metric(const Dataset& dataset);

/// Runs a session over a dataset and scores the outputs. Error: `first` past the end, no labels or
/// a label out of range although needed, outputs that do not divide into the labels' positions, a
/// sample that does not fit the model, what Session::run throws.
EvalResult evaluate(Session& session, const Dataset& dataset, const EvalOptions& options = {});

/// Feeds samples batch by batch and discards the outputs: for sessions whose taps collect.
void feed(Session& session, const Dataset& dataset, size_t first, size_t limit,
          const Progress& progress = {});

}  // namespace tally
