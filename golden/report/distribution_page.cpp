// SPDX-License-Identifier: Apache-2.0
#include "golden/report/distribution_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/report/page.hpp"
#include "golden/report/svg_axis.hpp"
#include "golden/report/template.hpp"

namespace tally {
namespace {

std::string number(double value) { return fmt::format("{:.3g}", value); }

// The cells of a table's row, the least of the paper's four marked.
Json cells(const std::array<double, 5>& rss) {
  const auto least = std::min_element(rss.begin(), rss.end() - 1) - rss.begin();
  Json list = Json::array();
  for (std::size_t i = 0; i < rss.size(); ++i) {
    list.push_back({{"value", number(rss[i])}, {"least", static_cast<long>(i) == least}});
  }
  return list;
}

Json figure(const LayerDistributions& layer, bool weights) {
  const DistributionFit& fit = weights ? layer.weights : layer.activations;
  const std::string what = weights ? "weights" : "activations";
  return {{"what", what},
          {"rss", number(fit.rss_of(Curve::kExponential))},
          {"closest", to_string(fit.closest())},
          {"svg", distribution_svg(fit, fmt::format("Histogram of the {} of {} with the fitted "
                                                    "curves",
                                                    what, layer.name))}};
}

}  // namespace

std::array<double, 5> mean_rss(const std::vector<LayerDistributions>& layers, bool weights) {
  std::array<double, 5> mean = {};
  for (const LayerDistributions& layer : layers) {
    const DistributionFit& fit = weights ? layer.weights : layer.activations;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += fit.rss[i] / static_cast<double>(layers.size());
    }
  }
  return mean;
}

std::string distribution_svg(const DistributionFit& fit, const std::string& title) {
  constexpr double kWidth = 460;
  constexpr double kHeight = 200;
  constexpr double kAxis = 22;  // room below for the numbers
  if (fit.density.empty()) return "<p class=\"soft\">all zero</p>";
  // The bars set the scale; a curve may leave the picture at the top.
  const double top = 1.1 * *std::max_element(fit.density.begin(), fit.density.end());
  const double step = kWidth / static_cast<double>(fit.density.size());
  const auto y = [&](double density) { return kHeight * (1 - std::min(density, top) / top); };
  std::string bars = fmt::format("M0 {}", kHeight);
  for (std::size_t i = 0; i < fit.density.size(); ++i) {
    const auto left = static_cast<double>(i) * step;
    bars += fmt::format("V{:.1f}H{:.1f}", y(fit.density[i]), left + step);
  }
  bars += fmt::format("V{}Z", kHeight);
  const auto line = [&](Curve curve) {
    std::string path;
    const auto& values = fit.curves[static_cast<std::size_t>(curve)];
    for (std::size_t i = 0; i < values.size(); ++i) {
      path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L',
                          (static_cast<double>(i) + 0.5) * step, y(values[i]));
    }
    return path;
  };
  const double largest = fit.width * static_cast<double>(fit.density.size());
  return fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\"><path d=\"{3}\" "
      "fill=\"var(--bar)\"/><path d=\"{4}\" fill=\"none\" stroke=\"var(--level)\" "
      "stroke-width=\"2\"/><path d=\"{5}\" fill=\"none\" stroke=\"var(--accent)\" "
      "stroke-width=\"1.5\" stroke-dasharray=\"5 3\"/><path d=\"M0 {6}H{0}\" "
      "stroke=\"var(--ink)\"/><g font-size=\"12\" fill=\"var(--soft)\"><text x=\"0\" "
      "y=\"{7}\">0</text><text x=\"{0}\" y=\"{7}\" text-anchor=\"end\">{8:.3g}</text></g></svg>",
      kWidth, kHeight + kAxis, escaped(title), bars, line(Curve::kExponential),
      line(Curve::kHalfNormal), kHeight, kHeight + kAxis - 6, largest);
}

std::string render_distributions(const std::string& model, const std::string& data,
                                 const std::string& samples, RssUnit unit,
                                 const std::vector<LayerDistributions>& layers) {
  Json view = {{"model", model}, {"data", data}, {"samples", samples}};
  view["unit"] = unit == RssUnit::kMean
                     ? "|t| divided by its mean, so that tensors compare by their shape alone"
                     : "|t| as it stands, so that a tensor of small values has large densities and "
                       "a large RSS";
  view["curves"] = Json::array();
  for (const Curve curve : kCurves) view["curves"].push_back({{"name", to_string(curve)}});
  view["activations"] = cells(mean_rss(layers, false));
  view["weights"] = cells(mean_rss(layers, true));
  std::size_t weights_first = 0;
  view["layers"] = Json::array();
  for (const LayerDistributions& layer : layers) {
    weights_first += layer.starts_with_weights();
    view["layers"].push_back({{"name", layer.name},
                              {"start", layer.starts_with_weights() ? "weights" : "activations"},
                              {"activations", cells(layer.activations.rss)},
                              {"weights", cells(layer.weights.rss)},
                              {"figures", {figure(layer, false), figure(layer, true)}}});
  }
  view["starts"] = fmt::format("{} of {}", weights_first, layers.size());
  return render_page(kDistributionsTemplate, view);
}

}  // namespace tally
