// SPDX-License-Identifier: Apache-2.0
// Method `output`: all levels at once by the simplex on the output's error, then alpha and beta of
// every weight channel by least squares, then the bias.
#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/search/channel_refine.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/make_search.hpp"
#include "golden/search/nelder_mead.hpp"
#include "golden/search/output_objective.hpp"
#include "golden/search/weight_correction.hpp"

namespace tally {

namespace {

// The coordinates that a candidate is free in.
using Axes = std::vector<double LevelCoordinates::*>;

Axes axes_of(const Candidate& candidate, bool offset) {
  if (candidate.system != kExponential) {
    return {&LevelCoordinates::log_top_a, &LevelCoordinates::log_zero,
            &LevelCoordinates::log_top_w};
  }
  Axes axes{&LevelCoordinates::log_range, &LevelCoordinates::log_top_a, &LevelCoordinates::log_zero,
            &LevelCoordinates::log_top_w};
  if (offset) {
    axes.push_back(&LevelCoordinates::log_bend_a);
    axes.push_back(&LevelCoordinates::log_bend_w);
  }
  return axes;
}

std::vector<double> to_vector(const LevelCoordinates& x, const Axes& axes) {
  std::vector<double> v;
  for (const auto axis : axes) v.push_back(x.*axis);
  return v;
}

LevelCoordinates to_coordinates(const std::vector<double>& v, const Axes& axes) {
  LevelCoordinates x;
  for (std::size_t i = 0; i < axes.size(); ++i) x.*axes[i] = v[i];
  return x;
}

LevelCoordinates minimize(OutputObjective& error, const Candidate& candidate,
                          const LayerSearchOptions& options) {
  const double half = std::log(0.5);
  LevelCoordinates best;
  double best_error = std::numeric_limits<double>::infinity();
  const std::vector<double> ranges = candidate.system == kExponential
                                         ? std::vector<double>{1.7, 3.0, 5.0, 8.0}
                                         : std::vector<double>{1.0};
  for (const double range : ranges) {
    for (const double top_a : {1.0, 0.7, 0.45}) {
      for (const double top_w : {0.9, 0.55}) {
        const LevelCoordinates x{std::log(range), std::log(top_a), 0, half, std::log(top_w), 0};
        const double e = error(x);
        if (e < best_error) {
          best_error = e;
          best = x;
        }
      }
    }
  }
  const Axes axes = axes_of(candidate, options.offset);
  const auto f = [&](const std::vector<double>& v) { return error(to_coordinates(v, axes)); };
  const LevelCoordinates step{0.25, -0.2, 0.15, 0.3, -0.2, 0.15};
  const auto found =
      nelder_mead(f, to_vector(best, axes), to_vector(step, axes), {options.evaluations, 1e-4});
  return to_coordinates(found.x, axes);
}

class OutputSearch : public LayerSearch {
 public:
  explicit OutputSearch(const LayerSearchOptions& options) : options_(options) {}

  using LayerSearch::search;
  LayerParams search(const LayerData& layer, const Candidate& candidate) const override {
    check_layer_data(layer);
    check_candidate(candidate, "layer " + layer.name);
    OutputObjective error(layer, candidate, options_);
    const auto levels = error.levels(minimize(error, candidate, options_));
    LayerParams params;
    params.method = to_string(SearchMethod::kOutput);
    params.rounding = Rounding::kNearest;
    params.system = candidate.system;
    params.n = candidate.n;
    params.group = candidate.group;
    params.budget = candidate.budget;
    params.terms = candidate.terms;
    params.base = levels.a.base;
    params.alpha_a = levels.a.alpha;
    params.beta_a = levels.a.beta;
    params.boundaries = levels.boundaries;
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      params.alpha_w.push_back(levels.unit_w.alpha * error.weight_scale(o));
      params.beta_w.push_back(levels.unit_w.beta * error.weight_scale(o));
    }
    const OutputFit fit = output_fit(layer, params.activation_table(), options_.threads);
    if (!options_.correct_weights) {
      quantize(layer, fit, params);
      return params;
    }
    const std::vector<float> weights = corrected_weights(layer, fit.rows, options_.threads);
    if (!std::equal(weights.begin(), weights.end(), layer.weights.begin())) {
      params.method += ", weights corrected";
    }
    LayerData corrected = layer;
    corrected.weights = weights;
    quantize(corrected, fit, params);
    params.rmae_w = rmae(layer.weights, fake_layer(params).weights);
    return params;
  }

 private:
  // Everything behind the activations' levels.
  void quantize(const LayerData& layer, const OutputFit& fit, LayerParams& params) const {
    const bool offset = options_.offset && params.system == kExponential;
    const int threads = options_.threads;
    if (options_.per_channel) refine_channels(layer, fit, offset, threads, params);
    if (options_.match_variance && options_.per_channel) {
      match_variance(layer, fit, threads, params);
      match_variance(layer, fit, threads, params);  // the scaled levels made new codes
    }
    finish_layer(layer, fit, options_.correct_bias, threads, params);
  }

  LayerSearchOptions options_;
};

}  // namespace

std::unique_ptr<LayerSearch> make_output_search(const LayerSearchOptions& options) {
  return std::make_unique<OutputSearch>(options);
}

}  // namespace tally
