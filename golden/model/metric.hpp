// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tally {

/// What a network's outputs are judged by.
enum class Metric {
  kTop1,        ///< fraction of samples whose largest output is at the label
  kPerplexity,  ///< exp of the mean -log probability of the labels
  kEmbedding,   ///< mean cosine between an output and that of the float network
};

/// "top-1", "perplexity", "embedding"
const char* to_string(Metric metric);
/// The reverse. Error naming the known ones.
Metric metric_of(const std::string& name);

/// The value of a metric, what is behind it, and how far the outputs are from the float network's.
/// Without a reference the outputs are compared with themselves.
struct Score {
  Metric metric = Metric::kTop1;
  /// Top-1: 0..1; perplexity: from 1 on, less is better; embedding: mean cosine, -1..1.
  double value = 0;
  size_t count = 0;    ///< labels (top-1, perplexity) or vectors (embedding)
  size_t correct = 0;  ///< labels at the largest output; 0 for embeddings
  /// Share of equal largest outputs; embedding: share of vectors whose nearest other vector, by
  /// cosine, is the same one as in the float network (retrieval agreement).
  double agreement = 1;
  /// Mean KL(float || this) in nats over the rows; embedding: mean of 1 - cosine.
  double divergence = 0;
};

/// Scores `outputs`, rows of `width` values: class scores of one label each, or embeddings. Rows
/// that are all probabilities already (none negative, sum 1) are taken as such, else softmax makes
/// them. `labels` has one a row (none for embeddings), each below `width`; `reference` the float
/// network's outputs of the same rows, or nothing. Error: an embedding of length 0.
Score score(Metric metric, std::span<const float> outputs, size_t width,
            std::span<const std::int64_t> labels, std::span<const float> reference);

/// What a value lost against the float network's in points, 0 when equal, negative when better:
/// top-1: percentage points; perplexity: percent that it rose; embedding: 100 * (1 - cosine).
double loss_points(Metric metric, double reference, double value);
inline double loss_points(const Score& reference, const Score& score) {
  return loss_points(score.metric, reference.value, score.value);
}

/// For text: "98.32 %" for top-1, else the number.
std::string value_text(Metric metric, double value);
inline std::string value_text(const Score& score) { return value_text(score.metric, score.value); }

/// Index of the largest value; the first, if several.
size_t argmax(std::span<const float> values);

/// Whether every row of `width` values is a distribution: none negative, sum 1 within 1e-3.
bool are_probabilities(std::span<const float> values, size_t width);

/// Fraction of samples where both predict the same class. Both [samples][classes].
double agreement(std::span<const float> a, std::span<const float> b, size_t classes);

/// Mean over samples of KL(p || q) in nats, p and q the class distributions of `reference` and
/// `other`, [samples][classes]. With `logits`, softmax makes them; otherwise they are probabilities
/// already, and those of `other` below 1e-12 count as that. 0 if equal.
double mean_kl(std::span<const float> reference, std::span<const float> other, size_t classes,
               bool logits = true);

}  // namespace tally
