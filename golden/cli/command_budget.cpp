// SPDX-License-Identifier: Apache-2.0
// Lowers the budget k of a reveal network at run time, on weights that are loaded once.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "golden/cli/budget_network.hpp"
#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/run_target.hpp"
#include "golden/core/error.hpp"
#include "golden/device/emulator_device.hpp"

namespace tally {
namespace {

void check_budgets(const std::vector<int>& budgets) {
  if (budgets.empty()) throw Error("--budgets names none");
  for (std::size_t i = 1; i < budgets.size(); ++i) {
    if (budgets[i] < budgets[i - 1]) continue;
    throw Error(fmt::format("--budgets: {} after {}: budgets must descend, the first is loaded",
                            budgets[i], budgets[i - 1]));
  }
}

// Right answers of each budget: every sample goes in once for each of them, side by side.
std::vector<std::int64_t> count_right(const ModelRunner& runner, BudgetNetwork& network,
                                      const Dataset& data, std::size_t samples, std::size_t group,
                                      const std::string& label) {
  const std::size_t budgets = network.runs().size();
  const std::size_t batch = runner.info().fixed_batch.value_or(group * budgets);
  if (batch % budgets != 0) {
    throw Error(fmt::format("{}: its fixed batch of {} is no multiple of {} budgets",
                            runner.info().path, batch, budgets));
  }
  Session session = runner.session(network.substitution(), batch);
  const std::vector<std::size_t>& shape = session.sample_shape();
  const std::size_t elements =
      std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
  const std::vector<std::int64_t>& labels = data.labels(session.output_elements());
  std::vector<std::int64_t> right(budgets);
  ProgressLine line(label, "samples", static_cast<std::int64_t>(samples));
  for (std::size_t done = 0; done < samples;) {
    const std::size_t now = std::min(batch / budgets, samples - done);
    std::vector<float> input(now * budgets * elements);
    for (std::size_t s = 0; s < now; ++s) {
      float* const first = input.data() + s * budgets * elements;
      data.fill(done + s, 1, shape, first);
      for (std::size_t b = 1; b < budgets; ++b) std::copy_n(first, elements, first + b * elements);
    }
    const std::vector<float> outputs = session.run(input.data(), now * budgets, done * budgets);
    const std::size_t classes = session.output_elements();
    for (std::size_t i = 0; i < now * budgets; ++i) {
      const std::span<const float> one(outputs.data() + i * classes, classes);
      right[i % budgets] +=
          static_cast<std::int64_t>(argmax(one)) == labels[done + i / budgets] ? 1 : 0;
    }
    done += now;
    line.update(static_cast<std::int64_t>(done));
  }
  return right;
}

}  // namespace

int budget_command(const CommonOptions& common, const BudgetOptions& options) {
  check_budgets(options.budgets);
  const RunOptions& run = options.run;
  const ModelRunner runner = open_model(run.input);
  const Plan plan = read_plan(run.plan);
  check_plan_is_for(plan, run.plan, run.input.model, runner.info().checksum);
  const std::vector<QuantizedLayer> layers = quantize_network(plan, run.plan, runner);
  const Dataset data = open_data(with_plan_scaling(run.input, plan), run.data);
  require_classes(data, "budget");
  const std::size_t samples = sample_limit(data, run.samples);
  const RunTarget target = open_target(run.device, run.config, layers);
  const PeConfig& config = *target.config;
  const bool hardware = target.tested != nullptr;
  EmulatorDevice emulator(config);
  BudgetNetwork network(runner, layers, hardware ? *target.tested : emulator,
                        hardware ? &emulator : nullptr, options.budgets);
  const std::vector<std::int64_t> right =
      count_right(runner, network, data, samples, hardware ? 5 : 50, "budgets");

  Json rows = Json::array();
  std::int64_t mismatches = 0;
  say(common, "{:>7} {:>10} {:>14} {:>16} {:>13} {:>12} {:>11}", "budget", "accuracy", "cycles",
      "counting steps", "weight beats", "compared", "mismatches");
  for (std::size_t b = 0; b < network.runs().size(); ++b) {
    const BudgetRun& r = network.runs()[b];
    const double metric = static_cast<double>(right[b]) / static_cast<double>(samples);
    const bool clocked = r.cycles > 0;
    mismatches += r.mismatches;
    say(common, "{:>7} {:>8.2f} % {:>14} {:>16} {:>13} {:>12} {:>11}", r.budget, 100 * metric,
        clocked ? fmt::format("{}", r.cycles) : "no clock", r.steps, r.weight_beats, r.compared,
        r.mismatches);
    rows.push_back({{"budget", r.budget},
                    {"metric", metric},
                    {"cycles", clocked ? Json(r.cycles) : Json(nullptr)},
                    {"steps", r.steps},
                    {"weight_beats", r.weight_beats},
                    {"compared", r.compared},
                    {"mismatches", r.mismatches}});
  }
  say_float_products(common, runner, "budget");
  say(common,
      "{} samples on {} ({}): the weights were loaded once, with the first budget; a smaller one "
      "is a control word",
      samples, target.kind, config.name);
  print_json(common, {{"samples", samples},
                      {"device", target.kind},
                      {"config", std::string(config.name)},
                      {"mismatches", mismatches},
                      {"budgets", rows}});
  return mismatches == 0 ? 0 : 1;
}

}  // namespace tally
