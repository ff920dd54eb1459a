// SPDX-License-Identifier: Apache-2.0
#include "golden/model/metric.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

namespace {

constexpr std::pair<Metric, const char*> kNames[] = {{Metric::kTop1, "top-1"},
                                                     {Metric::kPerplexity, "perplexity"},
                                                     {Metric::kEmbedding, "embedding"}};

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<double> log_probabilities(std::span<const float> values, bool logits) {
  std::vector<double> logs(values.size());
  if (!logits) {
    for (size_t i = 0; i < values.size(); ++i) {
      logs[i] = std::log(std::max(static_cast<double>(values[i]), 1e-12));
    }
    return logs;
  }
  const double top = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (const float value : values) sum += std::exp(static_cast<double>(value) - top);
  for (size_t i = 0; i < values.size(); ++i) {
    logs[i] = static_cast<double>(values[i]) - top - std::log(sum);
  }
  return logs;
}

// Rows of length 1.
Rows unit_rows(std::span<const float> values, size_t width) {
  using Stored = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto columns = static_cast<Eigen::Index>(width);
  const auto rows = static_cast<Eigen::Index>(values.size()) / columns;
  Rows result = Eigen::Map<const Stored>(values.data(), rows, columns).cast<double>();
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double length = result.row(i).norm();
    if (!(length > 0)) throw Error(fmt::format("the embedding of sample {} is zero", i));
    result.row(i) /= length;
  }
  return result;
}

// For every row the other row of largest cosine (the first, if several).
std::vector<Eigen::Index> nearest_other(const Rows& unit) {
  std::vector<Eigen::Index> nearest;
  for (Eigen::Index i = 0; i < unit.rows(); ++i) {
    Eigen::VectorXd cosine = unit * unit.row(i).transpose();
    cosine[i] = -2;  // below any cosine
    Eigen::Index best = 0;
    cosine.maxCoeff(&best);
    nearest.push_back(best);
  }
  return nearest;
}

void score_embedding(std::span<const float> outputs, size_t width, std::span<const float> reference,
                     Score& score) {
  const Rows mine = unit_rows(outputs, width);
  score.count = static_cast<size_t>(mine.rows());
  score.value = 1;
  if (reference.empty()) return;
  const Rows exact = unit_rows(reference, width);
  score.value = (mine.array() * exact.array()).sum() / static_cast<double>(mine.rows());
  score.divergence = 1 - score.value;
  if (mine.rows() < 2) return;
  const auto a = nearest_other(exact);
  const auto b = nearest_other(mine);
  size_t same = 0;
  for (size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  score.agreement = static_cast<double>(same) / static_cast<double>(a.size());
}

}  // namespace

const char* to_string(Metric metric) {
  for (const auto& [kind, name] : kNames) {
    if (kind == metric) return name;
  }
  return "";
}

Metric metric_of(const std::string& name) {
  for (const auto& [kind, known] : kNames) {
    if (name == known) return kind;
  }
  throw Error(fmt::format("metric '{}' is unknown; known: top-1, perplexity, embedding", name));
}

Score score(Metric metric, std::span<const float> outputs, size_t width,
            std::span<const std::int64_t> labels, std::span<const float> reference) {
  assert(width > 0 && !outputs.empty() && outputs.size() % width == 0);
  assert(reference.empty() || reference.size() == outputs.size());
  Score result;
  result.metric = metric;
  if (metric == Metric::kEmbedding) {
    score_embedding(outputs, width, reference, result);
    return result;
  }
  result.count = outputs.size() / width;
  assert(labels.size() == result.count);
  const bool logits = !are_probabilities(outputs, width);
  double surprise = 0;
  for (size_t i = 0; i < result.count; ++i) {
    const auto row = outputs.subspan(i * width, width);
    const auto label = static_cast<size_t>(labels[i]);
    result.correct += argmax(row) == label;
    if (metric == Metric::kPerplexity) surprise -= log_probabilities(row, logits)[label];
  }
  const auto count = static_cast<double>(result.count);
  result.value = metric == Metric::kPerplexity ? std::exp(surprise / count)
                                               : static_cast<double>(result.correct) / count;
  if (!reference.empty()) {
    result.agreement = agreement(reference, outputs, width);
    result.divergence = mean_kl(reference, outputs, width, logits);
  }
  return result;
}

double loss_points(Metric metric, double reference, double value) {
  if (metric == Metric::kPerplexity) return 100 * (value / reference - 1);
  return 100 * (reference - value);
}

std::string value_text(Metric metric, double value) {
  return metric == Metric::kTop1 ? fmt::format("{:.2f} %", 100 * value)
                                 : fmt::format("{:.4f}", value);
}

size_t argmax(std::span<const float> values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

bool are_probabilities(std::span<const float> values, size_t width) {
  for (size_t i = 0; i < values.size(); i += width) {
    const auto row = values.subspan(i, width);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    const bool negative = std::any_of(row.begin(), row.end(), [](float v) { return v < 0; });
    if (negative || std::abs(sum - 1) > 1e-3) return false;
  }
  return true;
}

double agreement(std::span<const float> a, std::span<const float> b, size_t classes) {
  assert(a.size() == b.size() && classes > 0 && !a.empty() && a.size() % classes == 0);
  size_t same = 0;
  for (size_t i = 0; i < a.size(); i += classes) {
    same += argmax(a.subspan(i, classes)) == argmax(b.subspan(i, classes));
  }
  return static_cast<double>(same) / static_cast<double>(a.size() / classes);
}

double mean_kl(std::span<const float> reference, std::span<const float> other, size_t classes,
               bool logits) {
  assert(reference.size() == other.size() && classes > 0 && !reference.empty() &&
         reference.size() % classes == 0);
  double sum = 0;
  for (size_t i = 0; i < reference.size(); i += classes) {
    const auto p = log_probabilities(reference.subspan(i, classes), logits);
    const auto q = log_probabilities(other.subspan(i, classes), logits);
    for (size_t c = 0; c < classes; ++c) sum += std::exp(p[c]) * (p[c] - q[c]);
  }
  return sum / static_cast<double>(reference.size() / classes);
}

}  // namespace tally
