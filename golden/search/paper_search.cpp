// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/make_search.hpp"

namespace tally {

std::vector<SortedMagnitudes> weight_groups(const LayerData& layer, bool per_channel) {
  const std::size_t groups = per_channel ? layer.outputs : 1;
  const std::size_t size = layer.weights.size() / groups;
  std::vector<SortedMagnitudes> result;
  for (std::size_t g = 0; g < groups; ++g) {
    result.emplace_back(layer.weights.subspan(g * size, size), "layer " + layer.name + ", weights");
  }
  return result;
}

SortedMagnitudes activation_magnitudes(const LayerData& layer) {
  return SortedMagnitudes(layer.values.empty() ? layer.rows : layer.values,
                          "layer " + layer.name + ", activations");
}

void finish_layer(const LayerData& layer, const OutputFit& fit, bool correct_bias, int threads,
                  LayerParams& params) {
  const auto nonzero = [](double beta) { return beta != 0; };
  params.offset =
      nonzero(params.beta_a) || std::any_of(params.beta_w.begin(), params.beta_w.end(), nonzero);
  check_layer_params(params, layer.inputs, layer.name);
  params.weight_codes = encode_weights(layer.weights, params);
  params.bias.assign(layer.bias.begin(), layer.bias.end());
  FakeLayer fake = fake_layer(params);
  measure_output(layer, fit, fake, correct_bias, threads);
  params.bias = fake.bias;
  params.output_error = fake.output_error;
  params.rmae_w = rmae(layer.weights, fake.weights);
  const auto values = layer.values.empty() ? layer.rows : layer.values;
  std::vector<float> levels(values.size());
  fake_quantize(values, dequantized_halves(fake.activations), levels);
  params.rmae_a = rmae(values, levels);
}

void finish_layer(const LayerData& layer, bool correct_bias, int threads, LayerParams& params) {
  check_layer_params(params, layer.inputs, layer.name);  // the table too, before it is used
  finish_layer(layer, output_fit(layer, params.activation_table(), threads), correct_bias, threads,
               params);
}

namespace {

class PaperSearch : public LayerSearch {
 public:
  explicit PaperSearch(const LayerSearchOptions& options) : options_(options) {}

  using LayerSearch::search;
  LayerParams search(const LayerData& layer, const Candidate& candidate) const override {
    check_layer_data(layer);
    check_candidate(candidate, "layer " + layer.name);
    if (candidate.system != kExponential) {
      throw Error(fmt::format("layer {}: the paper's search knows no {} levels", layer.name,
                              to_string(candidate.system)));
    }
    const int n = candidate.n;
    const auto weights = weight_groups(layer, options_.per_channel);
    const std::vector<SortedMagnitudes> activations{activation_magnitudes(layer)};
    const SortedMagnitudes all_weights(layer.weights);
    const bool start_with_weights = exponential_rss(all_weights, options_.rss_unit) <
                                    exponential_rss(activations[0], options_.rss_unit);
    BaseSearchOptions search;
    search.alpha_rule = options_.alpha_rule;
    search.largest_base = 0.9999 * largest_base(n, layer.inputs);
    const auto found =
        search_base(start_with_weights ? Groups(weights) : Groups(activations), n, search);
    const float base = found.params[0].base;
    const auto w = initial_params(weights, n, base, options_.alpha_rule);
    const auto a = initial_params(activations[0], n, base, options_.alpha_rule);

    LayerParams params;
    params.method = to_string(SearchMethod::kPaper);
    params.rounding = Rounding::kLog;
    params.n = n;
    params.base = base;
    params.alpha_a = a.alpha;
    params.beta_a = a.beta;
    params.boundaries = exponential_table(a, params.rounding, 0).boundaries;
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const auto& p = w[options_.per_channel ? o : 0];
      params.alpha_w.push_back(p.alpha);
      params.beta_w.push_back(p.beta);
    }
    finish_layer(layer, options_.correct_bias, options_.threads, params);
    return params;
  }

 private:
  LayerSearchOptions options_;
};

}  // namespace

const char* to_string(SearchMethod method) {
  return method == SearchMethod::kPaper ? "paper" : "output";
}

std::unique_ptr<LayerSearch> make_paper_search(const LayerSearchOptions& options) {
  return std::make_unique<PaperSearch>(options);
}

std::unique_ptr<LayerSearch> make_layer_search(SearchMethod method,
                                               const LayerSearchOptions& options) {
  return method == SearchMethod::kPaper ? make_paper_search(options) : make_output_search(options);
}

}  // namespace tally
