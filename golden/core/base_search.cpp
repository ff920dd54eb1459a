// SPDX-License-Identifier: Apache-2.0
#include "golden/core/base_search.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/core/error.hpp"

namespace tally {

ExponentialParams initial_params(const SortedMagnitudes& group, int n, float base,
                                 AlphaRule alpha_rule) {
  ExponentialParams p{n, base, 1.0, 0.0};
  if (group.count() == 0) return p;
  const double b = base;
  const int limit = max_exponent(n);
  const double top = std::pow(b, limit);
  const double low = std::pow(b, -limit - 0.5);
  p.alpha = group.max() / top;
  // A tensor of one magnitude has no range to spread over.
  if (alpha_rule == AlphaRule::kFullScale && group.max() > group.min()) {
    p.alpha = (group.max() - group.min()) / (top - low);
  }
  p.beta = group.min() - p.alpha * low;
  return p;
}

std::vector<ExponentialParams> initial_params(Groups groups, int n, float base,
                                              AlphaRule alpha_rule) {
  std::vector<ExponentialParams> params;
  params.reserve(groups.size());
  for (const auto& group : groups) params.push_back(initial_params(group, n, base, alpha_rule));
  return params;
}

double log_rmae(Groups groups, std::span<const ExponentialParams> params) {
  double error = 0;
  double total = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].count() == 0) continue;
    if (!valid_params(params[g])) return std::numeric_limits<double>::infinity();
    error += groups[g].absolute_error(exponential_magnitudes(params[g]),
                                      rounding_points(params[g], Rounding::kLog, 0));
    total += groups[g].sum();
  }
  return total > 0 ? error / total : 0.0;
}

BaseSearchResult search_base(Groups groups, int n, const BaseSearchOptions& options) {
  double largest = 0;
  for (const auto& group : groups) {
    if (group.count() > 0) largest = std::max(largest, group.max());
  }
  if (largest == 0) throw Error("base search: all values are zero");

  int candidates = 0;
  const auto judge = [&](double base) {
    BaseSearchResult result;
    result.rmae = std::numeric_limits<double>::infinity();
    const auto rounded = static_cast<float>(base);
    if (!(rounded > 1.0F) || rounded > options.largest_base) return result;
    result.params = initial_params(groups, n, rounded, options.alpha_rule);
    result.rmae = log_rmae(groups, result.params);
    ++candidates;
    return result;
  };

  double base = std::min(std::pow(std::max(largest, 1 / largest), 1.0 / max_exponent(n)),
                         options.largest_base);
  auto best = judge(base);
  const auto up = judge(base + options.step);
  const auto down = judge(base - options.step);
  if (std::min(up.rmae, down.rmae) < best.rmae) {
    const double step = up.rmae <= down.rmae ? options.step : -options.step;
    auto next = step > 0 ? up : down;
    while (next.rmae < best.rmae) {
      best = next;
      base += step;
      next = judge(base + step);
    }
  }
  if (!std::isfinite(best.rmae)) {
    throw Error(fmt::format("base search: no usable levels around base {} for n = {}", base, n));
  }
  best.candidates = candidates;
  return best;
}

}  // namespace tally
