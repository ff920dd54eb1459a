// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/check_layer_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/core/signed_digits.hpp"
#include "golden/plan/stored_codes.hpp"

namespace tally {
namespace {

constexpr int kHistogramLimit = 100000;

// The tables repeat the parameters; a file in which they disagree was edited by hand. The tolerance
// lets pow differ between machines.
bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); }

// Entry 0 stands for zero; the magnitudes alpha * level + beta of the others must be positive and
// strictly increasing, or a code would have two meanings.
void check_levels(const std::string& where, const char* name, const std::vector<double>& levels,
                  double alpha, double beta, const std::string& channel) {
  if (levels[0] != 0) throw Error(fmt::format("{}: {}[0] is {}, not 0", where, name, levels[0]));
  double last = 0;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const double magnitude = alpha * levels[i] + beta;
    if (!(magnitude > last) || !std::isfinite(magnitude)) {
      throw Error(fmt::format("{}: {}[{}] = {} gives magnitude {}{}, not above {}", where, name, i,
                              levels[i], magnitude, channel, last));
    }
    last = magnitude;
  }
}

void check_exponential(const std::string& where, const LayerPlan& layer) {
  check_levels(where, "magnitudes_a", layer.magnitudes_a, 1, 0, "");
  for (std::size_t c = 0; c < layer.alpha_w.size(); ++c) {
    check_levels(where, "levels_w", layer.levels_w, layer.alpha_w[c], layer.beta_w[c],
                 fmt::format(" in output channel {}", c));
  }
  for (std::size_t c = 0; c < layer.beta_w.size(); ++c) {
    if (layer.offset || (layer.beta_w[c] == 0 && layer.beta_a == 0)) continue;
    throw Error(fmt::format("{}: beta is {} and, in output channel {}, {}, but offset is off",
                            where, layer.beta_a, c, layer.beta_w[c]));
  }
  const int zero_exponent = 1 << (layer.n - 1);
  for (int i = 1; i < 1 << layer.n; ++i) {
    const double power = std::pow(static_cast<double>(layer.base), i - zero_exponent);
    const double magnitude = layer.alpha_a * power + layer.beta_a;
    if (!same(layer.levels_w[i], power)) {
      throw Error(fmt::format("{}: levels_w[{}] is {}, not base^{} = {}", where, i,
                              layer.levels_w[i], i - zero_exponent, power));
    }
    if (!same(layer.magnitudes_a[i], magnitude)) {
      throw Error(fmt::format("{}: magnitudes_a[{}] is {}, not alpha_a * base^{} + beta_a = {}",
                              where, i, layer.magnitudes_a[i], i - zero_exponent, magnitude));
    }
  }
}

// The most digits that a value up to `largest` has.
int most_digits(int largest, DigitEncoding encoding) {
  int most = 0;
  for (int v = 1; v <= largest; ++v) most = std::max(most, digit_count(encode_digits(v, encoding)));
  return most;
}

void check_digits(const std::string& where, const LayerPlan& layer) {
  const DigitEncoding encoding = hardware_encoding(layer.hese);
  const auto refuse = [&](const char* name, int value, int low, int high) {
    throw Error(fmt::format("{}: {} is {}, not in {} .. {}", where, name, value, low, high));
  };
  if (layer.group != 1 && layer.group != 2 && layer.group != 4 && layer.group != 8) {
    throw Error(fmt::format("{}: group is {}, not 1, 2, 4 or 8", where, layer.group));
  }
  int least_budget = 1;
  int least_terms = 1;
  if (layer.number_system == "uniform") {  // nothing may be dropped
    int largest = 127;
    const auto& t = layer.boundaries_a;
    while (largest > 1 && t[static_cast<std::size_t>(largest)] == kHalfInfinity) --largest;
    least_budget = most_digits((1 << layer.n) - 1, encoding) * layer.group;
    least_terms = most_digits(largest, encoding);
  } else if (layer.n != 7) {
    refuse("n", layer.n, 7, 7);
  }
  const int most = max_digits(encoding);
  if (layer.budget < least_budget || layer.budget > most * layer.group) {
    refuse("budget", layer.budget, least_budget, most * layer.group);
  }
  if (layer.terms < least_terms || layer.terms > most) {
    refuse("terms", layer.terms, least_terms, most);
  }
  for (std::size_t i = 0; i < layer.magnitudes_a.size(); ++i) {
    const int kept =
        digits_value(keep_largest(encode_digits(static_cast<int>(i), encoding), layer.terms));
    if (!same(layer.magnitudes_a[i], layer.scale_a * kept)) {
      throw Error(fmt::format("{}: magnitudes_a[{}] is {}, not scale_a * {} = {}", where, i,
                              layer.magnitudes_a[i], kept, layer.scale_a * kept));
    }
  }
}

