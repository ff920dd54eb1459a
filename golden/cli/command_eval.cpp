// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/quantize_product.hpp"

namespace tally {
namespace {

std::string right_text(const Score& score) {
  return score.metric == Metric::kEmbedding
             ? fmt::format("  ({} vectors)", score.count)
             : fmt::format("  ({} of {} right)", score.correct, score.count);
}

const char* loss_unit(Metric metric) {
  if (metric == Metric::kTop1) return "points";
  return metric == Metric::kPerplexity ? "% perplexity" : "% similarity lost";
}

}  // namespace

int eval_command(const CommonOptions& common, const EvalOptionsCli& options) {
  const ModelRunner runner = open_model(options.input);
  InputOptions input = options.input;
  std::vector<QuantizedLayer> layers;
  std::vector<ProductPlan> products;
  double share = 0;
  std::string metric = options.metric;
  if (!options.plan.empty()) {
    const Plan plan = read_plan(options.plan);
    check_plan_is_for(plan, options.plan, options.input.model, runner.info().checksum);
    input = with_plan_scaling(input, plan);
    layers = quantize_network(plan, options.plan, runner);
    products = products_of(plan, options.plan, runner);
    share = quantized_share(plan);
    // A plan that was judged without labels is so here, unless the user wants something else.
    if (metric.empty() && plan.evaluation.metric == to_string(Metric::kEmbedding)) {
      metric = plan.evaluation.metric;
    }
  }
  const Dataset data = open_data(input, options.data);
  const std::size_t limit = sample_limit(data, options.samples);
  EvalOptions eval;
  eval.limit = limit;
  eval.keep_outputs = true;
  if (!metric.empty()) eval.metric = metric_of(metric);
  const EvalResult plain = evaluate_network(runner, data, {}, "float", eval);
  EvalResult result = plain;
  if (!layers.empty()) {
    eval.reference = &plain.outputs;
    result = evaluate_network(runner, data, with_products(fake_quantized(layers), products), "plan",
                              eval);
  }
  const double loss = loss_points(plain.score, result.score);
  say(common, "samples {}, {:.1f} % of the multiplications {}\n{:<10} float {}{}", plain.samples,
      100 * (layers.empty() ? runner.info().quantizable_share() : share),
      layers.empty() ? "quantizable" : "quantized", to_string(plain.score.metric),
      value_text(plain.score), right_text(plain.score));
  if (!layers.empty()) {
    say(common, "{:<10} plan  {}{}, {:+.2f} {}", "", value_text(result.score),
        right_text(result.score), plain.score.metric == Metric::kTop1 ? -loss : loss,
        loss_unit(plain.score.metric));
    say(common, "{:<10} {} {:.2f} %, {} {:.4g}", "against it",
        plain.score.metric == Metric::kEmbedding ? "same nearest neighbour" : "agreement",
        100 * result.score.agreement,
        plain.score.metric == Metric::kEmbedding ? "1 - cosine" : "KL divergence",
        result.score.divergence);
  }
  Json json = {{"metric_name", to_string(result.score.metric)},
               {"metric", result.score.value},
               {"float_metric", plain.score.value},
               {"samples", result.samples},
               {"labels", result.score.count},
               {"loss_points", loss},
               {"agreement", result.score.agreement},
               {"divergence", result.score.divergence},
               {"quantizable_share", runner.info().quantizable_share()}};
  if (!layers.empty()) json["quantized_share"] = share;
  if (plain.score.metric == Metric::kPerplexity) {
    json["perplexity"] = result.score.value;
    json["float_perplexity"] = plain.score.value;
  }
  print_json(common, json);
  return 0;
}

}  // namespace tally
