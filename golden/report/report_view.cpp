// SPDX-License-Identifier: Apache-2.0
#include "golden/report/report_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/report/format.hpp"
#include "golden/report/histogram_svg.hpp"
#include "golden/report/report_summary.hpp"
#include "golden/report/storage.hpp"
#include "golden/report/study_view.hpp"

namespace tally {
namespace {

std::string range_text(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return short_number(*low);
  return short_number(*low) + " … " + short_number(*high);
}

Json layers_view(const ReportInput& input) {
  Json rows = Json::array();
  for (const LayerPlan& layer : input.plan.layers) {
    const Storage s = storage_of(layer);
    const bool digits = layer.counts_digits();
    std::string cycles = "–";
    std::string utilization = "–";
    for (const RunRecord& run : input.runs) {
      for (const LayerRun& l : run.layers) {
        if (!l.cycles || !l.utilization || l.name != layer.name || run.samples == 0) continue;
        cycles = thousands(*l.cycles / run.samples);
        utilization = percent(*l.utilization, 1);
      }
    }
    rows.push_back(
        {{"name", layer.name},
         {"kind",
          layer.places > 1 ? fmt::format("{}, {} places", layer.kind, layer.places) : layer.kind},
         {"shape", fmt::format("{} → {}", thousands(layer.inputs), thousands(layer.outputs))},
         {"system", layer.number_system},
         {"n", fmt::format("{}", layer.n)},
         {"base", digits ? (layer.hese ? "2, signed" : "2, binary") : short_number(layer.base)},
         {"group", digits ? fmt::format("{}", layer.group) : "–"},
         {"budget", digits ? fmt::format("{}", layer.budget) : "–"},
         {"terms", digits ? fmt::format("{}", layer.terms) : "–"},
         {"alpha_a", short_number(digits ? layer.scale_a : layer.alpha_a)},
         {"beta_a", digits ? "–" : short_number(layer.beta_a)},
         {"zero_a", short_number(half_to_float(layer.boundaries_a[1]))},
         {"alpha_w", range_text(digits ? layer.scale_w : layer.alpha_w)},
         {"beta_w", digits ? "–" : range_text(layer.beta_w)},
         {"rmae_a", percent(layer.rmae_a, 1)},
         {"rmae_w", percent(layer.rmae_w, 1)},
         {"output_error", short_number(layer.output_error)},
         {"stored_bits", fmt::format("{}", layer.stored_bits)},
         {"against_int8", ratio(s.int8 / s.codes)},
         {"against_fp32", ratio(s.fp32 / s.codes)},
         {"method", digits ? layer.method : layer.method + ", " + layer.rounding + " rounding"},
         {"cycles", cycles},
         {"utilization", utilization}});
  }
  return rows;
}

// Products of two activations: nothing of them is stored, both sides are made at run time.
Json products_view(const Plan& plan) {
  Json rows = Json::array();
  for (const ProductPlan& p : plan.products) {
    const auto side = [&](const OperandPlan& o) {
      return p.counts_digits() ? short_number(o.alpha)
                               : short_number(o.alpha) + ", " + short_number(o.beta);
    };
    rows.push_back({{"product_name", p.name},
                    {"product_shape", fmt::format("{} × [{} × {}] · [{} × {}]", p.heads, p.rows,
                                                  p.inputs, p.inputs, p.columns)},
                    {"product_system", p.number_system},
                    {"product_n", fmt::format("{}", p.n)},
                    {"product_base", p.counts_digits() ? "2, signed" : short_number(p.base)},
                    {"product_a", side(p.a)},
                    {"product_b", side(p.b)},
                    {"product_rmae_a", percent(p.a.rmae, 1)},
                    {"product_rmae_b", percent(p.b.rmae, 1)},
                    {"product_error", short_number(p.output_error)},
                    {"product_macs", plan.macs > 0 ? percent(p.macs() / plan.macs, 2) : "–"}});
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

Json histograms_view(const Plan& plan) {
  Json layers = Json::array();
  for (const LayerPlan& layer : plan.layers) {
    const std::string levels =
        fmt::format("{}, {} levels each side of zero, and zero", layer.number_system,
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
    const auto cycles_text = [](const auto& cycles) {
      return cycles ? thousands(*cycles) : "no clock";
    };
    const auto share_text = [](const auto& share) { return share ? percent(*share, 1) : "–"; };
    Json rows = Json::array();
    for (const LayerRun& l : run.layers) {
      rows.push_back({{"name", l.name},
                      {"tiles", thousands(l.tiles)},
                      {"vectors", thousands(l.vectors)},
                      {"compared", thousands(l.compared)},
                      {"mismatches", thousands(l.mismatches)},
                      {"bad", l.mismatches > 0},
                      {"worst", short_number(l.worst_error)},
                      {"cycles", cycles_text(l.cycles)},
                      {"counting", l.counting_cycles ? thousands(*l.counting_cycles) : "–"},
                      {"utilization", share_text(l.utilization)}});
    }
    list.push_back({{"device", run.device == "rtl"    ? "Verilated RTL"
                               : run.device == "uart" ? "Board"
                                                      : "Emulator"},
                    {"config", run.config},
                    {"reference", run.reference},
                    {"data", run.data},
                    {"samples", plural(run.samples, "sample")},
                    {"metric_word", metric_word(run.metric_name)},
                    {"metric", metric_text(run.metric_name, run.metric)},
                    {"float_metric", metric_text(run.metric_name, run.float_metric)},
                    {"compared", thousands(run.compared)},
                    {"mismatches", thousands(run.mismatches)},
                    {"bad", run.mismatches > 0},
                    {"batch", at_a_time(run)},
                    {"cycles", cycles_text(run.cycles)},
                    {"utilization", share_text(run.utilization)},
                    {"seconds", fmt::format("{:.1f} s", run.seconds)},
                    {"command", command_text(run.command)},
                    {"rows", rows}});
  }
  return list;
}

// Term pairs of a multiplication three ways, for the layers that count digits.
Json term_pairs_view(const ReportInput& input) {
  constexpr double kConventional = 49;  // 7 x 7 digits of 8-bit values in bit-serial hardware
  Json rows = Json::array();
  for (const LayerPlan& layer : input.plan.layers) {
    if (!layer.counts_digits()) continue;
    std::string present = "–";
    for (const RunRecord& run : input.runs) {
      for (const LayerRun& l : run.layers) {
        if (l.name != layer.name || !l.term_pairs || l.multiplications == 0) continue;
        present = fmt::format(
            "{:.2f}", static_cast<double>(*l.term_pairs) / static_cast<double>(l.multiplications));
      }
    }
    const double bound = static_cast<double>(layer.budget * layer.terms) / layer.group;
    rows.push_back({{"pairs_layer", layer.name},
                    {"pairs_system", layer.number_system},
                    {"bound", fmt::format("{:.2f}", bound)},
                    {"present", present},
                    {"conventional", fmt::format("{:.0f}", kConventional)},
                    {"fewer", ratio(kConventional / bound)}});
  }
  return rows;
}

// Cycles of every run by number system.
Json modes_view(const ReportInput& input) {
  struct Sum {
    std::int64_t layers = 0, multiplications = 0, cycles = 0;
  };
  Json rows = Json::array();
  for (const RunRecord& run : input.runs) {
    if (!run.cycles) continue;
    std::map<std::string, Sum> sums;
    for (const LayerRun& l : run.layers) {
      for (const LayerPlan& layer : input.plan.layers) {
        if (layer.name != l.name) continue;
        Sum& sum = sums[layer.number_system];
        ++sum.layers;
        sum.multiplications += l.multiplications;
        sum.cycles += l.cycles.value_or(0);
      }
    }
    for (const auto& [system, sum] : sums) {
      rows.push_back({{"mode_config", run.config},
                      {"mode", system},
                      {"mode_layers", thousands(sum.layers)},
                      {"mode_multiplications", thousands(sum.multiplications)},
                      {"mode_cycles", thousands(sum.cycles)},
                      {"mode_rate", fmt::format("{:.3f}", static_cast<double>(sum.multiplications) /
                                                              static_cast<double>(sum.cycles))}});
    }
  }
  return rows;
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

namespace {

// Every layer and product of the plan, and their sum: the report says "all quantized layers".
void check_complete(const Plan& plan, const RunRecord& run, const std::string& plan_path) {
  const auto require = [&](const std::string& name) {
    for (const LayerRun& layer : run.layers) {
      if (layer.name == name) return;
    }
    throw Error(
        fmt::format("{}: a run on {} has nothing of its layer {}", plan_path, run.device, name));
  };
  for (const LayerPlan& layer : plan.layers) require(layer.name);
  for (const ProductPlan& product : plan.products) require(product.name);
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
  for (const LayerRun& layer : run.layers) {
    compared += layer.compared;
    mismatches += layer.mismatches;
  }
  if (compared != run.compared || mismatches != run.mismatches) {
    throw Error(fmt::format(
        "{}: a run on {} says {} values compared and {} mismatches, its layers add up to {} and {}",
        plan_path, run.device, run.compared, run.mismatches, compared, mismatches));
  }
}

}  // namespace

Json report_view(const ReportInput& input) {
  const Plan& plan = input.plan;
  for (const RunRecord& run : input.runs) {
    check_complete(plan, run, input.plan_path);
    if (run.model_sha256 != plan.model_sha256) {
      throw Error(
          fmt::format("{}: was made for the model with SHA-256 {}, but a run on {} is of {}",
                      input.plan_path, plan.model_sha256, run.device, run.model_sha256));
    }
  }
  const Evaluation& e = plan.evaluation;
  const bool counted = e.metric == "top-1";
  for (const Study& study : input.studies) {
    if (study.model_sha256 != plan.model_sha256) {
      throw Error(fmt::format("{}: was made for the model with SHA-256 {}, but a study is of {}",
                              input.plan_path, plan.model_sha256, study.model_sha256));
    }
  }
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
  view["spread"] = fmt::format("{:.2f}", 100 * standard_error(e));
  view["calibration_samples"] = thousands(e.calibration_samples);
  view["validation_samples"] = thousands(e.validation_samples);
  view["same_samples"] = e.same_samples;
  view["validation_metric"] = percent(e.validation_metric);
  view["validation_float_metric"] = percent(e.validation_float_metric);
  view["max_loss"] = fmt::format("{:.2f}", e.max_loss_points);
  view["stop_reason"] = e.stop_reason;
  view["limiting_layer"] = e.limiting_layer;
  view["has_limiting_layer"] = !e.limiting_layer.empty();
  view["counted"] = counted;
  view["metric_word"] = metric_word(e.metric);
  view["metric_sentence"] =
      e.metric == "perplexity"
          ? "Perplexity, the smaller the better; a loss is the rise in per cent"
          : "Mean cosine between an embedding and that of the float network; losses times 100";
  view["products"] = products_view(plan);
  view["has_products"] = !plan.products.empty();
  view["quantized_share"] = percent(quantized_share(plan), 1);
  view["all_quantized"] = quantized_share(plan) >= 1;
  view["left_in_float"] = plan.left_in_float;
  view["has_left_in_float"] = !plan.left_in_float.empty();
  view["layers"] = layers_view(input);
  view["has_batch"] = false;
  for (const RunRecord& run : input.runs) {
    if (!run.cycles) continue;
    view["has_batch"] = true;
    view["batch"] = at_a_time(run);
  }
  view["storage"] = storage_view(plan);
  view["histograms"] = histograms_view(plan);
  view["term_pairs"] = term_pairs_view(input);
  view["has_term_pairs"] = !view["term_pairs"].empty();
  view["modes"] = modes_view(input);
  view["has_modes"] = !view["modes"].empty();
  view["studies"] = Json::array();
  for (const Study& study : input.studies) view["studies"].push_back(study_view(study));
  view["runs"] = runs_view(input.runs);
  view["has_runs"] = !input.runs.empty();
  view["has_utilization"] = input.utilization.has_value();
  if (input.utilization) view["utilization"] = utilization_view(*input.utilization);
  view["origins"] = origins_view(input);
  return view;
}

}  // namespace tally