void check_boundaries(const std::string& where, const std::string& name,
                      const std::vector<std::uint16_t>& t) {
  if (t[0] != 0) throw Error(fmt::format("{}: {}[0] is {}, not 0", where, name, t[0]));
  for (std::size_t i = 1; i < t.size(); ++i) {
    if (t[i] == 0 || t[i] < t[i - 1]) {
      throw Error(
          fmt::format("{}: {}[{}] = 0x{:04x} after 0x{:04x}: boundaries must be "
                      "positive and not descend",
                      where, name, i, t[i], t[i - 1]));
    }
  }
}

}  // namespace

void check_layer_plan(const std::string& where, const LayerPlan& layer) {
  check_boundaries(where, "boundaries_a", layer.boundaries_a);
  if (layer.counts_digits()) {
    check_digits(where, layer);
  } else {
    check_exponential(where, layer);
  }
  const std::int64_t whole = layer.inputs + std::max(layer.group, 1) - 1;
  if (layer.segment > whole) {
    throw Error(fmt::format("{}: segment is {}, above the {} inputs in whole groups", where,
                            layer.segment, whole));
  }
  if (layer.stored_bits != layer.n + 1) {
    throw Error(fmt::format("{}: stored_bits is {}, not n + 1 = {}", where, layer.stored_bits,
                            layer.n + 1));
  }
  if (!layer.codes.empty()) stored_codes(where, layer);  // for its errors
  for (const Histogram* h : {&layer.activations, &layer.weights}) {
    if (h->counts.size() > kHistogramLimit || h->low > h->high) {
      throw Error(fmt::format("{}: a histogram of {} bins over {} .. {}", where, h->counts.size(),
                              h->low, h->high));
    }
  }
}

namespace {

void check_operand(const std::string& where, const std::string& side, const OperandPlan& operand,
                   const ProductPlan& product) {
  const std::size_t entries = product.counts_digits() ? 128 : std::size_t{1} << product.n;
  const auto size = [&](const char* name, std::size_t is) {
    if (is == entries) return;
    throw Error(fmt::format("{}: {}.{} has {} entries, not {}", where, side, name, is, entries));
  };
  size("magnitudes", operand.magnitudes.size());
  size("boundaries", operand.boundaries.size());
  check_boundaries(where, side + ".boundaries", operand.boundaries);
  check_levels(where, (side + ".magnitudes").c_str(), operand.magnitudes, 1, 0, "");
  for (std::size_t i = 1; i < entries; ++i) {
    const double level = product.counts_digits()
                             ? static_cast<double>(i)
                             : std::pow(static_cast<double>(product.base),
                                        static_cast<double>(i) - static_cast<double>(entries / 2));
    if (!same(operand.magnitudes[i], operand.alpha * level + operand.beta)) {
      throw Error(fmt::format("{}: {}.magnitudes[{}] is {}, not {} as its parameters say", where,
                              side, i, operand.magnitudes[i],
                              operand.alpha * level + operand.beta));
    }
  }
}

}  // namespace

void check_product_plan(const std::string& where, const ProductPlan& product) {
  check_operand(where, "a", product.a, product);
  check_operand(where, "b", product.b, product);
  const bool beta = product.a.beta != 0 || product.b.beta != 0;
  if (beta && !product.offset) {
    throw Error(fmt::format("{}: beta is {} and {}, but offset is off", where, product.a.beta,
                            product.b.beta));
  }
  if (product.stored_bits != product.n + 1) {
    throw Error(fmt::format("{}: stored_bits is {}, not n + 1 = {}", where, product.stored_bits,
                            product.n + 1));
  }
}

}  // namespace tally
