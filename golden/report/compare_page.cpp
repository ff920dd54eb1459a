// SPDX-License-Identifier: Apache-2.0
#include "golden/report/compare_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/report/format.hpp"
#include "golden/report/line_plot_svg.hpp"
#include "golden/report/svg_axis.hpp"
#include "golden/report/template.hpp"

namespace tally {
namespace {

double number(const Json& plan, const char* name) { return plan.at(name).get<double>(); }
std::string text(const Json& plan, const char* name) { return plan.at(name).get<std::string>(); }

// A method's points by stored bits, x ascending.
StudyPlot front(const Json& compare, const char* name, const char* value,
                const std::string& y_title, double (*shown)(double)) {
  StudyPlot plot{name, "stored bits a value", y_title, {}};
  for (const char* method :
       {"exponential", "uniform", "auto", "paper", "plain uniform", "reveal", "INT8"}) {
    std::vector<std::pair<double, double>> points;
    for (const char* list : {"plans", "thresholds"}) {
      for (const Json& plan : compare.at(list)) {
        if (text(plan, "method").rfind(method, 0) != 0) continue;
        points.emplace_back(number(plan, "stored_bits"), shown(number(plan, value)));
      }
    }
    std::sort(points.begin(), points.end());
    StudySeries series{method, {}, {}};
    for (const auto& [x, y] : points) {
      series.x.push_back(x);
      series.y.push_back(y);
    }
    if (!points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

// Plans that lose far more than anyone accepts would flatten all others.
constexpr double kMostShown = 10;  // points
double below_most(double value) {
  return value > kMostShown ? std::numeric_limits<double>::quiet_NaN() : value;
}
double log10_of(double value) { return std::log10(std::max(value, 1e-9)); }

std::string table_start(const std::vector<std::string>& heads) {
  std::string html = "<div class=\"scroll\"><table><tr>";
  for (std::size_t i = 0; i < heads.size(); ++i) {
    html += fmt::format("<th{}>{}</th>", i == 0 ? " class=\"text\"" : "", escaped(heads[i]));
  }
  return html + "</tr>\n";
}

std::string row(const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    html += fmt::format("<td{}>{}</td>", i == 0 ? " class=\"text\"" : "", escaped(cells[i]));
  }
  return html + "</tr>\n";
}

constexpr const char* kTableEnd = "</table></div>\n";

std::string plans_table(const Json& compare) {
  std::string html = table_start({"method", "budget", "average n", "stored bits", "test metric",
                                  "loss, points", "agreement", "KL", "KL, validation", "user s"});
  for (const Json& p : compare.at("plans")) {
    html += row({text(p, "method"), text(p, "what"), fmt::format("{:.2f}", number(p, "average_n")),
                 fmt::format("{:.2f}", number(p, "stored_bits")), percent(number(p, "test_metric")),
                 fmt::format("{:+.2f}", number(p, "test_loss_points")),
                 percent(number(p, "test_agreement")), short_number(number(p, "test_divergence")),
                 short_number(number(p, "validation_divergence")),
                 fmt::format("{:.0f}", number(p, "user_seconds"))});
  }
  return html + kTableEnd;
}

std::string table_iv(const Json& compare) {
  std::string html = table_start(
      {"quantization", "accumulated RMAE", "of activations", "of weights", "loss, points"});
  for (const Json& p : compare.at("plans")) {
    const std::string method = text(p, "method");
    if (method != "paper" && method.substr(0, 5) != "plain") continue;
    html +=
        row({method, fmt::format("{:.2f}", number(p, "rmae_a") + number(p, "rmae_w")),
             fmt::format("{:.2f}", number(p, "rmae_a")), fmt::format("{:.2f}", number(p, "rmae_w")),
             fmt::format("{:+.2f}", number(p, "test_loss_points"))});
  }
  return html + kTableEnd;
}

std::string table_v(const Json& compare) {
  std::string html = table_start({"search", "test metric", "average n", "stored bits",
                                  "compression, 1 - n/8", "with the sign, 1 - (n+1)/8"});
  for (const Json& p : compare.at("plans")) {
    const std::string method = text(p, "method");
    if (method != "paper" && method.find("within") == std::string::npos) continue;
    const double n = number(p, "average_n");
    html += row({method, percent(number(p, "test_metric")), fmt::format("{:.2f}", n),
                 fmt::format("{:.2f}", n + 1), percent(1 - n / 8, 1), percent(1 - (n + 1) / 8, 1)});
  }
  return html + kTableEnd;
}

std::string figure_11(const Json& compare) {
  StudyPlot loss{
      "Loss over the threshold", "Thr_w, %", "loss on test data, points", {{"paper", {}, {}}}};
  StudyPlot bits{"Average n over the threshold", "Thr_w, %", "average n", {{"paper", {}, {}}}};
  for (const Json& p : compare.at("thresholds")) {
    const double threshold = 100 * number(p, "threshold_w");
    loss.series[0].x.push_back(threshold);
    loss.series[0].y.push_back(number(p, "test_loss_points"));
    bits.series[0].x.push_back(threshold);
    bits.series[0].y.push_back(number(p, "average_n"));
  }
  return "<div class=\"pair\"><figure>" + line_plot_svg(loss) + "</figure><figure>" +
         line_plot_svg(bits) + "</figure></div>\n";
}

std::string sensitivity(const Json& compare) {
  std::string html = table_start({"layer", "KL per unit of relative output error"});
  const Json& importance = compare.at("importance");
  for (std::size_t i = 0; i < importance.size(); ++i) {
    html += row(
        {compare.at("layers")[i].get<std::string>(), short_number(importance[i].get<double>())});
  }
  return html + kTableEnd;
}

}  // namespace

std::string render_compare_page(const Json& compare) {
  const std::string model = escaped(text(compare, "model"));
  const Json& plans = compare.at("plans");
  const auto samples =
      plans.empty() ? std::int64_t{0} : plans[0].at("test_samples").get<std::int64_t>();
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>Tally: bits against accuracy of "
      "{0}</title>\n<style>\n{1}\n</style></head><body><main>\n<header><h1>Bits against accuracy: "
      "{0}</h1></header>\n",
      model, kReportStyle);
  html += fmt::format(
      "<p>Judged on <code>{}</code>, {} samples that took no part in the search. Tuned on {} "
      "calibration samples, chosen on {}{}. Stored bits count the sign; uniform levels store as "
      "many bits as the exponential ones beside them and are tuned in the same way.</p>\n",
      escaped(text(compare, "data")), thousands(samples),
      thousands(compare.at("tuning_samples").get<std::int64_t>()),
      thousands(compare.at("validation_samples").get<std::int64_t>()),
      compare.at("tuning_is_validation").get<bool>() ? ", the same ones" : " others");
  html +=
      "<div class=\"pair\"><figure><figcaption>KL divergence of the output from the float "
      "network, test data</figcaption>" +
      line_plot_svg(front(compare, "Divergence over stored bits", "test_divergence",
                          "log10 of KL in nats", log10_of)) +
      fmt::format(
          "</figure><figure><figcaption>Loss, test data, of plans that lose at most {} "
          "points</figcaption>",
          kMostShown) +
      line_plot_svg(
          front(compare, "Loss over stored bits", "test_loss_points", "loss, points", below_most)) +
      "</figure></div>\n";
  html += plans_table(compare);
  if (!compare.at("thresholds").empty()) {
    html += "<h2>Accumulated error (Table IV of the paper)</h2>\n" + table_iv(compare);
    html += "<h2>Widths and compression (Table V)</h2>\n" + table_v(compare);
    html += "<h2>Loss and width over the threshold (Figure 11)</h2>\n" + figure_11(compare);
  }
  if (!compare.at("importance").empty()) {
    html += "<h2>Sensitivity of the layers</h2>\n" + sensitivity(compare);
  }
  std::vector<std::string> words;
  for (const Json& word : compare.at("command")) words.push_back(word.get<std::string>());
  html +=
      fmt::format("<p class=\"soft\">Made by <code>{}</code></p>\n", escaped(command_text(words)));
  return html + "</main></body></html>\n";
}

}  // namespace tally
