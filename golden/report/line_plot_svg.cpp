// SPDX-License-Identifier: Apache-2.0
#include "golden/report/line_plot_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/report/format.hpp"
#include "golden/report/svg_axis.hpp"

namespace tally {
namespace {

// The picture in SVG units; the page scales it.
constexpr double kWidth = 640;
constexpr double kHeight = 300;
constexpr double kLeft = 56;  // room for the numbers of the y axis
constexpr double kRight = 12;
constexpr double kTop = 22;     // for the title of the y axis
constexpr double kBottom = 40;  // for the numbers and the title of the x axis
constexpr double kLegendLine = 17;
constexpr int kLegendColumns = 2;
constexpr std::size_t kColours = 8;

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Some room around the points, and a width even if all are equal.
  void widen() {
    if (!(low <= high)) low = 0, high = 1;
    const double room = high > low ? 0.04 * (high - low) : 0.5;
    low -= room;
    high += room;
  }
};

bool drawn(const StudySeries& series, std::size_t i) {
  return std::isfinite(series.x[i]) && std::isfinite(series.y[i]);
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format(
      "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
      escaped(text));
}

}  // namespace

std::string line_plot_svg(const StudyPlot& plot) {
  Span xs;
  Span ys;
  for (const StudySeries& series : plot.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!drawn(series, i)) continue;
      xs.add(series.x[i]);
      ys.add(series.y[i]);
    }
  }
  xs.widen();
  ys.widen();
  const auto x_at = [&](double x) {
    return kLeft + (kWidth - kLeft - kRight) * (x - xs.low) / (xs.high - xs.low);
  };
  const auto y_at = [&](double y) {
    return kHeight - kBottom - (kHeight - kTop - kBottom) * (y - ys.low) / (ys.high - ys.low);
  };
  const std::size_t lines = (plot.series.size() + kLegendColumns - 1) / kLegendColumns;
  const double height = kHeight + kLegendLine * static_cast<double>(lines);
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\"><title>{}</title>\n",
      kWidth, height, escaped(plot.name), escaped(plot.name));
  for (const double tick : round_ticks(ys.low, ys.high)) {
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", kLeft, y_at(tick),
                       kWidth - kRight);
    svg += text_at(kLeft - 6, y_at(tick) + 4, "end", short_number(tick));
  }
  for (const double tick : round_ticks(xs.low, xs.high)) {
    svg += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}v4\"/>\n", x_at(tick),
                       kHeight - kBottom);
    svg += text_at(x_at(tick), kHeight - kBottom + 16, "middle", short_number(tick));
  }
  svg += fmt::format("<path class=\"axis\" d=\"M{0:.1f} {1:.1f}V{2:.1f}H{3:.1f}\"/>\n", kLeft, kTop,
                     kHeight - kBottom, kWidth - kRight);
  svg += text_at(4, kTop - 8, "start", plot.y_title);
  svg += text_at((kLeft + kWidth - kRight) / 2, kHeight - 6, "middle", plot.x_title);
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const StudySeries& series = plot.series[s];
    std::string path;
    std::string marks;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!drawn(series, i)) continue;
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x_at(series.x[i]),
                          y_at(series.y[i]));
      marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\"/>", x_at(series.x[i]),
                           y_at(series.y[i]));
    }
    const double legend_x =
        kLeft + (kWidth - kLeft) / kLegendColumns * static_cast<double>(s % kLegendColumns);
    const double legend_y = kHeight + kLegendLine * static_cast<double>(s / kLegendColumns) + 8;
    svg += fmt::format("<g class=\"s{}\"><path d=\"{}\"/>{}<path d=\"M{:.1f} {:.1f}h18\"/></g>\n",
                       s % kColours, path, marks, legend_x, legend_y - 4);
    svg += text_at(legend_x + 24, legend_y, "start", series.name);
  }
  return svg + "</svg>";
}

}  // namespace tally
