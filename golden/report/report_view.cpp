// SPDX-License-Identifier: Apache-2.0
#include "golden/report/report_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/report/format.hpp"
#include "golden/report/histogram_svg.hpp"

namespace tally {
namespace {

std::int64_t samples_of(double fraction, std::int64_t samples) {
  return std::llround(fraction * static_cast<double>(samples));
}

std::string ratio(double value) { return fmt::format("{:.2f} ×", value); }

std::string plural(std::int64_t count, const std::string& word) {
  return thousands(count) + " " + word + (count == 1 ? "" : "s");
}

// "0.11 points (11 samples)"; the sign is said in words by the caller.
std::string gap_text(double fraction, std::int64_t samples) {
  return fmt::format("{:.2f} points ({})", 100 * std::abs(fraction),
                     plural(std::abs(samples_of(fraction, samples)), "sample"));
}

std::string range_text(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return short_number(*low);
  return short_number(*low) + " … " + short_number(*high);
}

Storage total_storage(const Plan& plan) {
  Storage sum;
  for (const LayerPlan& layer : plan.layers) {
    const Storage s = storage_of(layer);
    sum.values += s.values;
    sum.fp32 += s.fp32;
    sum.int8 += s.int8;
    sum.codes += s.codes;
    sum.codes_as_paper += s.codes_as_paper;
    sum.tables += s.tables;
    sum.int8_tables += s.int8_tables;
  }
  return sum;
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
  const double loss = e.float_metric - e.plan_metric;
  Json cards = Json::array();
  const auto add = [&](const std::string& value, const std::string& label,
                       const std::string& note) {
    cards.push_back({{"value", value}, {"label", label}, {"note", note}});
  };
  add(percent(e.plan_metric), "accuracy",
      fmt::format("float {}, {} {}", percent(e.float_metric), loss >= 0 ? "lost" : "gained",
                  gap_text(loss, e.samples)));
  add(fmt::format("{:.2f} bits", e.stored_bits), "stored per value",
      fmt::format("n = {:.2f} on average, and the sign", e.average_bits));
  add(ratio(s.int8 / s.codes), "smaller than INT8",
      fmt::format("{} smaller than FP32; weights, sign counted", ratio(s.fp32 / s.codes)));
  for (const RunRecord& run : input.runs) {
    if (run.device != "rtl" || run.samples == 0) continue;
    add(thousands(run.cycles / run.samples), "cycles a sample",
        fmt::format("configuration {}, lanes count in {} of them", run.config,
                    percent(run.utilization, 1)));
    break;
  }
  return cards;
}

Json accuracy_view(const Evaluation& e, const std::vector<LayerPlan>& layers) {
  Json rows = Json::array();
  const auto add = [&](const std::string& name, const std::string& bits, double metric, bool own) {
    const double loss = e.float_metric - metric;
    rows.push_back({{"name", name},
                    {"bits", bits},
                    {"metric", percent(metric)},
                    {"loss", points(loss)},
                    {"samples", thousands(samples_of(loss, e.samples))},
                    {"own", own}});
  };
  const auto [low, high] = std::minmax_element(
      layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a.n < b.n; });
  const auto bits = [&](int extra) {
    return low->n == high->n ? fmt::format("{}", low->n + extra)
                             : fmt::format("{} … {}", low->n + extra, high->n + extra);
  };
  add("float (FP32)", "32", e.float_metric, false);
  add("exponential, this plan", bits(1), e.plan_metric, true);
  add("uniform, n bits with sign", bits(0), e.uniform_n_metric, false);
  add("uniform, n + 1 bits with sign: equal storage", bits(1), e.uniform_n1_metric, false);
  return rows;
}

Json layers_view(const ReportInput& input) {
  Json rows = Json::array();
  for (const LayerPlan& layer : input.plan.layers) {
    const Storage s = storage_of(layer);
    std::string cycles = "–";
    std::string utilization = "–";
    for (const RunRecord& run : input.runs) {
      for (const LayerRun& l : run.layers) {
        if (run.device != "rtl" || l.name != layer.name || run.samples == 0) continue;
        cycles = thousands(l.cycles / run.samples);
        utilization = percent(l.utilization, 1);
      }
    }
    rows.push_back(
        {{"name", layer.name},
         {"kind", layer.kind},
         {"shape", fmt::format("{} → {}", thousands(layer.inputs), thousands(layer.outputs))},
         {"n", fmt::format("{}", layer.n)},
         {"base", short_number(layer.base)},
         {"alpha_a", short_number(layer.alpha_a)},
         {"beta_a", short_number(layer.beta_a)},
         {"zero_a", short_number(half_to_float(layer.boundaries_a[1]))},
         {"alpha_w", range_text(layer.alpha_w)},
         {"beta_w", range_text(layer.beta_w)},
         {"rmae_a", percent(layer.rmae_a, 1)},
         {"rmae_w", percent(layer.rmae_w, 1)},
         {"output_error", short_number(layer.output_error)},
         {"stored_bits", fmt::format("{}", layer.stored_bits)},
         {"against_int8", ratio(s.int8 / s.codes)},
         {"against_fp32", ratio(s.fp32 / s.codes)},
         {"method", layer.method},
         {"rounding", layer.rounding},
         {"cycles", cycles},
         {"utilization", utilization}});
  }
  return rows;
}

Json storage_view(const Plan& plan) {
  const Storage s = total_storage(plan);
  Json rows = Json::array();
  const auto add = [&](const std::string& name, double bits, bool own) {
    rows.push_back({{"name", name},
                    {"kib", fmt::format("{:.1f}", bits / 8192)},
                    {"bits", fmt::format("{:.2f}", bits / static_cast<double>(s.values))},
                    {"int8", ratio(s.int8 / bits)},
                    {"fp32", ratio(s.fp32 / bits)},
                    {"own", own}});
  };
  add("FP32 weights", s.fp32, false);
  add("INT8 weights", s.int8, false);
  add("INT8 weights and scales", s.int8 + s.int8_tables, false);
  add("this plan, as the paper counts: n bits, no sign", s.codes_as_paper, false);
  add("this plan, n bits and the sign", s.codes, true);
  add("this plan, sign and tables (boundaries, c1 … c4 a channel)", s.codes + s.tables, false);
  return rows;
}

// Each finding says who is better, so that a loss is as visible as a win.
Json findings_view(const ReportInput& input) {
  const Plan& plan = input.plan;
  const Evaluation& e = plan.evaluation;
  const Storage s = total_storage(plan);
  Json findings = Json::array();
  const auto add = [&](bool good, const std::string& text) {
    findings.push_back(
        {{"class", good ? "plus" : "minus"}, {"sign", good ? "+" : "−"}, {"text", text}});
  };
  const double loss = e.float_metric - e.plan_metric;
  const bool within = 100 * loss <= e.max_loss_points + 1e-9;
  add(within,
      fmt::format("The plan {} {} on the test data; the bound asked for was {:.2f} points.",
                  loss >= 0 ? "loses" : "gains", gap_text(loss, e.samples), e.max_loss_points));
  const double against = e.plan_metric - e.uniform_n1_metric;
  if (against > 0) {
    add(true, "More accurate than uniform quantization of the same storage by " +
                  gap_text(against, e.samples) + ".");
  } else if (against < 0) {
    add(false, "Uniform quantization of the same storage is more accurate by " +
                   gap_text(against, e.samples) + ".");
  } else {
    add(false, "Uniform quantization of the same storage is exactly as accurate.");
  }
  const double codes = e.plan_metric - e.uniform_n_metric;
  add(codes > 0,
      fmt::format("{} than uniform quantization with one bit less storage (n bits with the "
                  "sign) by {}.",
                  codes > 0 ? "More accurate" : "Not more accurate", gap_text(codes, e.samples)));
  const double honest = (s.int8 + s.int8_tables) / (s.codes + s.tables);
  add(honest > 1,
      fmt::format("With sign and all tables the weights take {} of what INT8 with its "
                  "scales takes; leaving the sign out, as the paper does, would say {}.",
                  percent(1 / honest, 1), percent(s.codes_as_paper / s.int8, 1)));
  for (const RunRecord& run : input.runs) {
    if (run.device != "rtl") continue;
    add(run.utilization >= 0.5,
        fmt::format(
            "On this network the lanes of configuration {} count in {} of the cycles; in the "
            "rest they load weights or wait for the dequantizers.",
            run.config, percent(run.utilization, 1)));
  }
  return findings;
}

Json histograms_view(const Plan& plan) {
  Json layers = Json::array();
  for (const LayerPlan& layer : plan.layers) {
    const std::string levels = fmt::format("{} levels each side of zero, and zero",
                                           thousands((std::int64_t{1} << layer.n) - 1));
    layers.push_back({{"name", layer.name},
                      {"levels", levels},
                      {"zeros_a", thousands(layer.activations.zeros)},
                      {"zeros_w", thousands(layer.weights.zeros)},
                      {"activations", histogram_svg(layer.activations, activation_levels(layer),
                                                    layer.name + ": activations and their levels")},
                      {"weights", histogram_svg(layer.weights, weight_levels(layer),
                                                layer.name + ": weights and their levels")}});
  }
  return layers;
}

Json runs_view(const std::vector<RunRecord>& runs) {
  Json list = Json::array();
  for (const RunRecord& run : runs) {
    const bool clocked = run.cycles > 0;
    Json rows = Json::array();
    for (const LayerRun& l : run.layers) {
      rows.push_back({{"name", l.name},
                      {"tiles", thousands(l.tiles)},
                      {"vectors", thousands(l.vectors)},
                      {"compared", thousands(l.compared)},
                      {"mismatches", thousands(l.mismatches)},
                      {"bad", l.mismatches > 0},
                      {"worst", short_number(l.worst_error)},
                      {"cycles", clocked ? thousands(l.cycles) : "–"},
                      {"counting", clocked ? thousands(l.counting_cycles) : "–"},
                      {"utilization", clocked ? percent(l.utilization, 1) : "–"}});
    }
    list.push_back({{"device", run.device == "rtl"    ? "Verilated RTL"
                               : run.device == "uart" ? "Board"
                                                      : "Emulator"},
                    {"config", run.config},
                    {"reference", run.reference},
                    {"data", run.data},
                    {"samples", plural(run.samples, "sample")},
                    {"metric", percent(run.metric)},
                    {"float_metric", percent(run.float_metric)},
                    {"compared", thousands(run.compared)},
                    {"mismatches", thousands(run.mismatches)},
                    {"bad", run.mismatches > 0},
                    {"cycles", clocked ? thousands(run.cycles) : "–"},
                    {"utilization", clocked ? percent(run.utilization, 1) : "–"},
                    {"seconds", fmt::format("{:.1f} s", run.seconds)},
                    {"command", command_text(run.command)},
                    {"rows", rows}});
  }
  return list;
}

Json utilization_view(const UtilizationTable& table) {
  Json rows = Json::array();
  for (const UtilizationRow& r : table.rows) {
    rows.push_back({{"name", r.name},
                    {"config", r.config},
                    {"n", fmt::format("{}", r.n)},
                    {"offset", r.offset ? "on" : "off"},
                    {"shape", fmt::format("{} → {}", thousands(r.inputs), thousands(r.outputs))},
                    {"vectors", thousands(r.vectors)},
                    {"cycles", thousands(r.cycles)},
                    {"utilization", percent(r.utilization, 1)},
                    {"width", fmt::format("{:.1f}", 100 * r.utilization)},
                    {"target", r.target > 0 ? "≥ " + percent(r.target, 0) : "–"},
                    {"bad", r.utilization < r.target}});
  }
  return rows;
}

Json origins_view(const ReportInput& input) {
  Json origins = Json::array();
  const auto add = [&](const std::string& what, const std::vector<std::string>& command,
                       const std::vector<std::string>& tools) {
    origins.push_back({{"what", what},
                       {"command", command_text(command)},
                       {"tools", fmt::format("{}", fmt::join(tools, ", "))}});
  };
  add("plan, accuracy, errors, histograms", input.plan.command, input.plan.tools);
  for (const RunRecord& run : input.runs) {
    add(run.device == "emulator" ? "whole data set on the emulator"
                                 : "bit-exactness, cycles, utilization per layer",
        run.command, run.tools);
  }
  if (input.utilization) {
    add("utilization table", input.utilization->command, input.utilization->tools);
  }
  return origins;
}

}  // namespace

