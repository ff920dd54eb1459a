// SPDX-License-Identifier: Apache-2.0
// All (layer, n) results of a network search; not for callers outside golden/search.
#pragma once

#include <vector>

#include "golden/search/network_search.hpp"

namespace tally {

class LayerTable {
 public:
  /// `layers` and `options` must outlive the table.
  LayerTable(const std::vector<LayerData>& layers, const NetworkSearchOptions& options,
             std::function<void(std::size_t, std::size_t, const std::string&)> progress);

  /// Searches every layer at n = low..high, on options.threads threads; the result does not depend
  /// on their number. The first error thrown by a search comes out, after all threads have ended.
  void fill(int low, int high);

  /// A result of fill.
  const LayerParams& at(std::size_t layer, int n) const;
  std::size_t layers() const { return layers_.size(); }

 private:
  const std::vector<LayerData>& layers_;
  const NetworkSearchOptions& options_;
  std::function<void(std::size_t, std::size_t, const std::string&)> progress_;
  std::vector<std::vector<LayerParams>> found_;  // [layer][n]
};

}  // namespace tally
