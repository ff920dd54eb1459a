// SPDX-License-Identifier: Apache-2.0
#include "golden/report/report_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "golden/report/format.hpp"
#include "golden/report/storage.hpp"

namespace tally {
namespace {

std::int64_t samples_of(double fraction, std::int64_t samples) {
  return std::llround(fraction * static_cast<double>(samples));
}

// "0.11 points (11 samples)", "0.52 % of perplexity"; the sign is said in words by the caller.
std::string gap_text(const Evaluation& e, double fraction) {
  const double gap = 100 * std::abs(fraction);
  if (e.metric == "perplexity") return fmt::format("{:.2f} % of perplexity", gap);
  if (e.metric == "embedding") return fmt::format("{:.2f} points of similarity", gap);
  return fmt::format("{:.2f} points ({})", gap,
                     plural(std::abs(samples_of(fraction, e.samples)), "sample"));
}

}  // namespace

std::string metric_word(const std::string& metric) {
  if (metric == "top-1") return "accuracy";
  return metric == "perplexity" ? "perplexity" : "similarity to float";
}

std::string at_a_time(const RunRecord& run) { return plural(run.batch, "sample") + " at a time"; }

double standard_error(const Evaluation& e) {
  if (e.metric != "top-1" || e.samples <= 0) return 0;
  const double p = e.float_metric;
  return std::sqrt(p * (1 - p) / static_cast<double>(e.samples));
}

Json verdict_view(const ReportInput& input) {
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
  std::int64_t samples = 0;
  for (const RunRecord& run : input.runs) {
    if (run.device != "rtl") continue;
    compared += run.compared;
    mismatches += run.mismatches;
    samples = std::max(samples, run.samples);
  }
  if (compared == 0) {
    return {{"class", "none"},
            {"headline", "Not yet run on the hardware"},
            {"detail",
             "No run with --device rtl was given to this report, so nothing is said about "
             "the hardware."}};
  }
  if (mismatches > 0) {
    return {
        {"class", "bad"},
        {"headline", "Hardware and golden model differ"},
        {"detail", fmt::format("{} of {} output values of the Verilated RTL are not those of the "
                               "emulator.",
                               thousands(mismatches), thousands(compared))}};
  }
  return {{"class", "good"},
          {"headline", "Hardware and golden model agree bit for bit"},
          {"detail", fmt::format("{} output values of the Verilated RTL, all quantized layers, {}: "
                                 "0 mismatches.",
                                 thousands(compared), plural(samples, "sample"))}};
}

Json cards_view(const ReportInput& input) {
  const Evaluation& e = input.plan.evaluation;
  const Storage s = total_storage(input.plan);
  const double loss = e.loss(e.plan_metric);
  Json cards = Json::array();
  const auto add = [&](const std::string& value, const std::string& label,
                       const std::string& note) {
    cards.push_back({{"value", value}, {"label", label}, {"note", note}});
  };
  add(metric_text(e.metric, e.plan_metric), metric_word(e.metric),
      fmt::format("float {}, {} {}", metric_text(e.metric, e.float_metric),
                  loss >= 0 ? "lost" : "gained", gap_text(e, loss)));
  add(fmt::format("{:.2f} bits", e.stored_bits), "stored per value",
      fmt::format("n = {:.2f} on average, and the sign", e.average_bits));
  add(ratio(s.int8 / s.codes), "smaller than INT8",
      fmt::format("{} smaller than FP32; weights, sign counted", ratio(s.fp32 / s.codes)));
  const double share = quantized_share(input.plan);
  add(percent(share, 1), "of the multiplications quantized",
      share < 1 ? fmt::format("{} stay in float on the host", percent(1 - share, 1))
                : "none is left in float");
  for (const RunRecord& run : input.runs) {
    if (run.samples == 0 || !run.cycles || !run.utilization) continue;
    add(thousands(*run.cycles / run.samples), "cycles a sample, " + at_a_time(run),
        fmt::format("configuration {}, lanes count in {} of them", run.config,
                    percent(*run.utilization, 1)));
    break;
  }
  return cards;
}

Json accuracy_view(const Evaluation& e, const std::vector<LayerPlan>& layers) {
  Json rows = Json::array();
  const auto add = [&](const std::string& name, const std::string& bits, double metric, bool own) {
    const double loss = e.loss(metric);
    rows.push_back({{"name", name},
                    {"bits", bits},
                    {"metric", metric_text(e.metric, metric)},
                    {"loss", points(loss)},
                    {"samples", e.metric == "top-1" ? thousands(samples_of(loss, e.samples)) : "–"},
                    {"own", own}});
  };
  const auto [low, high] = std::minmax_element(
      layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a.n < b.n; });
  const auto bits = [&](int extra) {
    return low->n == high->n ? fmt::format("{}", low->n + extra)
                             : fmt::format("{} … {}", low->n + extra, high->n + extra);
  };
  add("float (FP32)", "32", e.float_metric, false);
  std::set<std::string> systems;
  for (const LayerPlan& layer : layers) systems.insert(layer.number_system);
  add(fmt::format("{}, this plan", fmt::join(systems, " and ")), bits(1), e.plan_metric, true);
  add("uniform, n bits with sign", bits(0), e.uniform_n_metric, false);
  add("uniform, n + 1 bits with sign: equal storage", bits(1), e.uniform_n1_metric, false);
  return rows;
}

