// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "golden/search/layer_params.hpp"

namespace tally::testing {

/// A random layer for search tests: Laplace weights of very different channel scales, and ReLU or
/// signed normal activations; with `tail`, one in fifty activations is four times as large.
struct TestLayer {
  std::vector<float> weights, bias, rows;
  LayerData data;

  TestLayer(std::size_t inputs, std::size_t outputs, std::size_t groups, std::size_t row_count,
            bool non_negative, bool tail = false) {
    std::mt19937 random(17);
    std::exponential_distribution<float> exponential(1.0F);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < outputs * inputs; ++i) {
      const float scale = 0.02F * static_cast<float>(1 + i / inputs % 5);
      weights.push_back(scale * exponential(random) * (random() % 2 == 0 ? 1.0F : -1.0F));
    }
    for (std::size_t o = 0; o < outputs; ++o) bias.push_back(0.1F * normal(random));
    for (std::size_t i = 0; i < row_count * groups * inputs; ++i) {
      const float x = normal(random) * (tail && random() % 50 == 0 ? 4.0F : 1.0F);
      rows.push_back(non_negative ? std::max(0.0F, x) : x);
    }
    data.name = "fc1";
    data.inputs = inputs;
    data.outputs = outputs;
    data.groups = groups;
    data.weights = weights;
    data.bias = bias;
    data.non_negative = non_negative;
    data.rows = rows;
    data.row_count = row_count;
  }
};

}  // namespace tally::testing
