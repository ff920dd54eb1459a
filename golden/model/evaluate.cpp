// SPDX-License-Identifier: Apache-2.0
#include "golden/model/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "golden/core/error.hpp"

namespace tally {

namespace {

size_t count_samples(const Dataset& dataset, size_t first, size_t limit) {
  if (first >= dataset.size()) {
    throw Error(fmt::format("{}: sample {} asked for, there are {}", dataset.path(), first,
                            dataset.size()));
  }
  const size_t rest = dataset.size() - first;
  return limit == 0 ? rest : std::min(limit, rest);
}

// Calls body(outputs of one batch, position, samples).
template <typename Body>
void for_each_batch(Session& session, const Dataset& dataset, size_t first, size_t total,
                    const Progress& progress, Body&& body) {
  const auto& shape = session.sample_shape();
  const size_t elements =
      std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
  std::vector<float> input(session.batch() * elements);
  if (progress) progress(0, total);
  for (size_t done = 0; done < total;) {
    const size_t now = std::min(session.batch(), total - done);
    dataset.fill(first + done, now, shape, input.data());
    body(session.run(input.data(), now, first + done), done, now);
    done += now;
    if (progress) progress(done, total);
  }
}

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

}  // namespace

EvalResult evaluate(Session& session, const Dataset& dataset, const EvalOptions& options) {
  EvalResult result;
  result.samples = count_samples(dataset, options.first, options.limit);
  result.classes = session.output_elements();
  const std::vector<std::int64_t>* labels = nullptr;
  if (options.needs_labels) {
    labels = &dataset.labels(result.classes);
    if (result.classes < 2) {
      throw Error(fmt::format("{}: the model has {} output a sample; top-1 accuracy needs classes",
                              dataset.path(), result.classes));
    }
  }
  for_each_batch(session, dataset, options.first, result.samples, options.progress,
                 [&](const std::vector<float>& outputs, size_t done, size_t now) {
                   for (size_t i = 0; i < now; ++i) {
                     const std::span one(outputs.data() + i * result.classes, result.classes);
                     result.predicted.push_back(static_cast<std::uint32_t>(argmax(one)));
                     if (labels != nullptr) {
                       const auto label = (*labels)[options.first + done + i];
                       result.correct += result.predicted.back() == label;
                     }
                   }
                   if (options.keep_outputs) {
                     result.outputs.insert(result.outputs.end(), outputs.begin(), outputs.end());
                   }
                 });
  result.accuracy = static_cast<double>(result.correct) / static_cast<double>(result.samples);
  return result;
}

void feed(Session& session, const Dataset& dataset, size_t first, size_t limit,
          const Progress& progress) {
  for_each_batch(session, dataset, first, count_samples(dataset, first, limit), progress,
                 [](const std::vector<float>&, size_t, size_t) {});
}

size_t argmax(std::span<const float> values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
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
