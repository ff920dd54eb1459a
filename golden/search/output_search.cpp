// SPDX-License-Identifier: Apache-2.0
// Method `output`: all levels at once by the simplex on the output's error, then alpha and beta of
// every weight channel by least squares, then the bias.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "golden/core/error.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/make_search.hpp"
#include "golden/search/nelder_mead.hpp"
#include "golden/search/output_objective.hpp"

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

// Column o of a row-major [rows][columns] array as the channel's own numbers.
struct Moments {
  double uu = 0, uv = 0, vv = 0, ut = 0, vt = 0, tt = 0;
};

// Second moments, each about its mean, of u, v and t in column o.
Moments moments(std::span<const float> u, std::span<const float> v, std::span<const float> t,
                std::size_t columns, std::size_t o) {
  double mu = 0, mv = 0, mt = 0;
  const double rows = static_cast<double>(t.size() / columns);
  for (std::size_t i = o; i < t.size(); i += columns) {
    mu += u[i] / rows;
    mv += v[i] / rows;
    mt += t[i] / rows;
  }
  Moments m;
  for (std::size_t i = o; i < t.size(); i += columns) {
    const double du = u[i] - mu, dv = v[i] - mv, dt = t[i] - mt;
    m.uu += du * du;
    m.uv += du * dv;
    m.vv += dv * dv;
    m.ut += du * dt;
    m.vt += dv * dt;
    m.tt += dt * dt;
  }
  return m;
}

double residual(const Moments& m, double alpha, double beta) {
  return m.tt - 2 * alpha * m.ut - 2 * beta * m.vt + alpha * alpha * m.uu +
         2 * alpha * beta * m.uv + beta * beta * m.vv;
}

// Signed multiples: what a code is worth per unit of alpha, and per unit of beta.
struct UnitWeights {
  std::vector<float> power, sign;
};

UnitWeights unit_weights(const LayerParams& params) {
  LayerParams one = params;
  one.alpha_w.assign(1, 1.0);
  one.beta_w.assign(1, 0.0);
  const auto powers = one.weight_magnitudes(0);
  UnitWeights unit;
  unit.power.reserve(params.weight_codes.size());
  unit.sign.reserve(params.weight_codes.size());
  if (params.system == kReveal) {
    const auto values = revealed_weights(params);
    unit.power.assign(values.begin(), values.end());
  }
  for (const std::uint8_t code : params.weight_codes) {
    if (params.system != kReveal) {
      unit.power.push_back(static_cast<float>(code_value(code, powers)));
    }
    unit.sign.push_back(code == 0 ? 0.0F : code_is_negative(code) ? -1.0F : 1.0F);
  }
  return unit;
}

std::vector<float> quantized_rows(const LayerData& layer, const LayerParams& params) {
  std::vector<float> rows(layer.rows.size());
  fake_quantize(layer.rows, dequantized_halves({params.activation_magnitudes(), params.boundaries}),
                rows);
  return rows;
}

bool usable(const LayerParams& params, double alpha, double beta) {
  if (params.system != kExponential) return std::isfinite(alpha) && alpha > 0;
  return valid_params({params.n, params.base, alpha, beta});
}

// Each channel's levels stretched by the factor with the least sum of E[x_k^2] * (level - w_k)^2:
// nearly the output's error, from the weights alone. Where the stretch of all channels is a
// compromise, this is the better start.
void stretch_channels(const LayerData& layer, std::span<const float> rows, LayerParams& params) {
  std::vector<double> power(layer.groups * layer.inputs, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    power[i % power.size()] += static_cast<double>(rows[i]) * rows[i];
  }
  const LayerParams start = params;
  std::vector<double> best(layer.outputs, std::numeric_limits<double>::infinity());
  for (const double factor : {0.6, 0.68, 0.76, 0.84, 0.92, 1.0, 1.1, 1.2}) {
    LayerParams tried = start;
    for (double& alpha : tried.alpha_w) alpha *= factor;
    for (double& beta : tried.beta_w) beta *= factor;
    tried.weight_codes = encode_weights(layer.weights, tried);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const auto magnitudes = tried.weight_magnitudes(o);
      const std::size_t group = o / (layer.outputs / layer.groups);
      double error = 0;
      for (std::size_t k = 0; k < layer.inputs; ++k) {
        const std::size_t i = o * layer.inputs + k;
        const double e = code_value(tried.weight_codes[i], magnitudes) - layer.weights[i];
        error += power[group * layer.inputs + k] * e * e;
      }
      if (error < best[o]) {
        best[o] = error;
        params.alpha_w[o] = tried.alpha_w[o];
        params.beta_w[o] = tried.beta_w[o];
      }
    }
  }
}

