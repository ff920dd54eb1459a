// SPDX-License-Identifier: Apache-2.0
#include "golden/core/counting.hpp"

#include <fmt/core.h>

#include <cassert>
#include <cmath>

#include "golden/core/error.hpp"

namespace tally {

Counts count_products(std::span<const std::uint8_t> activations,
                      std::span<const std::uint8_t> weights, int n) {
  assert(activations.size() == weights.size());
  const auto size = static_cast<std::size_t>(table_size(n));
  Counts counts{std::vector<std::int64_t>(2 * size, 0), std::vector<std::int64_t>(size, 0),
                std::vector<std::int64_t>(size, 0)};
  for (std::size_t i = 0; i < activations.size(); ++i) {
    const auto a = static_cast<std::size_t>(code_index(activations[i]));
    const auto w = static_cast<std::size_t>(code_index(weights[i]));
    assert(a < size && w < size);
    if (a == 0 || w == 0) continue;
    const int v = code_is_negative(activations[i]) == code_is_negative(weights[i]) ? 1 : -1;
    counts.ac1[a + w] += v;
    counts.ac2[w] += v;
    counts.ac3[a] += v;
  }
  return counts;
}

double evaluate_counts(const Counts& counts, const ExponentialParams& a,
                       const ExponentialParams& w) {
  assert(a.n == w.n && a.base == w.base);
  const double base = a.base;
  const int middle = 1 << (a.n - 1);  // index of exponent 0
  double products = 0;
  for (int e = 2; e < static_cast<int>(counts.ac1.size()); ++e) {
    products += static_cast<double>(counts.ac1[static_cast<std::size_t>(e)]) *
                std::pow(base, e - 2 * middle);
  }
  double weights = 0;
  double activations = 0;
  std::int64_t signs = 0;
  for (int e = 1; e < static_cast<int>(counts.ac2.size()); ++e) {
    const auto entry = static_cast<std::size_t>(e);
    const double power = std::pow(base, e - middle);
    weights += static_cast<double>(counts.ac2[entry]) * power;
    activations += static_cast<double>(counts.ac3[entry]) * power;
    signs += counts.ac2[entry];
  }
  return a.alpha * w.alpha * products + w.alpha * a.beta * weights +
         a.alpha * w.beta * activations + a.beta * w.beta * static_cast<double>(signs);
}

Coefficients coefficients(const ExponentialParams& a, const ExponentialParams& w,
                          const std::string& what) {
  assert(a.n == w.n && a.base == w.base);
  const double low = std::pow(static_cast<double>(a.base), -max_exponent(a.n));
  const double lowest = std::pow(static_cast<double>(a.base), -2 * max_exponent(a.n));
  const double exact[4] = {a.alpha * w.alpha * lowest, w.alpha * a.beta * low,
                           a.alpha * w.beta * low, a.beta * w.beta};
  // Only a factor of exactly zero may make a zero; anything else must survive the rounding.
  const bool zero[4] = {false, a.beta == 0, w.beta == 0, a.beta == 0 || w.beta == 0};
  float rounded[4];
  for (int i = 0; i < 4; ++i) {
    rounded[i] = static_cast<float>(exact[i]);
    if (!zero[i] && !std::isnormal(rounded[i])) {
      throw Error(fmt::format("{}: coefficient c{} = {} is not a normal binary32 number", what,
                              i + 1, exact[i]));
    }
  }
  return {rounded[0], rounded[1], rounded[2], rounded[3]};
}

double largest_base(int n, std::size_t inputs) {
  return std::exp2((126.0 - std::log2(static_cast<double>(inputs))) / (4 * max_exponent(n)));
}

void check_polynomial_range(int n, float base, std::size_t inputs, const std::string& what) {
  const double bits = std::log2(static_cast<double>(inputs)) +
                      4 * max_exponent(n) * std::log2(static_cast<double>(base));
  if (inputs == 0 || !(bits < 126)) {
    throw Error(fmt::format(
        "{}: {} inputs with base {} and n = {}: K*b^(4 Rmax) = 2^{:.1f}, must be below 2^126", what,
        inputs, base, n, bits));
  }
}

}  // namespace tally
