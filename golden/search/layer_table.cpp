// SPDX-License-Identifier: Apache-2.0
#include "golden/search/layer_table.hpp"

#include <atomic>
#include <cassert>
#include <exception>
#include <mutex>
#include <thread>

namespace tally {

LayerTable::LayerTable(const std::vector<LayerData>& layers, const NetworkSearchOptions& options,
                       std::function<void(std::size_t, std::size_t, const std::string&)> progress)
    : layers_(layers),
      options_(options),
      progress_(std::move(progress)),
      found_(layers.size(), std::vector<LayerParams>(kMaxBits + 1)) {}

void LayerTable::fill(int low, int high) {
  const auto search = make_layer_search(options_.method, options_.layer);
  const std::size_t widths = static_cast<std::size_t>(high - low + 1);
  const std::size_t total = layers_.size() * widths;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;  // for done, error and the progress callback
  std::size_t done = 0;
  std::exception_ptr error;
  const auto work = [&] {
    for (std::size_t unit = next++; unit < total; unit = next++) {
      const std::size_t layer = unit / widths;
      const int n = low + static_cast<int>(unit % widths);
      try {
        found_[layer][static_cast<std::size_t>(n)] = search->search(layers_[layer], n);
        const std::lock_guard lock(mutex);
        ++done;
        if (progress_) progress_(done, total, layers_[layer].name);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = total;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 1; t < options_.threads; ++t) threads.emplace_back(work);
    work();
  }
  if (error) std::rethrow_exception(error);
}

const LayerParams& LayerTable::at(std::size_t layer, int n) const {
  const auto& params = found_[layer][static_cast<std::size_t>(n)];
  assert(params.n == n);
  return params;
}

}  // namespace tally
