// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "golden/model/dataset.hpp"
#include "golden/model/model_runner.hpp"

namespace tally {

/// Called after every batch, and once with done = 0 before the first.
using Progress = std::function<void(size_t done, size_t total)>;

struct EvalOptions {
  size_t first = 0;           ///< first sample
  size_t limit = 0;           ///< samples at most; 0: all from `first` on
  bool needs_labels = true;   ///< false: outputs only, accuracy stays 0
  bool keep_outputs = false;  ///< fill EvalResult::outputs
  Progress progress;
};

struct EvalResult {
  size_t samples = 0;
  size_t classes = 0;                    ///< outputs of one sample
  size_t correct = 0;                    ///< samples whose largest output is at the label
  double accuracy = 0;                   ///< correct / samples, 0..1
  std::vector<std::uint32_t> predicted;  ///< index of the largest output (the first, if several)
  std::vector<float> outputs;            ///< [samples][classes] if kept
};

/// Top-1 accuracy of a session over a dataset. Error: `first` past the end, no labels or a label
/// out of range although needed, a sample that does not fit the model, what Session::run throws.
EvalResult evaluate(Session& session, const Dataset& dataset, const EvalOptions& options = {});

/// Feeds samples batch by batch and discards the outputs: for sessions whose taps collect.
void feed(Session& session, const Dataset& dataset, size_t first, size_t limit,
          const Progress& progress = {});

/// Index of the largest value; the first, if several.
size_t argmax(std::span<const float> values);

/// Fraction of samples where both predict the same class. Both [samples][classes].
double agreement(std::span<const float> a, std::span<const float> b, size_t classes);

/// Mean over samples of KL(p || q) in nats, p and q the class distributions of `reference` and
/// `other`, [samples][classes]. With `logits`, softmax makes them; otherwise they are probabilities
/// already, and those of `other` below 1e-12 count as that. 0 if equal.
double mean_kl(std::span<const float> reference, std::span<const float> other, size_t classes,
               bool logits = true);

}  // namespace tally
