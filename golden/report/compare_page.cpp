// SPDX-License-Identifier: Apache-2.0
#include "golden/report/compare_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/report/format.hpp"
#include "golden/report/line_chart_svg.hpp"
#include "golden/report/svg_text.hpp"
#include "golden/report/template.hpp"

namespace tally {
namespace {

double number(const Json& plan, const char* name) { return plan.at(name).get<double>(); }
std::string text(const Json& plan, const char* name) { return plan.at(name).get<std::string>(); }

// A method's points by average n; those of the loss bound and of INT8 are dots of their own.
std::vector<ChartSeries> fronts(const Json& compare, const char* value) {
  std::vector<ChartSeries> series{
      {"exponential", "#0f766e", {}, false},  {"uniform", "#b45309", {}, false},
      {"auto", "#1d4ed8", {}, false},         {"paper", "#be123c", {}, false},
      {"plain uniform", "#6b7280", {}, true}, {"reveal, INT8", "#7c3aed", {}, true}};
  const auto add = [&](const Json& plan) {
    const std::string method = text(plan, "method");
    for (ChartSeries& s : series) {
      const bool same = s.name == "reveal, INT8" ? method == "reveal" || method == "INT8"
                                                 : method.substr(0, s.name.size()) == s.name;
      if (same) s.points.emplace_back(number(plan, "stored_bits"), number(plan, value));
    }
  };
  for (const Json& plan : compare.at("plans")) add(plan);
  for (const Json& plan : compare.at("thresholds")) add(plan);
  for (ChartSeries& s : series) std::sort(s.points.begin(), s.points.end());
  return series;
}

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
  ChartSeries loss{"loss on test data, points", "#be123c", {}, false};
  ChartSeries bits{"average n", "#1d4ed8", {}, false};
  for (const Json& p : compare.at("thresholds")) {
    loss.points.emplace_back(100 * number(p, "threshold_w"), number(p, "test_loss_points"));
    bits.points.emplace_back(100 * number(p, "threshold_w"), number(p, "average_n"));
  }
  return "<div class=\"pair\"><figure>" +
         line_chart_svg({"Loss over the threshold", "Thr_w, %", "loss, points", false}, {loss}) +
         "</figure><figure>" +
         line_chart_svg({"Average n over the threshold", "Thr_w, %", "average n", false}, {bits}) +
         "</figure></div>\n";
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
      line_chart_svg({"Divergence over stored bits", "stored bits a value", "KL, nats", true},
                     fronts(compare, "test_divergence")) +
      "</figure><figure><figcaption>Loss, test data</figcaption>" +
      line_chart_svg({"Loss over stored bits", "stored bits a value", "loss, points", false},
                     fronts(compare, "test_loss_points")) +
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
