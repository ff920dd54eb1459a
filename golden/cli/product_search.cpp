// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/product_search.hpp"

#include <algorithm>

#include "golden/search/cached_search.hpp"
#include "golden/search/parallel.hpp"

namespace tally {
namespace {

// Levels for whole tensors, and nothing that is fitted to one output: those of the calibration data
// never come again.
LayerSearchOptions product_options() {
  LayerSearchOptions options;
  options.per_channel = false;
  options.correct_bias = false;
  options.match_variance = false;
  options.search_outputs = 256;  // a few of every instance
  return options;
}

// Boundaries of b that give a value the code encode_weights() gives it: to the nearest level, zero
// below half the smallest.
std::vector<std::uint16_t> nearest_boundaries(const LayerParams& params) {
  if (params.system != kExponential) {
    const double scale = params.alpha_w[0];
    return uniform_boundaries(scale, uniform_weight_limit(params.n), scale / 2);
  }
  const ExponentialParams levels = params.weight(0);
  return exponential_table(levels, Rounding::kNearest, exponential_magnitudes(levels)[1] / 2)
      .boundaries;
}

}  // namespace

LayerData product_data(const ProductInfo& info, const ProductActivations& seen,
                       std::vector<float>& bias) {
  bias.assign(seen.instances * info.columns, 0.0F);
  LayerData data;
  data.name = info.name;
  data.inputs = info.k;
  data.outputs = bias.size();
  data.groups = seen.instances;
  data.weights = seen.b;
  data.bias = bias;
  data.non_negative = seen.min_a >= 0;
  data.rows = seen.a;
  data.row_count = seen.rows;
  return data;
}

ProductPlan product_plan(const LayerParams& params, const ProductInfo& info) {
  ProductPlan plan;
  plan.name = info.name;
  plan.number_system = to_string(params.system);
  plan.method = params.method;
  plan.n = params.n;
  plan.rows = static_cast<std::int64_t>(info.rows);
  plan.inputs = static_cast<std::int64_t>(info.k);
  plan.columns = static_cast<std::int64_t>(info.columns);
  plan.heads = static_cast<std::int64_t>(info.heads);
  plan.base = params.base;
  plan.offset = params.offset;
  plan.a = {params.alpha_a, params.beta_a, params.activation_magnitudes(), params.boundaries,
            params.rmae_a};
  plan.b = {params.alpha_w[0], params.beta_w[0], {}, nearest_boundaries(params), params.rmae_w};
  if (plan.counts_digits()) {
    for (std::size_t i = 0; i < plan.b.boundaries.size(); ++i) {
      plan.b.magnitudes.push_back(static_cast<double>(i) * plan.b.alpha);
    }
  } else {
    plan.b.magnitudes = exponential_magnitudes(params.weight(0));
  }
  plan.output_error = params.output_error;
  plan.stored_bits = params.n + 1;
  return plan;
}

std::vector<ProductPlan> search_products(const ModelRunner& runner, const Dataset& data,
                                         const CalibrationSplit& parts, int n,
                                         const std::vector<NumberSystem>& systems, int threads,
                                         ResultStore* store) {
  ProductCalibrationOptions calibration;
  calibration.samples = parts.tuning;
  const auto seen = calibrate_products(runner, data, calibration);
  const auto search = make_cached_search(SearchMethod::kOutput, product_options(), store);
  std::vector<LayerParams> found(seen.size() * systems.size());
  parallel_for(found.size(), threads, [&](std::size_t i) {
    const std::size_t product = i / systems.size();
    std::vector<float> bias;
    found[i] = search->search(product_data(runner.products()[product], seen[product], bias),
                              {systems[i % systems.size()], n});
  });
  std::vector<ProductPlan> plans;
  for (std::size_t p = 0; p < seen.size(); ++p) {
    const auto first = found.begin() + static_cast<std::ptrdiff_t>(p * systems.size());
    const auto best = std::min_element(
        first, first + static_cast<std::ptrdiff_t>(systems.size()),
        [](const LayerParams& a, const LayerParams& b) { return a.output_error < b.output_error; });
    plans.push_back(product_plan(*best, runner.products()[p]));
  }
  return plans;
}

}  // namespace tally
