// SPDX-License-Identifier: Apache-2.0
#include "golden/search/network_methods.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace tally {

namespace {

double mean_magnitude(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += std::fabs(x);
  return sum / static_cast<double>(values.size());
}

}  // namespace

double threshold_factor(const LayerData& layer, bool clamp) {
  const double factor = std::log(mean_magnitude(layer.values.empty() ? layer.rows : layer.values) /
                                 mean_magnitude(layer.weights));
  return clamp ? std::max(1.0, factor) : factor;
}

Allocation allocate_by_thresholds(const std::vector<LayerData>& layers, LayerTable& table,
                                  NetworkTrial& trial, const NetworkSearchOptions& options) {
  table.fill(options.min_bits, options.max_bits);
  std::vector<double> factors;
  for (const auto& layer : layers) {
    factors.push_back(threshold_factor(layer, options.clamp_threshold_factor));
  }
  const auto choose = [&](double threshold) {
    std::vector<int> bits;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const double limit_w = threshold * (i == 0 ? options.first_layer_factor : 1.0);
      int n = options.min_bits;
      while (n < options.max_bits &&
             (table.at(i, n).rmae_w > limit_w || table.at(i, n).rmae_a > limit_w * factors[i])) {
        ++n;
      }
      bits.push_back(n);
    }
    return bits;
  };

  Allocation best;
  // At 100 % every reachable threshold is met, unless Eq. 7 is negative as printed.
  for (int percent = 1; percent <= 1000; ++percent) {
    const double threshold = percent / 100.0;
    const auto bits = choose(threshold);
    if (trial.loss_points(bits) > options.max_loss_points) {
      best.stop_reason = fmt::format("Thr_w = {} % loses {:.2f} points, more than {}", percent,
                                     trial.loss_points(bits), options.max_loss_points);
      if (best.bits.empty()) {  // not even the first step is within the bound: give it, say so
        best.bits = bits;
        best.threshold_w = threshold;
      }
      for (std::size_t i = 0; i < layers.size() && best.limiting_layer.empty(); ++i) {
        if (bits[i] < best.bits[i]) best.limiting_layer = layers[i].name;
      }
      return best;
    }
    best.bits = bits;
    best.threshold_w = threshold;
    if (std::all_of(bits.begin(), bits.end(), [&](int n) { return n == options.min_bits; })) break;
  }
  best.stop_reason = "every layer is as narrow as its thresholds can make it";
  return best;
}

Allocation allocate_by_divergence(const std::vector<LayerData>& layers, LayerTable& table,
                                  NetworkTrial& trial, const NetworkSearchOptions& options) {
  Allocation result;
  int even = options.min_bits;  // smallest width that will do in every layer
  for (;; ++even) {
    table.fill(even, even);
    result.bits.assign(layers.size(), even);
    if (trial.loss_points(result.bits) <= options.max_loss_points) break;
    if (even == options.max_bits) {
      result.stop_reason =
          fmt::format("{} bits in every layer lose {:.2f} points, more than {}", even,
                      trial.loss_points(result.bits), options.max_loss_points);
      return result;
    }
  }
  if (even == options.min_bits) {
    result.stop_reason = fmt::format("every layer has {} bits", even);
    return result;
  }
  const int top = std::min(options.max_bits, even + 2);
  if (top > even) table.fill(even + 1, top);
  // alone[i][n]: what layer i at n bits does to the network, all others in float.
  std::vector<std::vector<double>> alone(layers.size(), std::vector<double>(kMaxBits + 1, 0.0));
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for (int n = options.min_bits; n <= top; ++n) {
      std::vector<int> bits(layers.size(), 0);
      bits[i] = n;
      alone[i][static_cast<std::size_t>(n)] = trial.divergence(bits);
    }
  }
  result.bits.assign(layers.size(), top);
  // An accuracy of few samples may be worse with more bits; the even width is known to be good.
  if (trial.loss_points(result.bits) > options.max_loss_points) {
    result.bits.assign(layers.size(), even);
  }
  std::vector<bool> fixed(layers.size(), false);
  while (true) {
    std::size_t cheapest = layers.size();
    double least = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (fixed[i] || result.bits[i] == options.min_bits) continue;
      const auto n = static_cast<std::size_t>(result.bits[i]);
      const double cost = alone[i][n - 1] - alone[i][n];
      if (cheapest == layers.size() || cost < least) {
        cheapest = i;
        least = cost;
      }
    }
    if (cheapest == layers.size()) break;
    auto narrower = result.bits;
    --narrower[cheapest];
    if (trial.loss_points(narrower) <= options.max_loss_points) {
      result.bits = narrower;
    } else {
      fixed[cheapest] = true;
      if (result.limiting_layer.empty()) result.limiting_layer = layers[cheapest].name;
    }
  }
  result.stop_reason =
      fmt::format("one bit less in any layer above {} bits loses more than {} points",
                  options.min_bits, options.max_loss_points);
  return result;
}

}  // namespace tally