// With the codes fixed, output channel o is alpha*u + beta*v + bias: u sums what the codes are per
// unit of alpha times x, v sums sign * x. Codes and least squares take turns; a channel keeps the
// best it has seen.
void refine_channels(const LayerData& layer, bool offset, LayerParams& params) {
  const auto rows = quantized_rows(layer, params);
  const auto target = target_outputs(layer);
  LayerParams tried = params;
  std::vector<double> best(layer.outputs, std::numeric_limits<double>::infinity());
  constexpr int kTurns = 5;
  for (int turn = 0; turn < kTurns; ++turn) {
    tried.weight_codes = encode_weights(layer.weights, tried);
    const UnitWeights unit = unit_weights(tried);
    const auto u = layer_outputs(layer, rows, unit.power, {});
    const auto v =
        offset ? layer_outputs(layer, rows, unit.sign, {}) : std::vector<float>(u.size(), 0.0F);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const Moments m = moments(u, v, target, layer.outputs, o);
      const double error = residual(m, tried.alpha_w[o], tried.beta_w[o]);
      if (error < best[o]) {
        best[o] = error;
        params.alpha_w[o] = tried.alpha_w[o];
        params.beta_w[o] = tried.beta_w[o];
      }
      if (turn == 0) continue;
      double alpha = tried.alpha_w[o];
      double beta = tried.beta_w[o];
      const double determinant = m.uu * m.vv - m.uv * m.uv;
      if (offset && determinant > 1e-9 * m.uu * m.vv) {
        alpha = (m.ut * m.vv - m.vt * m.uv) / determinant;
        beta = (m.vt * m.uu - m.ut * m.uv) / determinant;
      } else if (!offset && m.uu > 0) {
        alpha = m.ut / m.uu;
      }
      if (usable(params, alpha, beta)) {
        tried.alpha_w[o] = alpha;
        tried.beta_w[o] = beta;
      }
    }
    if (turn == 0) stretch_channels(layer, rows, tried);
  }
}

// Scales alpha and beta of each channel so that its output varies as much as the target's, or all
// by one gain. The codes are made anew from the scaled levels, so the match is close, not exact.
void match_variance(const LayerData& layer, LayerParams& params) {
  params.weight_codes = encode_weights(layer.weights, params);
  const auto y =
      layer_outputs(layer, quantized_rows(layer, params), fake_layer(params).weights, {});
  const auto target = target_outputs(layer);
  std::vector<double> is(layer.outputs), wanted(layer.outputs);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const Moments m = moments(y, y, target, layer.outputs, o);
    is[o] = m.uu;
    wanted[o] = m.tt;
  }
  if (layer.shared_gain) {
    is.assign(layer.outputs, std::accumulate(is.begin(), is.end(), 0.0));
    wanted.assign(layer.outputs, std::accumulate(wanted.begin(), wanted.end(), 0.0));
  }
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    if (is[o] <= 0 || wanted[o] <= 0) continue;
    const double gain = std::clamp(std::sqrt(wanted[o] / is[o]), 0.5, 2.0);
    params.alpha_w[o] *= gain;
    params.beta_w[o] *= gain;
  }
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
    const bool offset = options_.offset && candidate.system == kExponential;
    if (options_.per_channel) refine_channels(layer, offset, params);
    if (options_.match_variance && options_.per_channel) {
      match_variance(layer, params);
      match_variance(layer, params);  // the scaled levels made new codes
    }
    finish_layer(layer, options_.correct_bias, params);
    return params;
  }

 private:
  LayerSearchOptions options_;
};

}  // namespace

std::unique_ptr<LayerSearch> make_output_search(const LayerSearchOptions& options) {
  return std::make_unique<OutputSearch>(options);
}

}  // namespace tally
