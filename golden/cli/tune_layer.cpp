// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/tune_layer.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/segments.hpp"
#include "golden/core/sorted_magnitudes.hpp"
#include "golden/core/uniform.hpp"

namespace tally {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kGrid = 18;                 // bases tried
constexpr double kLeastRange = 2;         // top level over bottom level, first of the grid
constexpr double kWidestRange = 1000;     // and last
constexpr int kFitRounds = 8;             // of assigning values and fitting levels
constexpr std::size_t kFitValues = 20000; // activations that are fitted
constexpr std::size_t kTrialChannels = 48;  // output channels that judge a base
constexpr int kBins = 160;
constexpr int kPlanCounterBits = 10;

double zero_threshold(const ExponentialParams& params) {
  return exponential_magnitudes(params)[1] / 2;
}

// alpha and beta of |values| by alternating assignment to the nearest level and weighted least
// squares; `power` (empty: all alike) weighs the values.
ExponentialParams fit_levels(std::span<const float> values, std::span<const double> power, int n,
                             float base) {
  ExponentialParams params{n, base, 1.0, 0.0};
  const std::vector<double> unit = exponential_magnitudes(params);
  double top = 0;
  for (const float v : values) top = std::max(top, std::abs(static_cast<double>(v)));
  if (top == 0) return params;
  params.alpha = top / unit.back();
  for (int round = 0; round < kFitRounds; ++round) {
    const std::vector<double> points =
        rounding_points(params, Rounding::kNearest, zero_threshold(params));
    double s = 0, su = 0, suu = 0, st = 0, sut = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double t = std::abs(static_cast<double>(values[i]));
      const int index = quantize_real(t, points);
      if (index == 0) continue;
      const double w = power.empty() ? 1.0 : power[i];
      const double u = unit[static_cast<std::size_t>(index)];
      s += w;
      su += w * u;
      suu += w * u * u;
      st += w * t;
      sut += w * u * t;
    }
    const double determinant = s * suu - su * su;
    ExponentialParams next = params;
    if (determinant > 1e-9 * s * suu) {
      next.alpha = (s * sut - su * st) / determinant;
      next.beta = (suu * st - su * sut) / determinant;
    }
    // Levels must stay positive with room between them; else one parameter has to do.
    if (!(determinant > 1e-9 * s * suu) || !(next.alpha > 0) ||
        next.beta < -0.9 * next.alpha * unit[1]) {
      next.beta = 0;
      next.alpha = suu > 0 ? sut / suu : params.alpha;
    }
    if (!valid_params(next)) return params;
    params = next;
  }
  return params;
}

// Mean square of the activation that each weight of group g meets, plus a little so that inputs that
// are always zero still count.
std::vector<double> input_power(const LayerInfo& info, const LayerActivations& activations,
                                std::size_t group) {
  std::vector<double> power(info.k, 0.0);
  for (std::size_t r = 0; r < activations.row_count; ++r) {
    const float* row = activations.rows.data() + (r * info.groups + group) * info.k;
    for (std::size_t i = 0; i < info.k; ++i) power[i] += static_cast<double>(row[i]) * row[i];
  }
  double mean = 0;
  for (const double p : power) mean += p / static_cast<double>(info.k);
  for (double& p : power) p += 1e-3 * mean + 1e-30;
  return power;
}

Matrix rows_of_group(const LayerInfo& info, const LayerActivations& activations, std::size_t group) {
  Matrix rows(static_cast<Eigen::Index>(activations.row_count), static_cast<Eigen::Index>(info.k));
  for (std::size_t r = 0; r < activations.row_count; ++r) {
    std::copy_n(activations.rows.data() + (r * info.groups + group) * info.k, info.k,
                rows.data() + r * info.k);
  }
  return rows;
}

Matrix quantized_rows(const Matrix& rows, const LevelTable& table) {
  Matrix result(rows.rows(), rows.cols());
  const std::vector<float> halves = dequantized_halves(table);
  const auto size = static_cast<std::size_t>(rows.size());
  fake_quantize({rows.data(), size}, halves, {result.data(), size});
  return result;
}

// Sums over all rows and channels of one layer: the squared output error, the output's power, and the
// mean error of each channel. The bias cancels.
struct OutputError {
  double error = 0;
  double power = 0;
  std::vector<double> mean;  // float minus quantized
};

OutputError output_error(const QuantizedLayer& layer, const LayerInfo& info,
                         const LayerActivations& activations) {
  OutputError sum;
  const std::vector<float> weights = dequantized_weights(layer);
  const std::size_t outputs = info.outputs_per_group();
  const auto shape = [&](const std::vector<float>& all, std::size_t group) {
    return Eigen::Map<const Matrix>(all.data() + group * outputs * info.k,
                                    static_cast<Eigen::Index>(outputs),
                                    static_cast<Eigen::Index>(info.k));
  };
  for (std::size_t g = 0; g < info.groups; ++g) {
    const Matrix rows = rows_of_group(info, activations, g);
    const Matrix exact = rows * shape(info.weights, g).transpose();
    const Matrix quantized = quantized_rows(rows, layer.table) * shape(weights, g).transpose();
    const Matrix difference = exact - quantized;
    sum.error += difference.squaredNorm();
    sum.power += exact.squaredNorm();
    for (Eigen::Index o = 0; o < difference.cols(); ++o) {
      sum.mean.push_back(difference.col(o).mean());
    }
  }
  return sum;
}

