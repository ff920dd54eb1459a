// SPDX-License-Identifier: Apache-2.0
#include "golden/model/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

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
  std::vector<float> input(session.batch() * session.input_elements());
  if (progress) progress(0, total);
  for (size_t done = 0; done < total;) {
    const size_t now = std::min(session.batch(), total - done);
    dataset.fill(first + done, now, session.inputs(), input.data());
    body(session.run(input.data(), now, first + done), done, now);
    done += now;
    if (progress) progress(done, total);
  }
}

// Labels of the samples that are run, one a row of `classes` outputs; none for embeddings.
std::span<const std::int64_t> labels_for(const Dataset& dataset, Metric metric, size_t first,
                                         EvalResult& result) {
  if (metric == Metric::kEmbedding) return {};
  const size_t each = std::max<size_t>(dataset.labels_per_sample(), 1);
  if (result.classes % each != 0) {
    throw Error(fmt::format("{}: {} labels a sample, but the model has {} outputs a sample",
                            dataset.path(), each, result.classes));
  }
  result.classes /= each;
  const auto& labels = dataset.labels(result.classes);
  if (result.classes < 2) {
    throw Error(fmt::format("{}: the model has {} output a label; {} needs classes", dataset.path(),
                            result.classes, to_string(metric)));
  }
  return std::span(labels).subspan(first * each, result.samples * each);
}

}  // namespace

Metric default_metric(const Dataset& dataset) {
  return dataset.labels_per_sample() > 1 ? Metric::kPerplexity : Metric::kTop1;
}

EvalResult evaluate(Session& session, const Dataset& dataset, const EvalOptions& options) {
  EvalResult result;
  result.samples = count_samples(dataset, options.first, options.limit);
  result.classes = session.output_elements();
  const Metric metric = options.metric.value_or(default_metric(dataset));
  std::span<const std::int64_t> labels;
  if (options.needs_labels) labels = labels_for(dataset, metric, options.first, result);
  for_each_batch(session, dataset, options.first, result.samples, options.progress,
                 [&](const std::vector<float>& outputs, size_t, size_t) {
                   result.outputs.insert(result.outputs.end(), outputs.begin(), outputs.end());
                 });
  const std::span<const float> outputs(result.outputs);
  for (size_t at = 0; at < outputs.size(); at += result.classes) {
    result.predicted.push_back(
        static_cast<std::uint32_t>(argmax(outputs.subspan(at, result.classes))));
  }
  if (options.needs_labels) {
    std::span<const float> reference;
    if (options.reference != nullptr) reference = *options.reference;
    result.score = score(metric, outputs, result.classes, labels, reference);
    result.correct = result.score.correct;
    if (result.score.count > 0) {
      result.accuracy =
          static_cast<double>(result.correct) / static_cast<double>(result.score.count);
    }
  }
  if (!options.keep_outputs) result.outputs = {};
  return result;
}

void feed(Session& session, const Dataset& dataset, size_t first, size_t limit,
          const Progress& progress) {
  for_each_batch(session, dataset, first, count_samples(dataset, first, limit), progress,
                 [](const std::vector<float>&, size_t, size_t) {});
}

}  // namespace tally
