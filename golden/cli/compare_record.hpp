// SPDX-License-Identifier: Apache-2.0
// What tally compare found: every method at every budget, on validation and on test data.
#pragma once

#include <string>
#include <vector>

#include "golden/cli/searched_network.hpp"
#include "golden/plan/json_fields.hpp"

namespace tally {

/// One quantized network.
struct ComparedPlan {
  std::string method;  // paper, exponential, uniform, auto, plain uniform n, ..., reveal
  std::string what;    // "average n 3.0", "Thr_w = 4 %", "k = 12, s = 2"
  double average_n = 0;
  double threshold_w = 0;
  double bound_steps = 0;  // reveal: term pairs a multiply, k * s / g
  double rmae_a = 0;       // sums over the layers, of Eq. 6, in 1 (not per cent)
  double rmae_w = 0;
  Measurement validation;
  Comparison test;
  double seconds = 0;  // of search, wall clock
  double user_seconds = 0;
  std::vector<std::string> layers;  // what each layer became
};

struct CompareRecord {
  std::string model;
  std::string model_sha256;
  std::string data;
  std::size_t tuning_samples = 0;
  std::size_t validation_samples = 0;
  bool shared_samples = false;
  double max_loss_points = 0;
  std::string metric = "top-1";  // perplexity, embedding: metrics are 1 less the share lost
  double quantized_share = 0;    // of the multiplications, in every plan
  int product_bits = 0;          // n of the products of two activations; 0: it has none
  double validation_float_metric = 0;
  std::vector<std::string> tools;
  std::vector<std::string> command;
  double peak_memory_mb = 0;  // of the whole comparison
  std::vector<std::string> layer_names;
  std::vector<double> importance;  // divergence per unit of the layer's relative output error
  std::vector<ComparedPlan> plans;
  std::vector<ComparedPlan> thresholds;  // Figure 11: the paper's search at every Thr_w
};

Json to_json(const CompareRecord& record);

/// The tables as Markdown: front, Table IV, Table V, Figure 11, sensitivity.
std::string compare_tables(const CompareRecord& record);

}  // namespace tally
