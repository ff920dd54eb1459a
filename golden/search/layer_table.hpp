// SPDX-License-Identifier: Apache-2.0
// All (layer, candidate) results on the float network; not for callers outside golden/search.
#pragma once

#include <map>
#include <vector>

#include "golden/search/network_search.hpp"

namespace tally {

/// Counts pieces of work for the user: done of what is known to come.
class WorkCounter {
 public:
  explicit WorkCounter(const NetworkHooks& hooks) : progress_(hooks.progress) {}
  void expect(std::size_t pieces) { total_ += pieces; }
  void done(const std::string& what) {
    ++done_;
    if (progress_) progress_(done_, total_, what);
  }

 private:
  std::function<void(std::size_t, std::size_t, const std::string&)> progress_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

class LayerTable {
 public:
  LayerTable(std::size_t layers, const NetworkHooks& hooks, const NetworkSearchOptions& options,
             WorkCounter& work);

  /// Searches every layer as each candidate not yet there, in one pass over the float network, on
  /// options.threads threads; the result does not depend on their number.
  void fill(const std::vector<Candidate>& candidates);

  /// A result of fill.
  const LayerParams& at(std::size_t layer, const Candidate& candidate) const;
  std::size_t layers() const { return found_.size(); }
  const std::string& name(std::size_t layer) const { return names_[layer]; }
  /// ln(mean|A| / mean|W|) of Eq. 7, over all values.
  double log_mean_ratio(std::size_t layer) const { return log_mean_ratio_[layer]; }

 private:
  const NetworkHooks& hooks_;
  const NetworkSearchOptions& options_;
  WorkCounter& work_;
  std::vector<std::map<Candidate, LayerParams>> found_;
  std::vector<std::string> names_;
  std::vector<double> log_mean_ratio_;
};

/// Searches one layer as each of the candidates, in parallel, in their order.
std::vector<LayerParams> search_candidates(const LayerSearch& search, const LayerData& layer,
                                           const std::vector<Candidate>& candidates, int threads,
                                           WorkCounter& work);

}  // namespace tally
