// SPDX-License-Identifier: Apache-2.0
// Method `output`: all levels at once by the simplex on the output's error, then alpha and beta of
// every weight channel by least squares, then the bias.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/core/error.hpp"
#include "golden/search/finish_layer.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/make_search.hpp"
#include "golden/search/nelder_mead.hpp"
#include "golden/search/output_objective.hpp"

namespace tally {

namespace {

LevelCoordinates to_coordinates(const std::vector<double>& x, bool offset) {
  if (!offset) return {x[0], x[1], 0, x[2], x[3], 0};
  return {x[0], x[1], x[2], x[3], x[4], x[5]};
}

std::vector<double> to_vector(const LevelCoordinates& x, bool offset) {
  if (!offset) return {x.log_range, x.log_top_a, x.log_zero, x.log_top_w};
  return {x.log_range, x.log_top_a, x.log_bend_a, x.log_zero, x.log_top_w, x.log_bend_w};
}

LevelCoordinates minimize(OutputObjective& error, const LayerSearchOptions& options) {
  const double half = std::log(0.5);
  LevelCoordinates best;
  double best_error = std::numeric_limits<double>::infinity();
  for (const double range : {1.7, 3.0, 5.0, 8.0}) {
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
  const auto f = [&](const std::vector<double>& x) {
    return error(to_coordinates(x, options.offset));
  };
  const LevelCoordinates step{0.25, -0.2, 0.15, 0.3, -0.2, 0.15};
  const auto found = nelder_mead(f, to_vector(best, options.offset),
                                 to_vector(step, options.offset), {options.evaluations, 1e-4});
  return to_coordinates(found.x, options.offset);
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

// With the codes fixed, output channel o is alpha*u + beta*v + bias: u sums sign * b^i * x, v sums
// sign * x. Codes and least squares take turns; a channel keeps the best it has seen.
void refine_channels(const LayerData& layer, const LayerSearchOptions& options,
                     LayerParams& params) {
  std::vector<float> rows(layer.rows.size());
  fake_quantize(
      layer.rows,
      dequantized_halves({exponential_magnitudes(params.activation()), params.boundaries}), rows);
  const auto target = target_outputs(layer);
  const auto powers = exponential_magnitudes({params.n, params.base, 1.0, 0.0});
  auto alpha = params.alpha_w;
  auto beta = params.beta_w;
  std::vector<double> best(layer.outputs, std::numeric_limits<double>::infinity());
  constexpr int kTurns = 4;
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto codes =
        encode_weights(layer.weights, params.n, params.base, alpha, beta, params.rounding);
    std::vector<float> power(codes.size());
    std::vector<float> sign(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      power[i] = static_cast<float>(code_value(codes[i], powers));
      sign[i] = codes[i] == 0 ? 0.0F : code_is_negative(codes[i]) ? -1.0F : 1.0F;
    }
    const auto u = layer_outputs(layer, rows, power, {});
    const auto v = layer_outputs(layer, rows, sign, {});
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const Moments m = moments(u, v, target, layer.outputs, o);
      const double error = residual(m, alpha[o], beta[o]);
      if (error < best[o]) {
        best[o] = error;
        params.alpha_w[o] = alpha[o];
        params.beta_w[o] = beta[o];
      }
      ExponentialParams next{params.n, params.base, alpha[o], beta[o]};
      const double determinant = m.uu * m.vv - m.uv * m.uv;
      if (options.offset && determinant > 1e-9 * m.uu * m.vv) {
        next.alpha = (m.ut * m.vv - m.vt * m.uv) / determinant;
        next.beta = (m.vt * m.uu - m.ut * m.uv) / determinant;
      } else if (!options.offset && m.uu > 0) {
        next.alpha = m.ut / m.uu;
      }
      if (valid_params(next)) {
        alpha[o] = next.alpha;
        beta[o] = next.beta;
      }
    }
  }
}

// Scales alpha and beta of each channel so that its output varies as much as the target's. The
// codes are made anew from the scaled levels, so the match is close, not exact.
void match_variance(const LayerData& layer, LayerParams& params) {
  params.weight_codes = encode_weights(layer.weights, params.n, params.base, params.alpha_w,
                                       params.beta_w, params.rounding);
  FakeLayer fake = fake_layer(params);
  std::vector<float> rows(layer.rows.size());
  fake_quantize(layer.rows, dequantized_halves(fake.activations), rows);
  const auto y = layer_outputs(layer, rows, fake.weights, {});
  const auto target = target_outputs(layer);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const Moments m = moments(y, y, target, layer.outputs, o);
    if (m.uu <= 0 || m.tt <= 0) continue;
    const double gain = std::clamp(std::sqrt(m.tt / m.uu), 0.5, 2.0);
    params.alpha_w[o] *= gain;
    params.beta_w[o] *= gain;
  }
}

class OutputSearch : public LayerSearch {
 public:
  explicit OutputSearch(const LayerSearchOptions& options) : options_(options) {}

  LayerParams search(const LayerData& layer, int n) const override {
    check_layer_data(layer);
    if (n < kMinBits || n > kMaxBits) {
      throw Error(fmt::format("layer {}: n = {} bits, expected 2..7", layer.name, n));
    }
    OutputObjective error(layer, n, options_);
    const auto levels = error.levels(minimize(error, options_));
    LayerParams params;
    params.method = to_string(SearchMethod::kOutput);
    params.rounding = Rounding::kNearest;
    params.n = n;
    params.base = levels.a.base;
    params.alpha_a = levels.a.alpha;
    params.beta_a = levels.a.beta;
    params.boundaries =
        exponential_table(levels.a, params.rounding, levels.zero_threshold).boundaries;
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      params.alpha_w.push_back(levels.unit_w.alpha * error.weight_scale(o));
      params.beta_w.push_back(levels.unit_w.beta * error.weight_scale(o));
    }
    if (options_.per_channel) refine_channels(layer, options_, params);
    if (options_.match_variance) match_variance(layer, params);
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
