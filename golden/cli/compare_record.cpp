// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/compare_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace tally {
namespace {

Json plan_json(const ComparedPlan& p) {
  return {{"method", p.method},
          {"what", p.what},
          {"average_n", p.average_n},
          {"stored_bits", p.average_n + 1},
          {"threshold_w", p.threshold_w},
          {"pairs_a_multiply", p.bound_steps},
          {"rmae_a", p.rmae_a},
          {"rmae_w", p.rmae_w},
          {"validation_metric", p.validation.metric},
          {"validation_divergence", p.validation.divergence},
          {"test_samples", p.test.samples},
          {"test_float_metric", p.test.float_metric},
          {"test_metric", p.test.metric},
          {"test_loss_points", 100 * (p.test.float_metric - p.test.metric)},
          {"test_agreement", p.test.agreement},
          {"test_divergence", p.test.divergence},
          {"seconds", p.seconds},
          {"user_seconds", p.user_seconds},
          {"layers", p.layers}};
}

double loss(const ComparedPlan& p) { return 100 * (p.test.float_metric - p.test.metric); }

const ComparedPlan* named(const CompareRecord& record, const std::string& method) {
  const auto found = std::find_if(record.plans.begin(), record.plans.end(),
                                  [&](const ComparedPlan& p) { return p.method == method; });
  return found == record.plans.end() ? nullptr : &*found;
}

std::string front(const CompareRecord& record) {
  std::string text =
      "| method | budget | average n | stored bits | test metric | loss, points | agreement | KL | "
      "validation KL | user s |\n|---|---|---|---|---|---|---|---|---|---|\n";
  for (const ComparedPlan& p : record.plans) {
    text += fmt::format(
        "| {} | {} | {:.2f} | {:.2f} | {:.2f} % | {:+.2f} | {:.2f} % | {:.5f} | "
        "{:.5f} | {:.0f} |\n",
        p.method, p.what, p.average_n, p.average_n + 1, 100 * p.test.metric, loss(p),
        100 * p.test.agreement, p.test.divergence, p.validation.divergence, p.user_seconds);
  }
  return text;
}

// Accumulated RMAE as the paper counts it: over activations and weights of all layers.
std::string table_iv(const CompareRecord& record) {
  std::string text =
      "| quantization | accumulated RMAE (activations + weights) | loss, points |\n|---|---|---|\n";
  for (const char* method : {"plain uniform, n bits", "plain uniform, n + 1 bits", "paper"}) {
    if (const ComparedPlan* p = named(record, method)) {
      text += fmt::format("| {} | {:.2f} ({:.2f} + {:.2f}) | {:+.2f} |\n", method,
                          p->rmae_a + p->rmae_w, p->rmae_a, p->rmae_w, loss(*p));
    }
  }
  return text;
}

std::string table_v(const CompareRecord& record) {
  std::string text =
      "| search | test metric (float / INT8) | average n | stored bits | compression as the paper "
      "counts, 1 - n/8 | with the sign, 1 - (n+1)/8 |\n|---|---|---|---|---|---|\n";
  const ComparedPlan* int8 = named(record, "INT8");
  for (const ComparedPlan& p : record.plans) {
    if (p.method != "paper" && p.method.find("within") == std::string::npos) continue;
    text += fmt::format(
        "| {} | {:.2f} % ({:.2f} % / {}) | {:.2f} | {:.2f} | {:.1f} % | {:.1f} % |\n", p.method,
        100 * p.test.metric, 100 * p.test.float_metric,
        int8 == nullptr ? "-" : fmt::format("{:.2f} %", 100 * int8->test.metric), p.average_n,
        p.average_n + 1, 100 * (1 - p.average_n / 8), 100 * (1 - (p.average_n + 1) / 8));
  }
  return text;
}

std::string figure_11(const CompareRecord& record) {
  std::string text = "| Thr_w | average n | loss, validation | loss, test |\n|---|---|---|---|\n";
  for (const ComparedPlan& p : record.thresholds) {
    text +=
        fmt::format("| {:.0f} % | {:.2f} | {:+.2f} | {:+.2f} |\n", 100 * p.threshold_w, p.average_n,
                    100 * (record.validation_float_metric - p.validation.metric), loss(p));
  }
  return text;
}

std::string sensitivity(const CompareRecord& record) {
  std::string text = "| layer | KL per unit of relative output error |\n|---|---|\n";
  for (std::size_t i = 0; i < record.importance.size(); ++i) {
    text += fmt::format("| {} | {:.4g} |\n", record.layer_names[i], record.importance[i]);
  }
  return text;
}

}  // namespace

Json to_json(const CompareRecord& r) {
  Json json{{"model", r.model},
            {"model_sha256", r.model_sha256},
            {"data", r.data},
            {"tools", r.tools},
            {"command", r.command},
            {"tuning_samples", r.tuning_samples},
            {"validation_samples", r.validation_samples},
            {"tuning_is_validation", r.shared_samples},
            {"peak_memory_mb", r.peak_memory_mb},
            {"max_loss_points", r.max_loss_points},
            {"metric", r.metric},
            {"quantized_share", r.quantized_share},
            {"product_bits", r.product_bits},
            {"validation_float_metric", r.validation_float_metric},
            {"layers", r.layer_names},
            {"importance", r.importance},
            {"plans", Json::array()},
            {"thresholds", Json::array()}};
  for (const ComparedPlan& plan : r.plans) json["plans"].push_back(plan_json(plan));
  for (const ComparedPlan& plan : r.thresholds) json["thresholds"].push_back(plan_json(plan));
  return json;
}

std::string compare_tables(const CompareRecord& r) {
  std::string text = fmt::format(
      "{}, {} test samples; tuned on {}, chosen on {} calibration samples{}. {:.1f} % of the "
      "multiplications are quantized{}.{}\n\n",
      r.model, r.plans.empty() ? 0 : r.plans[0].test.samples, r.tuning_samples,
      r.validation_samples, r.shared_samples ? " (the same ones)" : "", 100 * r.quantized_share,
      r.product_bits == 0 ? ""
                          : fmt::format(", those of two activations at n = {}", r.product_bits),
      r.metric == "perplexity"
          ? " The metric is 100 % less the rise of the perplexity over the float network's."
      : r.metric == "embedding"
          ? " The metric is the similarity to the float network's embedding; agreement: the same "
            "nearest neighbour; KL: 1 - cosine."
          : "");
  text += front(r);
  if (!r.thresholds.empty()) {
    text += "\nTable IV\n\n" + table_iv(r) + "\nTable V\n\n" + table_v(r) + "\nFigure 11\n\n" +
            figure_11(r);
  }
  if (!r.importance.empty()) text += "\nSensitivity\n\n" + sensitivity(r);
  return text;
}

}  // namespace tally