Storage storage_of(const LayerPlan& layer) {
  constexpr double kFloatBits = 32;
  Storage s;
  s.values = layer.inputs * layer.outputs;
  const auto values = static_cast<double>(s.values);
  const auto outputs = static_cast<double>(layer.outputs);
  s.fp32 = kFloatBits * values;
  s.int8 = 8 * values;
  s.codes = layer.stored_bits * values;
  s.codes_as_paper = layer.n * values;
  s.tables = (layer.offset ? 4 : 1) * kFloatBits * outputs + kFloatBits +
             16.0 * static_cast<double>(layer.boundaries_a.size() - 1);
  s.int8_tables = kFloatBits * (outputs + 1);
  return s;
}

Json report_view(const ReportInput& input) {
  const Plan& plan = input.plan;
  for (const RunRecord& run : input.runs) {
    if (run.model_sha256 != plan.model_sha256) {
      throw Error(
          fmt::format("{}: was made for the model with SHA-256 {}, but a run on {} is of {}",
                      input.plan_path, plan.model_sha256, run.device, run.model_sha256));
    }
  }
  const Evaluation& e = plan.evaluation;
  const double p = e.float_metric;
  const double spread = e.samples > 0 ? std::sqrt(p * (1 - p) / static_cast<double>(e.samples)) : 0;
  Json view;
  view["model"] = plan.model;
  view["checksum"] = plan.model_sha256;
  view["layer_count"] = plural(static_cast<std::int64_t>(plan.layers.size()), "quantized layer");
  view["verdict"] = verdict_view(input);
  view["cards"] = cards_view(input);
  view["accuracy"] = accuracy_view(e, plan.layers);
  view["findings"] = findings_view(input);
  view["data"] = e.data;
  view["samples"] = thousands(e.samples);
  view["one_sample"] =
      e.samples > 0 ? fmt::format("{:.3g}", 100.0 / static_cast<double>(e.samples)) : "–";
  view["spread"] = fmt::format("{:.2f}", 100 * spread);
  view["calibration_samples"] = thousands(e.calibration_samples);
  view["validation_samples"] = thousands(e.validation_samples);
  view["validation_metric"] = percent(e.validation_metric);
  view["validation_float_metric"] = percent(e.validation_float_metric);
  view["max_loss"] = fmt::format("{:.2f}", e.max_loss_points);
  view["stop_reason"] = e.stop_reason;
  view["limiting_layer"] = e.limiting_layer;
  view["has_limiting_layer"] = !e.limiting_layer.empty();
  view["layers"] = layers_view(input);
  view["storage"] = storage_view(plan);
  view["histograms"] = histograms_view(plan);
  view["runs"] = runs_view(input.runs);
  view["has_runs"] = !input.runs.empty();
  view["has_utilization"] = input.utilization.has_value();
  if (input.utilization) view["utilization"] = utilization_view(*input.utilization);
  view["origins"] = origins_view(input);
  return view;
}

}  // namespace tally
