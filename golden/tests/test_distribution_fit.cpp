// SPDX-License-Identifier: Apache-2.0
// Fits of Tables I and II: every curve fits its own distribution best, and units scale as they
// must.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "golden/core/distribution_fit.hpp"
#include "golden/report/distribution_page.hpp"

using namespace tally;

namespace {

constexpr std::size_t kCount = 40000;

// Quantiles of a distribution at (i + 1/2) / count: a sample without noise.
template <typename Quantile>
SortedMagnitudes sample(Quantile&& quantile) {
  std::vector<float> values;
  for (std::size_t i = 0; i < kCount; ++i) {
    values.push_back(static_cast<float>(quantile((static_cast<double>(i) + 0.5) / kCount)));
  }
  return SortedMagnitudes(values);
}

SortedMagnitudes exponential() {
  return sample([](double p) { return -0.3 * std::log(1 - p); });
}

}  // namespace

TEST_CASE("each curve is the closest to the distribution that it stands for", "[distribution]") {
  const auto closest = [](const SortedMagnitudes& values) {
    return fit_distributions(values, RssUnit::kMean).closest();
  };
  CHECK(closest(exponential()) == Curve::kExponential);
  CHECK(closest(sample([](double p) { return 2 + p; })) == Curve::kUniform);
  // Without its last percent, which would make the bins wider than the curve is steep.
  CHECK(closest(sample([](double p) { return 0.5 * std::pow(1 - 0.99 * p, -1 / 3.0); })) ==
        Curve::kPareto);
  std::mt19937 random(7);
  std::normal_distribution<float> normal(6.0F, 1.0F);
  std::vector<float> far;
  for (std::size_t i = 0; i < kCount; ++i) far.push_back(normal(random));
  CHECK(closest(SortedMagnitudes(far)) == Curve::kNormal);
  std::normal_distribution<float> centred(0.0F, 1.0F);
  std::vector<float> both_signs;
  for (std::size_t i = 0; i < kCount; ++i) both_signs.push_back(centred(random));
  const auto half = fit_distributions(SortedMagnitudes(both_signs), RssUnit::kMean);
  for (const Curve curve : kCurves) {
    if (curve == Curve::kHalfNormal) continue;
    CHECK(half.rss_of(Curve::kHalfNormal) < half.rss_of(curve));
  }
}

TEST_CASE("the densities of histogram and curves have area one", "[distribution]") {
  const auto fit = fit_distributions(exponential(), RssUnit::kValue);
  REQUIRE(fit.density.size() == DistributionFit::kBins);
  CHECK(std::accumulate(fit.density.begin(), fit.density.end(), 0.0) * fit.width == Approx(1));
  for (const Curve curve : {Curve::kNormal, Curve::kExponential, Curve::kHalfNormal}) {
    const auto& values = fit.curves[static_cast<std::size_t>(curve)];
    const double area = std::accumulate(values.begin(), values.end(), 0.0) * fit.width;
    // The free-mean normal has part of its area below zero.
    CHECK(area > 0.8);
    CHECK(area < 1.01);
  }
  // Eq. 1 by hand for the exponential curve: rate 1 / mean, 100 bins from 0 to the maximum.
  const auto values = exponential();
  const double mean = values.sum() / static_cast<double>(values.count());
  double rss = 0;
  for (std::size_t bin = 0; bin < 100; ++bin) {
    const double x = (static_cast<double>(bin) + 0.5) * values.max() / 100;
    rss += std::pow(fit.density[bin] - std::exp(-x / mean) / mean, 2);
  }
  CHECK(fit.rss_of(Curve::kExponential) == Approx(rss));
  CHECK(exponential_rss(values, RssUnit::kValue) == Approx(rss));
}

TEST_CASE("the unit scales the RSS by its square and leaves the ranking", "[distribution]") {
  const auto values = exponential();
  std::vector<float> small(values.sorted().begin(), values.sorted().end());
  for (float& value : small) value /= 16;
  const auto wide = fit_distributions(values, RssUnit::kValue);
  const auto narrow = fit_distributions(SortedMagnitudes(small), RssUnit::kValue);
  const auto shape = fit_distributions(SortedMagnitudes(small), RssUnit::kMean);
  for (const Curve curve : kCurves) {
    CHECK(narrow.rss_of(curve) == Approx(256 * wide.rss_of(curve)).epsilon(1e-4));
    CHECK(shape.rss_of(curve) ==
          Approx(fit_distributions(values, RssUnit::kMean).rss_of(curve)).epsilon(1e-4));
  }
  CHECK(narrow.closest() == wide.closest());
}

TEST_CASE("tensors of zeros and of one magnitude have finite fits", "[distribution]") {
  const auto none =
      fit_distributions(SortedMagnitudes(std::vector<float>(5, 0.0F)), RssUnit::kMean);
  CHECK(none.density.empty());
  CHECK(none.rss_of(Curve::kExponential) == 0);
  const auto one =
      fit_distributions(SortedMagnitudes(std::vector<float>(5, -0.5F)), RssUnit::kMean);
  REQUIRE(one.density.size() == DistributionFit::kBins);
  for (const Curve curve : kCurves) CHECK(std::isfinite(one.rss_of(curve)));
  CHECK(one.rss_of(Curve::kNormal) < one.rss_of(Curve::kExponential));
}

TEST_CASE("the page shows every layer, the means and the tensor that starts the search",
          "[distribution][report]") {
  LayerDistributions first{
      "conv <1>", fit_distributions(exponential(), RssUnit::kMean),
      fit_distributions(sample([](double p) { return 1 + p; }), RssUnit::kMean)};
  LayerDistributions second{"fc", first.weights, first.activations};
  CHECK_FALSE(first.starts_with_weights());
  CHECK(second.starts_with_weights());
  const auto mean = mean_rss({first, second}, false);
  CHECK(mean[1] == Approx((first.activations.rss[1] + second.activations.rss[1]) / 2));
  const auto page =
      render_distributions("net.onnx", "data.npz", "12", RssUnit::kMean, {first, second});
  for (const char* text : {"net.onnx", "data.npz", "conv &lt;1&gt;", ">fc<", "1 of 2", "Pareto",
                           "Half-normal", "divided by its mean"}) {
    CHECK_THAT(page, Catch::Matchers::Contains(text));
  }
  CHECK(page.find("conv <1>") == std::string::npos);
  std::size_t pictures = 0;
  for (auto at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) {
    ++pictures;
  }
  CHECK(pictures == 4);
}
