// SPDX-License-Identifier: Apache-2.0
#include "golden/search/network_trial.hpp"

#include <algorithm>
#include <limits>

#include "golden/search/cached_search.hpp"

namespace tally {

std::vector<int> widths_of(const MeasuredPlan& plan) {
  std::vector<int> widths;
  for (const LayerParams& layer : plan.layers) widths.push_back(layer.n);
  return widths;
}

SearchContext::SearchContext(std::size_t layers, const NetworkHooks& hooks,
                             const NetworkSearchOptions& options)
    : hooks_(hooks), options_(options), work_(hooks), table_(layers, hooks, options, work_) {
  float_ = measure(PartialPlan(layers, nullptr), "float");
}

Measurement SearchContext::measure(const PartialPlan& plan, const std::string& what) {
  work_.expect(1);
  const Measurement measured = hooks_.measure(plan);
  ++evaluations_;
  work_.done(what);
  return measured;
}

std::vector<double> SearchContext::layer_divergences(const std::vector<PartialPlan>& plans) {
  work_.expect(plans.size());
  const auto done = [&](std::size_t i) {
    ++evaluations_;
    work_.done("importance of " + table_.name(i));
  };
  std::vector<Measurement> measured;
  if (hooks_.measure_all) {
    measured = hooks_.measure_all(plans, done);
  } else {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      measured.push_back(hooks_.measure(plans[i]));
      done(i);
    }
  }
  std::vector<double> divergences;
  for (const Measurement& m : measured) divergences.push_back(m.divergence);
  return divergences;
}

MeasuredPlan SearchContext::trial(std::vector<LayerParams> layers, const std::string& what,
                                  double threshold_w) {
  MeasuredPlan plan;
  plan.layers = std::move(layers);
  Trial& trial = plan.trial;
  for (const LayerParams& layer : plan.layers) {
    trial.candidates.push_back(layer.candidate());
    trial.average_bits += layer.n;
  }
  trial.average_bits /= static_cast<double>(plan.layers.size());
  trial.what = what;
  trial.threshold_w = threshold_w;
  trial.measured = measure(whole_plan(plan.layers), what);
  trial.loss_points = 100 * (float_.metric - trial.measured.metric);
  trials_.push_back(trial);
  return plan;
}

namespace {

// One layer at a time: threads that its candidates leave over work inside them.
LayerSearchOptions alone_with(LayerSearchOptions layer, int threads, std::size_t candidates) {
  layer.threads = std::max(1, threads / static_cast<int>(candidates));
  return layer;
}

}  // namespace

std::vector<LayerParams> tune_in_sequence(SearchContext& context, const std::vector<int>& widths,
                                          const std::vector<NumberSystem>& systems,
                                          const LayerSearchOptions& layer) {
  const NetworkSearchOptions& options = context.options();
  const auto search = make_cached_search(
      options.method, alone_with(layer, options.threads, systems.size()), options.store);
  std::vector<LayerParams> tuned(widths.size());
  context.work().expect(widths.size() * systems.size());
  context.hooks().pass([&](std::size_t i, const LayerData& data) {
    auto found = search_candidates(*search, data, candidates_between(widths[i], widths[i], systems),
                                   options.threads, context.work());
    tuned[i] = *std::min_element(
        found.begin(), found.end(),
        [](const LayerParams& a, const LayerParams& b) { return a.output_error < b.output_error; });
    return &tuned[i];
  });
  return tuned;
}

MeasuredPlan tuned_plan(SearchContext& context, const std::vector<int>& widths,
                        const std::vector<NumberSystem>& systems, const LayerSearchOptions& layer) {
  std::string what;
  for (const NumberSystem s : systems)
    what += (what.empty() ? "" : "+") + std::string(to_string(s));
  if (!layer.match_variance) what += " without gain";
  if (layer.correct_weights) what += ", weights corrected";
  MeasuredPlan plan = context.trial(tune_in_sequence(context, widths, systems, layer), what);
  plan.systems = systems;
  plan.tuning = layer;
  return plan;
}

MeasuredPlan best_of_gain(SearchContext& context, const std::vector<int>& widths,
                          NumberSystem system) {
  LayerSearchOptions layer = context.options().layer;
  MeasuredPlan best = tuned_plan(context, widths, {system}, layer);
  if (!layer.match_variance) return best;
  layer.match_variance = false;
  MeasuredPlan without = tuned_plan(context, widths, {system}, layer);
  return without.divergence() < best.divergence() ? without : best;
}