double tensor_rmae(std::span<const float> exact, std::span<const float> quantized) {
  return rmae(exact, quantized);
}

}  // namespace

LayerPlan layer_outline(const LayerInfo& info) {
  LayerPlan plan;
  plan.name = info.name;
  plan.kind = to_string(info.kind);
  plan.number_system = "exponential";
  plan.relu = info.relu;
  plan.has_bias = info.has_bias;
  plan.inputs = static_cast<std::int64_t>(info.k);
  plan.outputs = static_cast<std::int64_t>(info.outputs);
  plan.vectors = static_cast<std::int64_t>(info.macs / (info.k * info.outputs));
  plan.bias = info.bias;
  return plan;
}

void set_parameters(LayerPlan& plan, const ExponentialParams& activation, double zero_a,
                    const std::vector<ExponentialParams>& weight,
                    const std::vector<double>& zero_w, Rounding rounding) {
  plan.n = activation.n;
  plan.stored_bits = plan.n + 1;
  plan.base = activation.base;
  plan.rounding = rounding == Rounding::kLog ? "log" : "nearest";
  plan.alpha_a = activation.alpha;
  plan.beta_a = activation.beta;
  const LevelTable table = exponential_table(activation, rounding, zero_a);
  plan.magnitudes_a = table.magnitudes;
  plan.boundaries_a = table.boundaries;
  plan.levels_w = exponential_magnitudes({activation.n, activation.base, 1.0, 0.0});
  plan.alpha_w.clear();
  plan.beta_w.clear();
  plan.offset = activation.beta != 0;
  for (const ExponentialParams& w : weight) {
    plan.alpha_w.push_back(w.alpha);
    plan.beta_w.push_back(w.beta);
    plan.offset = plan.offset || w.beta != 0;
  }
  plan.zero_thresholds_w = zero_w;
  plan.codes_sha256.clear();
}

LayerPlan tune_layer(const LayerInfo& info, const LayerActivations& activations, int n,
                     const std::string& where) {
  if (activations.row_count == 0 || (activations.max <= 0 && activations.min >= 0)) {
    throw Error(fmt::format("{}: layer {}: all its activations on the calibration data are zero",
                            where, info.name));
  }
  const std::size_t fitted = std::min(kFitValues, activations.values.size());
  const std::span<const float> values(activations.values.data(), fitted);
  std::vector<std::vector<double>> power;
  for (std::size_t g = 0; g < info.groups; ++g) power.push_back(input_power(info, activations, g));
  const auto fit_channel = [&](std::size_t o, float base) {
    return fit_levels({info.weights.data() + o * info.k, info.k},
                      power[o / info.outputs_per_group()], n, base);
  };

  // A base is judged on a few channels of the first group.
  const std::size_t stride = std::max<std::size_t>(1, info.outputs_per_group() / kTrialChannels);
  const Matrix rows = rows_of_group(info, activations, 0);
  double best = std::numeric_limits<double>::infinity();
  float base = 0;
  for (int step = 0; step < kGrid; ++step) {
    const double range =
        kLeastRange * std::pow(kWidestRange / kLeastRange, static_cast<double>(step) / (kGrid - 1));
    const auto candidate = static_cast<float>(std::pow(range, 0.5 / max_exponent(n)));
    if (candidate <= 1 || candidate >= largest_base(n, info.k)) continue;
    const ExponentialParams a = fit_levels(values, {}, n, candidate);
    const Matrix quantized =
        quantized_rows(rows, exponential_table(a, Rounding::kNearest, zero_threshold(a)));
    double error = 0;
    for (std::size_t o = 0; o < info.outputs_per_group(); o += stride) {
      const ExponentialParams w = fit_channel(o, candidate);
      const std::span<const float> channel(info.weights.data() + o * info.k, info.k);
      const std::vector<double> magnitudes = exponential_magnitudes(w);
      const std::vector<std::uint8_t> codes =
          quantize_weights(channel, w, Rounding::kNearest, zero_threshold(w));
      Eigen::VectorXf levels(static_cast<Eigen::Index>(info.k));
      for (std::size_t i = 0; i < info.k; ++i) {
        levels[static_cast<Eigen::Index>(i)] = static_cast<float>(code_value(codes[i], magnitudes));
      }
      const Eigen::Map<const Eigen::VectorXf> exact(channel.data(),
                                                    static_cast<Eigen::Index>(info.k));
      const Eigen::VectorXf difference = rows * exact - quantized * levels;
      // The mean error goes into the bias, so only its spread counts.
      error += (difference.array() - difference.mean()).square().sum();
    }
    if (error < best) {
      best = error;
      base = candidate;
    }
  }
  if (base == 0) {
    throw Error(fmt::format("{}: layer {}: no base is usable for n = {} and {} inputs", where,
                            info.name, n, info.k));
  }
  LayerPlan plan = layer_outline(info);
  plan.method = "output";
  const ExponentialParams a = fit_levels(values, {}, n, base);
  std::vector<ExponentialParams> weight;
  std::vector<double> zero_w;
  for (std::size_t o = 0; o < info.outputs; ++o) {
    weight.push_back(fit_channel(o, base));
    zero_w.push_back(zero_threshold(weight.back()));
  }
  set_parameters(plan, a, zero_threshold(a), weight, zero_w, Rounding::kNearest);
  correct_bias(plan, info, activations, where);
  return plan;
}

