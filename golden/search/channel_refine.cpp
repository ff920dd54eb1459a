// SPDX-License-Identifier: Apache-2.0
#include "golden/search/channel_refine.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "golden/core/counting.hpp"
#include "golden/search/parallel.hpp"

namespace tally {

namespace {

// body(o) for every output channel, which must write to what is that channel's only.
template <class Body>
void for_channels(const LayerData& layer, int threads, const Body& body) {
  constexpr std::size_t kBlock = 8;  // at a time, so that threads seldom meet
  parallel_for((layer.outputs + kBlock - 1) / kBlock, threads, [&](std::size_t block) {
    const std::size_t end = std::min(layer.outputs, (block + 1) * kBlock);
    for (std::size_t o = block * kBlock; o < end; ++o) body(o);
  });
}

// One channel's outputs on the rows are alpha * u + beta * v + bias.
struct Channel {
  Eigen::ArrayXf u, v;
  Eigen::ArrayXf target;   // before clipping
  Eigen::ArrayXf clipped;  // target
};

struct Affine {
  double alpha = 0, beta = 0, bias = 0;
};

Eigen::ArrayXf predict(const Channel& c, const Affine& a) {
  return c.u * static_cast<float>(a.alpha) + c.v * static_cast<float>(a.beta) +
         static_cast<float>(a.bias);
}

// The bias that keeps the mean before clipping, as correct_bias starts.
void set_mean(const Channel& c, Affine& a) {
  a.bias = 0;
  a.bias = static_cast<double>((c.target - predict(c, a)).mean());
}

// Squared error after clipping; the mean error left does not count, correct_bias removes it.
double clipped_error(const LayerData& layer, const Channel& c, const Affine& a) {
  const Eigen::ArrayXf e = predict(c, a).cwiseMax(layer.low).cwiseMin(layer.high) - c.clipped;
  return static_cast<double>((e - e.mean()).square().sum());
}

// Least squares over the rows where prediction or target is inside the range: the only ones whose
// error moves. Nothing if they are few or do not determine the answer.
bool solve(const LayerData& layer, const Channel& c, const Affine& now, bool offset, Affine& best) {
  Eigen::ArrayXf weight = Eigen::ArrayXf::Ones(c.u.size());
  if (layer.clips()) {
    const Eigen::ArrayXf y = predict(c, now);
    weight = ((y > layer.low && y < layer.high) || (c.target > layer.low && c.target < layer.high))
                 .cast<float>();
  }
  const double rows = weight.sum();
  if (rows < 24) return false;
  const auto mean = [&](const Eigen::ArrayXf& x) {
    return static_cast<float>((x * weight).sum() / rows);
  };
  const float mu = mean(c.u), mv = mean(c.v), mt = mean(c.clipped);
  const Eigen::ArrayXf u = (c.u - mu) * weight, v = (c.v - mv) * weight,
                       t = (c.clipped - mt) * weight;
  const auto dot = [](const Eigen::ArrayXf& a, const Eigen::ArrayXf& b) {
    return (a * b).cast<double>().sum();
  };
  const double uu = dot(u, u), vv = dot(v, v), uv = dot(u, v), ut = dot(u, t), vt = dot(v, t);
  const double determinant = uu * vv - uv * uv;
  best = now;
  if (offset && determinant > 1e-9 * uu * vv) {
    best.alpha = (ut * vv - vt * uv) / determinant;
    best.beta = (vt * uu - ut * uv) / determinant;
  } else if (!offset && uu > 0) {
    best.alpha = ut / uu;
  } else {
    return false;
  }
  best.bias = mt - best.alpha * mu - best.beta * mv;
  return true;
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

bool usable(const LayerParams& params, double alpha, double beta) {
  if (params.system != kExponential) return std::isfinite(alpha) && alpha > 0;
  return valid_params({params.n, params.base, alpha, beta});
}

// Each channel's levels stretched by the factor with the least sum of E[x_k^2] * (level - w_k)^2:
// nearly the output's error, from the weights alone. Where the stretch of all channels is a
// compromise, this is the better start.
void stretch_channels(const LayerData& layer, std::span<const float> rows, int threads,
                      LayerParams& params) {
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
    for_channels(layer, threads, [&](std::size_t o) {
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
    });
  }
}

// Of u, v and target by channel, [outputs][rows]. Copies: Eigen sums in an order that depends on
// where the memory begins.
Channel channel(const LayerData& layer, const std::vector<float>& u, const std::vector<float>& v,
                const std::vector<float>& target, std::size_t o) {
  const auto column = [&](const std::vector<float>& all) -> Eigen::ArrayXf {
    return Eigen::Map<const Eigen::ArrayXf>(all.data() + o * layer.row_count,
                                            static_cast<Eigen::Index>(layer.row_count));
  };
  Channel c{column(u), column(v), column(target), {}};
  c.clipped = c.target.cwiseMax(layer.low).cwiseMin(layer.high);
  return c;
}

double centred_square(const Eigen::ArrayXf& x) {
  return static_cast<double>((x - x.mean()).square().sum());
}

}  // namespace

// Codes and least squares take turns; a channel keeps the best it has seen.
void refine_channels(const LayerData& layer, const OutputFit& fit, bool offset, int threads,
                     LayerParams& params) {
  LayerParams tried = params;
  std::vector<double> best(layer.outputs, std::numeric_limits<double>::infinity());
  constexpr int kTurns = 5;
  for (int turn = 0; turn < kTurns; ++turn) {
    tried.weight_codes = encode_weights(layer.weights, tried);
    const UnitWeights unit = unit_weights(tried);
    const auto u = channel_outputs(layer, fit.rows, unit.power, threads);
    const auto v = offset ? channel_outputs(layer, fit.rows, unit.sign, threads)
                          : std::vector<float>(u.size(), 0.0F);
    for_channels(layer, threads, [&](std::size_t o) {
      const Channel c = channel(layer, u, v, fit.target, o);
      Affine now{tried.alpha_w[o], tried.beta_w[o], 0};
      set_mean(c, now);
      const double error = clipped_error(layer, c, now);
      if (error < best[o]) {
        best[o] = error;
        params.alpha_w[o] = now.alpha;
        params.beta_w[o] = now.beta;
      }
      if (turn == 0 || turn + 1 == kTurns) return;
      Affine next;
      if (solve(layer, c, now, offset, next) && usable(params, next.alpha, next.beta)) {
        tried.alpha_w[o] = next.alpha;
        tried.beta_w[o] = next.beta;
      }
    });
    if (turn == 0) stretch_channels(layer, fit.rows, threads, tried);
  }
}

// The codes are made anew from the scaled levels, so the match is close, not exact.
void match_variance(const LayerData& layer, const OutputFit& fit, int threads,
                    LayerParams& params) {
  params.weight_codes = encode_weights(layer.weights, params);
  const auto y = channel_outputs(layer, fit.rows, fake_layer(params).weights, threads);
  std::vector<double> is(layer.outputs), wanted(layer.outputs);
  for_channels(layer, threads, [&](std::size_t o) {
    const Channel c = channel(layer, y, y, fit.target, o);
    const Eigen::ArrayXf shifted = c.u + (c.target.mean() - c.u.mean());
    is[o] = centred_square(shifted.cwiseMax(layer.low).cwiseMin(layer.high));
    wanted[o] = centred_square(c.clipped);
  });
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

}  // namespace tally
