// SPDX-License-Identifier: Apache-2.0
// Algorithm 1 against a second, plain implementation that quantizes every value with Eq. 2.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "golden/core/base_search.hpp"
#include "golden/core/distribution.hpp"
#include "golden/core/error.hpp"

using namespace tally;

namespace {

constexpr unsigned kSeed = 23;

std::vector<float> sample(double scale, bool laplace, std::size_t count) {
  std::mt19937 random(kSeed);
  std::exponential_distribution<double> exponential(1.0);
  std::normal_distribution<double> normal;
  std::vector<float> t(count);
  for (float& x : t) {
    const double v = laplace ? exponential(random) * (random() % 2 ? 1 : -1) : normal(random);
    x = random() % 10 == 0 ? 0.0F : static_cast<float>(scale * v);
  }
  return t;
}

struct Candidate {
  float base = 0;
  double alpha = 0, beta = 0;
  double rmae = std::numeric_limits<double>::infinity();
};

// One base, straight from Eq. 2 to 6.
Candidate plain_candidate(const std::vector<float>& t, int n, double base, bool full_scale) {
  Candidate c;
  c.base = static_cast<float>(base);
  if (!(c.base > 1.0F)) return c;
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const float x : t) {
    if (x != 0) low = std::min(low, std::fabs(double(x)));
    high = std::max(high, std::fabs(double(x)));
  }
  const double b = c.base;
  const int r = (1 << (n - 1)) - 1;
  c.alpha = high / std::pow(b, r);
  if (full_scale) c.alpha = (high - low) / (std::pow(b, r) - std::pow(b, -r - 0.5));
  c.beta = low - c.alpha * std::pow(b, -r - 0.5);
  double error = 0;
  double total = 0;
  for (const float value : t) {
    const double x = std::fabs(value);
    total += x;
    if (x == 0) continue;
    double i = x <= c.beta ? -r : std::floor(std::log((x - c.beta) / c.alpha) / std::log(b) + 0.5);
    i = std::min<double>(r, std::max<double>(-r, i));
    error += std::fabs(c.alpha * std::pow(b, i) + c.beta - x);
  }
  c.rmae = error / total;
  return c;
}

Candidate plain_search(const std::vector<float>& t, int n, bool full_scale) {
  double high = 0;
  for (const float x : t) high = std::max(high, std::fabs(double(x)));
  double base = std::pow(high < 1 ? 1 / high : high, 1.0 / ((1 << (n - 1)) - 1));
  Candidate current = plain_candidate(t, n, base, full_scale);
  const Candidate up = plain_candidate(t, n, base + 0.01, full_scale);
  const Candidate down = plain_candidate(t, n, base - 0.01, full_scale);
  if (current.rmae <= up.rmae && current.rmae <= down.rmae) return current;
  const double step = down.rmae < up.rmae ? -0.01 : 0.01;
  current = step > 0 ? up : down;
  base += step;
  while (true) {
    const Candidate next = plain_candidate(t, n, base + step, full_scale);
    if (!(next.rmae < current.rmae)) return current;
    current = next;
    base += step;
  }
}

}  // namespace

TEST_CASE("Algorithm 1 equals a plain implementation", "[core][random]") {
  int checks = 0;
  int moved = 0;
  for (int n = 2; n <= 7; ++n) {
    for (const double scale : {0.02, 0.3, 4.0}) {
      for (const bool laplace : {false, true}) {
        for (const bool full_scale : {false, true}) {
          const auto t = sample(scale, laplace, 1500);
          const std::vector<SortedMagnitudes> groups{SortedMagnitudes(t)};
          BaseSearchOptions options;
          options.alpha_rule = full_scale ? AlphaRule::kFullScale : AlphaRule::kPaper;
          const auto found = search_base(groups, n, options);
          const auto plain = plain_search(t, n, full_scale);
          CAPTURE(kSeed, n, scale, laplace, full_scale);
          REQUIRE(found.params[0].base == plain.base);
          REQUIRE(found.params[0].alpha == Approx(plain.alpha).epsilon(1e-12));
          REQUIRE(found.params[0].beta == Approx(plain.beta).epsilon(1e-9));
          REQUIRE(found.rmae == Approx(plain.rmae).epsilon(1e-9));
          REQUIRE(valid_params(found.params[0]));
          ++checks;
          if (found.candidates > 3) ++moved;
        }
      }
    }
  }
  REQUIRE(checks == 72);
  REQUIRE(moved > 36);
}

