// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/quantize_layer.hpp"

namespace tally {

int eval_command(const CommonOptions& common, const EvalOptionsCli& options) {
  const ModelRunner runner = open_model(options.input);
  InputOptions input = options.input;
  std::vector<QuantizedLayer> layers;
  if (!options.plan.empty()) {
    const Plan plan = read_plan(options.plan);
    check_plan_is_for(plan, options.plan, options.input.model, runner.info().checksum);
    input = with_plan_scaling(input, plan);
    layers = quantize_network(plan, options.plan, runner);
  }
  const Dataset data = open_data(input, options.data);
  const std::size_t limit = sample_limit(data, options.samples);
  const EvalResult plain = evaluate_network(runner, data, {}, "float", 0, limit);
  EvalResult result = plain;
  if (!layers.empty()) {
    result = evaluate_network(runner, data, fake_quantized(layers), "plan", 0, limit);
  }
  say(common, "samples {}\nfloat   {:.2f} %  ({} right)", plain.samples, 100 * plain.accuracy,
      plain.correct);
  if (!layers.empty()) {
    say(common, "plan    {:.2f} %  ({} right), {:+.2f} points", 100 * result.accuracy,
        result.correct, 100 * (result.accuracy - plain.accuracy));
  }
  print_json(
      common,
      {{"metric", result.accuracy}, {"float_metric", plain.accuracy}, {"samples", result.samples}});
  return 0;
}

}  // namespace tally
