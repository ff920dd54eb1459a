// SPDX-License-Identifier: Apache-2.0
#include "golden/report/histogram_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "golden/core/half.hpp"
#include "golden/report/format.hpp"
#include "golden/report/svg_axis.hpp"

namespace tally {
namespace {

// The picture in SVG units; the page scales it.
constexpr double kWidth = 480;
constexpr double kHeight = 170;
constexpr double kBottom = 22;  // room for the numbers below the axis
constexpr double kTop = 12;

std::vector<double> mirrored(const std::vector<double>& magnitudes, bool both_signs) {
  std::vector<double> levels = {0};
  for (std::size_t i = 1; i < magnitudes.size(); ++i) {
    levels.push_back(magnitudes[i]);
    if (both_signs) levels.push_back(-magnitudes[i]);
  }
  std::sort(levels.begin(), levels.end());
  return levels;
}

}  // namespace

std::string histogram_svg(const Histogram& histogram, const std::vector<double>& levels,
                          const std::string& title) {
  double low = histogram.low;
  double high = histogram.high;
  for (const double level : levels) {
    low = std::min(low, level);
    high = std::max(high, level);
  }
  if (!(high > low)) high = low + 1;
  const double margin = 0.01 * (high - low);
  low -= margin;
  high += margin;
  const auto x = [&](double value) { return kWidth * (value - low) / (high - low); };
  const double floor_y = kHeight - kBottom;

  std::int64_t most = 1;
  for (const std::int64_t count : histogram.counts) most = std::max(most, count);
  const double scale = (floor_y - kTop) / std::log1p(static_cast<double>(most));

  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\"><title>{}</title>\n",
      kWidth, kHeight, escaped(title), escaped(title));
  // One path for all bars: small, and no hairlines between them.
  svg += "<path class=\"bar\" d=\"";
  const double bin =
      (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] == 0) continue;
    const double left = x(histogram.low + bin * static_cast<double>(i));
    const double right = x(histogram.low + bin * static_cast<double>(i + 1));
    const double height = scale * std::log1p(static_cast<double>(histogram.counts[i]));
    svg += fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}V{:.1f}Z", left, floor_y, floor_y - height,
                       right, floor_y);
  }
  svg += "\"/>\n<path class=\"level\" d=\"";
  for (const double level : levels) {
    svg += fmt::format("M{:.1f} {:.1f}V{:.1f}", x(level), kTop - 6, floor_y);
  }
  svg += fmt::format("\"/>\n<path class=\"axis\" d=\"M0 {0:.1f}H{1:.0f}\"/>\n", floor_y, kWidth);
  for (const double tick : round_ticks(low, high)) {
    const double at = x(tick);
    const char* anchor = at < 15 ? "start" : at > kWidth - 15 ? "end" : "middle";
    svg += fmt::format(
        "<path class=\"axis\" d=\"M{0:.1f} {1:.1f}v4\"/>"
        "<text class=\"tick\" x=\"{0:.1f}\" y=\"{2:.1f}\" text-anchor=\"{3}\">{4}</text>\n",
        at, floor_y, floor_y + 16, anchor, short_number(tick));
  }
  return svg + "</svg>";
}

std::vector<double> activation_levels(const LayerPlan& layer) {
  std::vector<double> reached;
  for (std::size_t i = 0; i < layer.magnitudes_a.size(); ++i) {
    // A boundary at infinity is reached by nothing, and truncated digits make equal levels.
    const bool reachable = layer.boundaries_a[i] < kHalfInfinity;
    if (reachable && (reached.empty() || layer.magnitudes_a[i] > reached.back())) {
      reached.push_back(layer.magnitudes_a[i]);
    }
  }
  return mirrored(reached, layer.activations.low < 0);
}

std::vector<double> weight_levels(const LayerPlan& layer) {
  std::vector<double> magnitudes = {0};
  if (layer.counts_digits()) {
    const int top = (1 << layer.n) - 1;
    for (int q = 1; q <= top; ++q) magnitudes.push_back(static_cast<double>(q) / top);
    return mirrored(magnitudes, true);
  }
  const std::size_t channels = layer.alpha_w.size();
  std::vector<double> of_channel(channels);
  for (std::size_t i = 1; i < layer.levels_w.size(); ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      const double top = layer.alpha_w[c] * layer.levels_w.back() + layer.beta_w[c];
      of_channel[c] = (layer.alpha_w[c] * layer.levels_w[i] + layer.beta_w[c]) / top;
    }
    const auto middle = of_channel.begin() + static_cast<std::ptrdiff_t>(channels / 2);
    std::nth_element(of_channel.begin(), middle, of_channel.end());
    magnitudes.push_back(*middle);
  }
  return mirrored(magnitudes, true);
}

}  // namespace tally
