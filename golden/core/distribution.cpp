// SPDX-License-Identifier: Apache-2.0
#include "golden/core/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace tally {

double exponential_rss(const SortedMagnitudes& values, RssUnit unit) {
  if (values.count() == 0) return 0;
  constexpr int kBins = 100;
  const double mean = values.sum() / static_cast<double>(values.count());
  const double scale = unit == RssUnit::kMean ? mean : 1.0;
  const double rate = scale / mean;
  const double width = values.max() / scale / kBins;
  const auto sorted = values.sorted();
  double rss = 0;
  std::size_t begin = 0;
  for (int bin = 0; bin < kBins; ++bin) {
    const double edge = values.max() * (bin + 1) / kBins;
    const auto end =
        bin + 1 == kBins
            ? sorted.size()
            : static_cast<std::size_t>(
                  std::upper_bound(sorted.begin() + static_cast<long>(begin), sorted.end(), edge) -
                  sorted.begin());
    const double density =
        static_cast<double>(end - begin) / (static_cast<double>(values.count()) * width);
    const double fit = rate * std::exp(-rate * (bin + 0.5) * width);
    rss += (density - fit) * (density - fit);
    begin = end;
  }
  return rss;
}

}  // namespace tally
