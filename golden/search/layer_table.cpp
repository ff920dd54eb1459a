// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_table.hpp"

#include <cassert>
#include <cmath>
#include <mutex>

#include "golden/search/cached_search.hpp"
#include "golden/search/parallel.hpp"
#include "golden/search/weighted_sample.hpp"

namespace tally {

namespace {

double mean_magnitude(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += std::fabs(x);
  return sum / static_cast<double>(values.size());
}

// Widths and systems are compared on few rows: their errors differ by more than the rows do. The
// plan itself is tuned on all.
constexpr std::size_t kComparedRows = 512;

struct FewRows {
  std::vector<float> rows, target;
};

LayerData thinned(const LayerData& layer, FewRows& few) {
  LayerData thin = layer;
  if (layer.row_count <= kComparedRows) return thin;
  const std::size_t width = layer.groups * layer.inputs;
  for (const std::size_t r : one_of_each_part(layer.row_count, kComparedRows)) {
    const auto row = layer.rows.subspan(r * width, width);
    few.rows.insert(few.rows.end(), row.begin(), row.end());
    if (layer.target.empty()) continue;
    const auto target = layer.target.subspan(r * layer.outputs, layer.outputs);
    few.target.insert(few.target.end(), target.begin(), target.end());
  }
  thin.rows = few.rows;
  thin.target = few.target;
  thin.row_count = kComparedRows;
  return thin;
}

}  // namespace

std::vector<LayerParams> search_candidates(const LayerSearch& search, const LayerData& layer,
                                           const std::vector<Candidate>& candidates, int threads,
                                           WorkCounter& work) {
  std::vector<LayerParams> found(candidates.size());
  std::mutex mutex;  // for work
  // Wide candidates take longest: first.
  parallel_for(candidates.size(), threads, [&](std::size_t i) {
    const std::size_t c = candidates.size() - 1 - i;
    found[c] = search.search(layer, candidates[c]);
    const std::lock_guard lock(mutex);
    work.done(layer.name);
  });
  return found;
}

LayerTable::LayerTable(std::size_t layers, const NetworkHooks& hooks,
                       const NetworkSearchOptions& options, WorkCounter& work)
    : hooks_(hooks),
      options_(options),
      work_(work),
      found_(layers),
      names_(layers),
      log_mean_ratio_(layers) {}

void LayerTable::fill(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> missing;
  for (const Candidate& c : candidates) {
    if (found_.front().count(c) == 0) missing.push_back(c);
  }
  if (missing.empty()) return;
  const auto search = make_cached_search(options_.method, options_.layer, options_.store);
  work_.expect(missing.size() * layers());
  hooks_.pass([&](std::size_t i, const LayerData& data) -> const LayerParams* {
    names_[i] = data.name;
    log_mean_ratio_[i] = std::log(mean_magnitude(data.values.empty() ? data.rows : data.values) /
                                  mean_magnitude(data.weights));
    FewRows few;
    const LayerData layer = options_.method == SearchMethod::kOutput ? thinned(data, few) : data;
    auto found = search_candidates(*search, layer, missing, options_.threads, work_);
    for (std::size_t c = 0; c < missing.size(); ++c) found_[i][missing[c]] = std::move(found[c]);
    return nullptr;
  });
}

const LayerParams& LayerTable::at(std::size_t layer, const Candidate& candidate) const {
  return found_[layer].at(candidate);
}

}  // namespace tally