Json findings_view(const ReportInput& input) {
  const Plan& plan = input.plan;
  const Evaluation& e = plan.evaluation;
  const Storage s = total_storage(plan);
  Json findings = Json::array();
  const auto add = [&](bool good, const std::string& text) {
    findings.push_back(
        {{"class", good ? "plus" : "minus"}, {"sign", good ? "+" : "−"}, {"text", text}});
  };
  // A difference that the choice of test samples alone may make is neither good nor bad.
  const auto add_difference = [&](double gain, const std::string& text) {
    if (std::abs(gain) < standard_error(e)) {
      findings.push_back({{"class", "even"},
                          {"sign", "≈"},
                          {"text", text + ", which is less than the standard error."}});
    } else {
      add(gain > 0, text + ".");
    }
  };
  const double loss = e.loss(e.plan_metric);
  const bool within = 100 * loss <= e.max_loss_points + 1e-9;
  add(within, fmt::format("The plan {} {} on the test data; the bound asked for was {:.2f} points.",
                          loss >= 0 ? "loses" : "gains", gap_text(e, loss), e.max_loss_points));
  const double against = e.loss(e.uniform_n1_metric) - loss;
  if (against > 0) {
    add_difference(against, "More accurate than uniform quantization of the same storage by " +
                                gap_text(e, against));
  } else if (against < 0) {
    add_difference(against, "Uniform quantization of the same storage is more accurate by " +
                                gap_text(e, against));
  } else {
    add(false, "Uniform quantization of the same storage is exactly as accurate.");
  }
  const double codes = e.loss(e.uniform_n_metric) - loss;
  add_difference(
      codes, fmt::format("{} than uniform quantization with one bit less storage (n bits with the "
                         "sign) by {}",
                         codes > 0 ? "More accurate" : "Not more accurate", gap_text(e, codes)));
  const double honest = (s.int8 + s.int8_tables) / (s.codes + s.tables);
  add(honest > 1,
      fmt::format("With sign and all tables the weights take {} of what INT8 with its "
                  "scales takes; leaving the sign out, as the paper does, would say {}.",
                  percent(1 / honest, 1), percent(s.codes_as_paper / s.int8, 1)));
  for (const RunRecord& run : input.runs) {
    if (!run.utilization) continue;
    add(*run.utilization >= 0.5,
        fmt::format(
            "On this network the lanes of configuration {} count in {} of the cycles; in the "
            "rest they load weights or wait for the dequantizers.",
            run.config, percent(*run.utilization, 1)));
  }
  return findings;
}

}  // namespace tally