void correct_bias(LayerPlan& plan, const LayerInfo& info, const LayerActivations& activations,
                  const std::string& where) {
  plan.bias = info.bias;
  const OutputError sum = output_error(quantize_layer(plan, info, where), info, activations);
  for (std::size_t o = 0; o < info.outputs; ++o) {
    plan.bias[o] = static_cast<float>(plan.bias[o] + sum.mean[o]);
  }
}

void measure_layer(LayerPlan& plan, const LayerInfo& info, const LayerActivations& activations,
                   const std::string& where) {
  const QuantizedLayer layer = quantize_layer(plan, info, where);
  plan.codes_sha256 = layer.plan.codes_sha256;
  const OutputError sum = output_error(layer, info, activations);
  double corrected = 0;  // what the bias takes away
  for (std::size_t o = 0; o < info.outputs; ++o) {
    const double shift = static_cast<double>(plan.bias[o]) - info.bias[o];
    const double rows = static_cast<double>(activations.row_count);
    corrected += rows * (2 * sum.mean[o] * shift - shift * shift);
  }
  plan.output_error = sum.power > 0 ? std::max(0.0, sum.error - corrected) / sum.power : 0;

  const std::vector<float> weights = dequantized_weights(layer);
  plan.rmae_w = tensor_rmae(info.weights, weights);
  std::vector<float> levels(activations.values.size());
  fake_quantize(activations.values, dequantized_halves(layer.table), levels);
  plan.rmae_a = tensor_rmae(activations.values, levels);

  plan.segment = static_cast<std::int64_t>(largest_segment(
      layer.codes, info.outputs, kPlanCounterBits, activations.non_negative()));
  plan.activations = histogram_of(activations.values, kBins);
  std::vector<float> relative(info.weights.size());
  for (std::size_t o = 0; o < info.outputs; ++o) {
    const double top = exponential_magnitudes(layer.weight[o]).back();
    for (std::size_t i = 0; i < info.k; ++i) {
      relative[o * info.k + i] = static_cast<float>(info.weights[o * info.k + i] / top);
    }
  }
  plan.weights = histogram_of(relative, kBins);
}

LayerSubstitution uniform_layer(const LayerInfo& info, const LayerActivations& activations,
                                int bits) {
  LayerSubstitution substitution;
  const int limit_a = uniform_limit(bits, !activations.non_negative());
  const SortedMagnitudes values(activations.values);
  const LevelTable table =
      uniform_table(limit_a, tune_uniform_scale(values, limit_a), "layer " + info.name);
  const auto halves = std::make_shared<const std::vector<float>>(dequantized_halves(table));
  substitution.input_tap = [halves](const LayerCall& call) {
    std::size_t size = 1;
    for (const std::size_t dimension : call.input_shape) size *= dimension;
    fake_quantize({call.input, size}, *halves, {call.output, size});
  };
  const int limit_w = uniform_limit(bits, true);
  std::vector<float> weights(info.weights.size());
  for (std::size_t o = 0; o < info.outputs; ++o) {
    const std::span<const float> channel(info.weights.data() + o * info.k, info.k);
    const double scale = tune_uniform_scale(SortedMagnitudes(channel), limit_w);
    for (std::size_t i = 0; i < info.k; ++i) {
      weights[o * info.k + i] =
          static_cast<float>(scale * quantize_uniform(channel[i], scale, limit_w));
    }
  }
  // The same correction of the bias as the exponential plan gets: the comparison is to be fair.
  std::vector<float> bias = info.bias;
  const std::size_t outputs = info.outputs_per_group();
  for (std::size_t g = 0; g < info.groups; ++g) {
    const auto part = [&](const std::vector<float>& all) {
      return Eigen::Map<const Matrix>(all.data() + g * outputs * info.k,
                                      static_cast<Eigen::Index>(outputs),
                                      static_cast<Eigen::Index>(info.k));
    };
    const Matrix rows = rows_of_group(info, activations, g);
    const Matrix difference =
        rows * part(info.weights).transpose() - quantized_rows(rows, table) * part(weights).transpose();
    for (std::size_t o = 0; o < outputs; ++o) {
      bias[g * outputs + o] += difference.col(static_cast<Eigen::Index>(o)).mean();
    }
  }
  substitution.weights = std::move(weights);
  substitution.bias = std::move(bias);
  return substitution;
}

}  // namespace tally