MeasuredPlan mixed_plan(SearchContext& context, const std::vector<int>& widths,
                        const MeasuredPlan& like) {
  LayerSearchOptions tuning = like.tuning;
  tuning.correct_weights = false;
  return tuned_plan(context, widths, context.options().systems, tuning);
}

MeasuredPlan with_corrected_weights(SearchContext& context, MeasuredPlan plan) {
  if (!context.options().correct_weights || plan.tuning.correct_weights) return plan;
  LayerSearchOptions tuning = plan.tuning;
  tuning.correct_weights = true;
  MeasuredPlan corrected = tuned_plan(context, widths_of(plan), plan.systems, tuning);
  return corrected.divergence() < plan.divergence() ? corrected : plan;
}

MeasuredPlan best_of_systems(const std::vector<NumberSystem>& systems,
                             const std::function<MeasuredPlan(NumberSystem)>& alone,
                             const std::function<MeasuredPlan(const MeasuredPlan& best)>& mixed,
                             double margin) {
  MeasuredPlan best = alone(systems.front());
  const auto keep_better = [&](MeasuredPlan plan, double least) {
    if (plan.divergence() < (1 - least) * best.divergence()) best = std::move(plan);
  };
  for (std::size_t s = 1; s < systems.size(); ++s) keep_better(alone(systems[s]), 0);
  if (systems.size() > 1) keep_better(mixed(best), margin);
  return best;
}

MeasuredPlan best_tuned(SearchContext& context, const std::vector<int>& widths) {
  return best_of_systems(
      context.options().systems,
      [&](NumberSystem system) {
        return with_corrected_weights(context, best_of_gain(context, widths, system));
      },
      [&](const MeasuredPlan& best) {
        return with_corrected_weights(context, mixed_plan(context, widths, best));
      },
      context.mixed_margin());
}

std::vector<double> importance_within(SearchContext& context, const MeasuredPlan& plan, int low) {
  const std::size_t layers = plan.layers.size();
  const auto search = make_cached_search(context.options().method,
                                         alone_with(plan.tuning, context.options().threads, 1),
                                         context.options().store);
  std::vector<LayerParams> other(layers);
  context.work().expect(layers);
  context.hooks().pass([&](std::size_t i, const LayerData& data) {
    Candidate candidate = plan.layers[i].candidate();
    candidate.n += candidate.n > low ? -1 : 1;
    other[i] = search_candidates(*search, data, {candidate}, 1, context.work()).front();
    return &plan.layers[i];
  });
  std::vector<PartialPlan> changed(layers, whole_plan(plan.layers));
  for (std::size_t i = 0; i < layers; ++i) changed[i][i] = &other[i];
  std::vector<double> importance = context.layer_divergences(changed);
  for (std::size_t i = 0; i < layers; ++i) {
    importance[i] =
        (importance[i] - plan.divergence()) / (other[i].output_error - plan.layers[i].output_error);
  }
  return importance;
}

std::vector<int> least_cost_widths(const std::vector<std::vector<double>>& cost, int low,
                                   int total) {
  const auto spare = static_cast<std::size_t>(total) - cost.size() * static_cast<std::size_t>(low);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // least[i][s]: layers i.. with s bits above `low` to share.
  std::vector<std::vector<double>> least(cost.size() + 1, std::vector<double>(spare + 1, 0.0));
  const auto choose = [&](std::size_t i, std::size_t s) {
    std::size_t best = 0;
    double best_cost = kInfinity;
    for (std::size_t extra = 0; extra < cost[i].size() && extra <= s; ++extra) {
      const double c = cost[i][extra] + least[i + 1][s - extra];
      if (c < best_cost) {
        best_cost = c;
        best = extra;
      }
    }
    return std::pair(best, best_cost);
  };
  for (std::size_t i = cost.size(); i-- > 0;) {
    for (std::size_t s = 0; s <= spare; ++s) least[i][s] = choose(i, s).second;
  }
  std::vector<int> widths;
  std::size_t s = spare;
  for (std::size_t i = 0; i < cost.size(); ++i) {
    const std::size_t extra = choose(i, s).first;
    widths.push_back(low + static_cast<int>(extra));
    s -= extra;
  }
  return widths;
}

}  // namespace tally
