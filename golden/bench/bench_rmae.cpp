// SPDX-License-Identifier: Apache-2.0
// RMAE of one candidate table on 4 million values: direct evaluation against prefix sums. The sort
// is done once a tensor and timed on its own.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "golden/core/base_search.hpp"

namespace {

using namespace tally;

constexpr std::size_t kCount = 4'000'000;

const std::vector<float>& values() {
  static const std::vector<float> laplace = [] {
    std::mt19937 random(1);
    std::exponential_distribution<float> exponential(20.0F);
    std::vector<float> t(kCount);
    for (float& x : t) x = exponential(random) * (random() % 2 == 0 ? 1.0F : -1.0F);
    return t;
  }();
  return laplace;
}

const SortedMagnitudes& sorted_values() {
  static const SortedMagnitudes sorted(values());
  return sorted;
}

ExponentialParams candidate(int n) {
  const auto base = static_cast<float>(std::pow(64.0, 0.5 / max_exponent(n)));
  return initial_params(sorted_values(), n, base, AlphaRule::kPaper);
}

// As fast as a table lookup goes without sorting: a binary search a value, one pass.
double direct_rmae(const ExponentialParams& p) {
  const auto magnitudes = exponential_magnitudes(p);
  const auto points = rounding_points(p, Rounding::kLog, 0);
  double error = 0;
  double total = 0;
  for (const float x : values()) {
    const double magnitude = std::fabs(x);
    error += std::fabs(magnitudes[static_cast<std::size_t>(quantize_real(magnitude, points))] -
                       magnitude);
    total += magnitude;
  }
  return error / total;
}

double sorted_rmae(const ExponentialParams& p) {
  const ExponentialParams params[] = {p};
  return log_rmae(Groups(&sorted_values(), 1), params);
}

void direct(benchmark::State& state) {
  const auto p = candidate(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(direct_rmae(p));
}

void prefix_sums(benchmark::State& state) {
  const auto p = candidate(static_cast<int>(state.range(0)));
  const double difference = std::fabs(sorted_rmae(p) / direct_rmae(p) - 1);
  if (!(difference < 1e-9)) state.SkipWithError("differs from direct evaluation by more than 1e-9");
  for (auto _ : state) benchmark::DoNotOptimize(sorted_rmae(p));
  state.counters["difference"] = difference;
}

void sort_once(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(SortedMagnitudes(values()).sum());
}

}  // namespace

BENCHMARK(sort_once)->Unit(benchmark::kMillisecond);
BENCHMARK(direct)->DenseRange(2, 7)->Unit(benchmark::kMillisecond);
BENCHMARK(prefix_sums)->DenseRange(2, 7)->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