TEST_CASE("full scale puts the top level at the maximum, the paper's alpha at max + beta",
          "[core]") {
  const auto t = sample(1.0, true, 500);
  const SortedMagnitudes sorted(t);
  for (int n = 2; n <= 7; ++n) {
    const auto full =
        exponential_magnitudes(initial_params(sorted, n, 1.5F, AlphaRule::kFullScale));
    REQUIRE(full.back() == Approx(sorted.max()));
    const auto p = initial_params(sorted, n, 1.5F, AlphaRule::kPaper);
    REQUIRE(exponential_magnitudes(p).back() == Approx(sorted.max() + p.beta));
  }
}

TEST_CASE("a maximum of one starts with a step up", "[core]") {
  std::vector<float> t = sample(0.1, true, 300);
  for (float& x : t) x = std::min(1.0F, std::max(-1.0F, x));
  t[0] = 1.0F;
  const std::vector<SortedMagnitudes> groups{SortedMagnitudes(t)};
  REQUIRE(search_base(groups, 4, {}).params[0].base > 1.0F);
}

TEST_CASE("per channel: every group has its own alpha and beta under one base", "[core]") {
  const auto small = sample(0.01, true, 400);
  const auto large = sample(2.0, false, 400);
  const std::vector<SortedMagnitudes> groups{SortedMagnitudes(small), SortedMagnitudes(large),
                                             SortedMagnitudes(std::vector<float>(400, 0.0F))};
  const auto found = search_base(groups, 4, {});
  REQUIRE(found.params.size() == 3);
  REQUIRE(found.params[0].base == found.params[1].base);
  REQUIRE(found.params[0].alpha < found.params[1].alpha);
  for (const auto& p : found.params) REQUIRE(valid_params(p));
  double error = 0;
  double total = 0;
  for (int g = 0; g < 2; ++g) {
    const auto c = found.params[static_cast<std::size_t>(g)];
    const auto magnitudes = exponential_magnitudes(c);
    for (const float x : g == 0 ? small : large) {
      total += std::fabs(x);
      if (x == 0) continue;
      const int index = log_exp_quant(x, c) + (1 << (c.n - 1));
      error += std::fabs(magnitudes[static_cast<std::size_t>(index)] - std::fabs(double(x)));
    }
  }
  REQUIRE(found.rmae == Approx(error / total).epsilon(1e-9));
}

TEST_CASE("the base search keeps below the largest base and refuses zeros", "[core]") {
  const auto t = sample(1000.0, true, 500);
  const std::vector<SortedMagnitudes> groups{SortedMagnitudes(t)};
  BaseSearchOptions options;
  options.largest_base = 1.3;
  REQUIRE(search_base(groups, 3, options).params[0].base <= 1.3F);
  const std::vector<SortedMagnitudes> zeros{SortedMagnitudes(std::vector<float>(5, 0.0F))};
  REQUIRE_THROWS_AS(search_base(zeros, 3, {}), Error);
}

TEST_CASE("residuals against an exponential: small for its own samples, and unit named", "[core]") {
  const SortedMagnitudes exponential(sample(0.5, true, 100'000));
  const SortedMagnitudes normal(sample(0.5, false, 100'000));
  REQUIRE(exponential_rss(exponential, RssUnit::kMean) < exponential_rss(normal, RssUnit::kMean));
  // A tensor ten times narrower has densities ten times higher, residuals a hundred times.
  const SortedMagnitudes narrow(sample(0.05, true, 100'000));
  REQUIRE(exponential_rss(narrow, RssUnit::kValue) ==
          Approx(100 * exponential_rss(exponential, RssUnit::kValue)).epsilon(1e-3));
  REQUIRE(exponential_rss(narrow, RssUnit::kMean) ==
          Approx(exponential_rss(exponential, RssUnit::kMean)).epsilon(1e-3));
  REQUIRE(exponential_rss(SortedMagnitudes(std::vector<float>(3, 0.0F)), RssUnit::kMean) == 0);
}
