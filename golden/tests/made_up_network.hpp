// SPDX-License-Identifier: Apache-2.0
// A made-up network behind the callbacks of a search: its accuracy is a known function of the
// widths, so every decision can be foretold.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "golden/search/network_trial.hpp"

namespace tally {
inline constexpr unsigned kSeed = 31;

// Three layers of random data; layer i costs points[i] / 4^(n-2) of accuracy.
struct MadeUpNetwork {
  std::vector<std::vector<float>> weights, bias, rows;
  std::vector<LayerData> layers;
  std::vector<double> points;
  int metric_calls = 0;

  explicit MadeUpNetwork(std::vector<double> costs, std::size_t row_count = 32)
      : points(std::move(costs)) {
    std::mt19937 random(kSeed);
    std::normal_distribution<float> normal;
    const auto fill = [&](std::size_t count, float scale, bool relu) {
      std::vector<float> v(count);
      for (float& x : v) x = scale * (relu ? std::max(0.0F, normal(random)) : normal(random));
      return v;
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      weights.push_back(fill(16 * 8, 0.1F, false));
      bias.push_back(fill(8, 0.1F, false));
      rows.push_back(fill(row_count * 16, 3.0F, true));
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      LayerData l;
      l.name = "layer" + std::to_string(i);
      l.inputs = 16;
      l.outputs = 8;
      l.weights = weights[i];
      l.bias = bias[i];
      l.non_negative = true;
      l.rows = rows[i];
      l.row_count = row_count;
      layers.push_back(l);
    }
  }

  double loss(const PartialPlan& plan) const {
    double sum = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] != nullptr) sum += points[i] / std::pow(4.0, plan[i]->n - 2);
    }
    return sum;
  }

  NetworkHooks hooks() {
    NetworkHooks h;
    h.measure = [this](const PartialPlan& plan) {
      ++metric_calls;
      return Measurement{0.9 - loss(plan) / 100, loss(plan)};
    };
    // Layers do not feed each other here: every pass sees the same rows.
    h.pass = [this](const LayerTuner& tuner) {
      for (std::size_t i = 0; i < layers.size(); ++i) tuner(i, layers[i]);
    };
    return h;
  }
};

inline NetworkSearchOptions quick(SearchMethod method) {
  NetworkSearchOptions options;
  options.method = method;
  options.layer.evaluations = 10;
  return options;
}

inline std::vector<int> bits_of(const NetworkSearchResult& result) {
  std::vector<int> bits;
  for (const auto& layer : result.layers) bits.push_back(layer.n);
  return bits;
}

}  // namespace tally
