// SPDX-License-Identifier: Apache-2.0
// Our choice of widths and number systems: what a layer's error does to the network's output
// decides how many bits it gets.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "golden/search/network_trial.hpp"

namespace tally {

namespace {

// What a unit of each layer's output error costs the network, by number system.
using Importance = std::map<NumberSystem, std::vector<double>>;

// Budgets, plans and what is known about them. Each system goes its own way; all systems together
// then start from where the best of them has come.
class DivergenceAllocation {
 public:
  explicit DivergenceAllocation(SearchContext& context)
      : context_(context), options_(context.options()), layers_(context.table().layers()) {
    low_ = options_.min_bits;
    high_ = options_.max_bits;
    if (options_.average_bits > 0) {  // widths far below the average never pay
      low_ = std::clamp(static_cast<int>(std::floor(options_.average_bits)) - 2, low_, high_);
    }
    context_.table().fill(candidates_between(low_, high_, options_.systems));
    alone_ = importance_alone();
    for (const NumberSystem system : options_.systems) importance_[system] = alone_;
  }

  /// Of each layer alone, in the first of the systems.
  const std::vector<double>& importance() const { return alone_.at(options_.systems.front()); }
  int lowest() const { return low_ * static_cast<int>(layers_); }
  int highest() const { return high_ * static_cast<int>(layers_); }

  /// The best plan found with at most `total` bits over all layers.
  const MeasuredPlan& best(int total) {
    const auto as_it_is = [](MeasuredPlan&) {};
    return find(total, as_it_is, as_it_is);
  }

  /// The same, each plan of one system made better first: importance is measured once more with all
  /// other layers quantized, and bits move to where it says, as long as that lowers the divergence.
  /// In the end weights are corrected, so that systems are compared as they will be used.
  const MeasuredPlan& refined(int total) {
    plans_.erase(total);
    const auto correct = [&](MeasuredPlan& plan) {
      plan = with_corrected_weights(context_, std::move(plan));
    };
    return find(
        total,
        [&](MeasuredPlan& plan) {
          constexpr int kRounds = 3;
          for (int round = 0; round < kRounds; ++round) {
            learn(plan);
            const std::vector<int> moved = widths(total, plan.systems, learned(plan));
            if (moved == widths_of(plan)) break;
            MeasuredPlan tried = tuned_plan(context_, moved, plan.systems, plan.tuning);
            if (tried.divergence() >= plan.divergence()) break;
            plan = std::move(tried);
          }
          correct(plan);
        },
        correct);
  }

  void replace(int total, MeasuredPlan plan) { plans_[total] = std::move(plan); }

  /// Plans of other budgets are made anew, from what refined() learned.
  void forget_but(int total) {
    std::erase_if(plans_, [&](const auto& entry) { return entry.first != total; });
  }

 private:
  using Improve = std::function<void(MeasuredPlan&)>;

  const MeasuredPlan& find(int total, const Improve& improve_alone, const Improve& improve_mixed) {
    const auto known = plans_.find(total);
    if (known != plans_.end()) return known->second;
    return plans_[total] = best_of_systems(
               options_.systems,
               [&](NumberSystem system) {
                 const std::vector<int> n = widths(total, {system}, importance_.at(system));
                 MeasuredPlan plan = best_of_gain(context_, n, system);
                 improve_alone(plan);
                 return plan;
               },
               [&](const MeasuredPlan& best) {
                 const std::vector<int> n = widths(total, options_.systems, learned(best));
                 MeasuredPlan plan = mixed_plan(context_, n, best);
                 improve_mixed(plan);
                 return plan;
               },
               context_.mixed_margin());
  }

  // As the way of this plan, of one system, has taught.
  Importance& learned(const MeasuredPlan& plan) { return importance_.at(plan.systems.front()); }

  // Divergence grows with the square of a small disturbance, as the layer's output error does: one
  // measurement a layer and system, at a width that the plan is likely to give it, tells their
  // ratio for every width.
  Importance importance_alone() {
    const double expected = options_.average_bits > 0 ? options_.average_bits : 3;
    const int probe = std::clamp(static_cast<int>(std::lround(expected)), low_, high_);
    Importance alone;
    for (const NumberSystem system : options_.systems) {
      std::vector<PartialPlan> plans(layers_, PartialPlan(layers_, nullptr));
      for (std::size_t i = 0; i < layers_; ++i) {
        plans[i][i] = &context_.table().at(i, {system, probe});
      }
      const std::vector<double> divergences = context_.layer_divergences(plans);
      for (std::size_t i = 0; i < layers_; ++i) {
        const double error = plans[i][i]->output_error;
        alone[system].push_back(error > 0 ? std::max(0.0, divergences[i]) / error : 0.0);
      }
    }
    return alone;
  }

  // A layer's importance is nearly the same in every number system, so what was measured in one
  // corrects all. Only its ratio to the other layers' decides, and one measurement is noisy: it
  // never moves a layer by more than kMost against the middle one.
  void learn(const MeasuredPlan& plan) {
    constexpr double kMost = 4;
    Importance& importance = learned(plan);
    const std::vector<double> measured = importance_within(context_, plan, low_);
    std::vector<double> factors(layers_, 0.0);
    for (std::size_t i = 0; i < layers_; ++i) {
      const double known = importance.at(plan.layers[i].system)[i];
      if (known > 0 && std::isfinite(measured[i])) factors[i] = measured[i] / known;
    }
    std::vector<double> sorted = factors;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(layers_ / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    if (!(*middle > 0)) return;
    for (std::size_t i = 0; i < layers_; ++i) {
      const double factor = std::clamp(factors[i] / *middle, 1 / kMost, kMost);
      for (auto& [system, values] : importance) values[i] *= factor;
    }
  }

  std::vector<int> widths(int total, const std::vector<NumberSystem>& systems,
                          const Importance& importance) {
    std::vector<std::vector<double>> cost;
    for (std::size_t i = 0; i < layers_; ++i) {
      cost.emplace_back();
      for (int n = low_; n <= high_; ++n) {
        double least = std::numeric_limits<double>::infinity();
        for (const NumberSystem system : systems) {
          least = std::min(
              least, importance.at(system)[i] * context_.table().at(i, {system, n}).output_error);
        }
        cost[i].push_back(least);
      }
    }
    return least_cost_widths(cost, low_, total);
  }

  SearchContext& context_;
  const NetworkSearchOptions& options_;
  std::size_t layers_;
  int low_, high_;
  Importance alone_;
  std::map<NumberSystem, Importance> importance_;  // as learned on the way of each
  std::map<int, MeasuredPlan> plans_;
};

// The layer that gives up a bit between two plans: the first that is narrower.
std::string narrowed(LayerTable& table, const MeasuredPlan& wide, const MeasuredPlan& narrow) {
  for (std::size_t i = 0; i < wide.layers.size(); ++i) {
    if (narrow.layers[i].n < wide.layers[i].n) return table.name(i);
  }
  return "";
}

// The plan that was found within the bound must stay there.
MeasuredPlan corrected_within_bound(SearchContext& context, const MeasuredPlan& plan) {
  MeasuredPlan corrected = with_corrected_weights(context, plan);
  return context.within_bound(corrected) || !context.within_bound(plan) ? corrected : plan;
}

}  // namespace

Allocation allocate_by_divergence(SearchContext& context) {
  DivergenceAllocation search(context);
  const NetworkSearchOptions& options = context.options();
  Allocation result;
  result.importance = search.importance();
  const auto layers = static_cast<double>(context.table().layers());
  if (options.average_bits > 0) {
    const int total = std::clamp(static_cast<int>(std::floor(options.average_bits * layers + 1e-9)),
                                 search.lowest(), search.highest());
    result.plan = search.refined(total);
    result.stop_reason = fmt::format("an average of {} bits was asked for", options.average_bits);
    return result;
  }
  // Bisection: `good` is within the bound, `bad` is not.
  int bad = search.lowest() - 1;
  int good = search.highest();
  if (context.within_bound(search.best(search.lowest()))) {
    good = search.lowest();
  } else {
    bad = search.lowest();
    if (!context.within_bound(search.best(good))) {
      result.plan = corrected_within_bound(context, search.best(good));
      result.stop_reason =
          fmt::format("{} bits in every layer lose {:.2f} points, more than {}", options.max_bits,
                      result.plan.trial.loss_points, options.max_loss_points);
      return result;
    }
  }
  const auto bisect = [&] {
    while (good - bad > 1) {
      const int middle = bad + (good - bad) / 2;
      (context.within_bound(search.best(middle)) ? good : bad) = middle;
    }
  };
  bisect();
  if (good > search.lowest()) {
    // What refining this plan teaches may let it shed more bits, a few: look from a little below.
    const MeasuredPlan first = search.best(good);
    if (!context.within_bound(search.refined(good))) search.replace(good, first);
    search.forget_but(good);
    const int step = std::max(1, static_cast<int>(layers / 4));
    bad = good - step;
    while (bad >= search.lowest() && context.within_bound(search.best(bad))) {
      good = bad;
      bad -= step;
    }
    bad = std::max(bad, search.lowest() - 1);
    bisect();
  }
  result.plan = corrected_within_bound(context, search.best(good));
  if (good == search.lowest()) {
    result.stop_reason = fmt::format("every layer has {} bits", options.min_bits);
    return result;
  }
  result.stop_reason = fmt::format("one bit less over all layers loses {:.2f} points, more than {}",
                                   search.best(bad).trial.loss_points, options.max_loss_points);
  result.limiting_layer = narrowed(context.table(), result.plan, search.best(bad));
  return result;
}

Allocation allocate_evenly(SearchContext& context) {
  const NetworkSearchOptions& options = context.options();
  const std::vector<int> widths(context.table().layers(), options.bits);
  Allocation result;
  result.stop_reason = fmt::format("{} bits were asked for in every layer", options.bits);
  if (options.method == SearchMethod::kPaper) {
    context.table().fill({{kExponential, options.bits}});
    std::vector<LayerParams> layers;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      layers.push_back(context.table().at(i, {kExponential, options.bits}));
    }
    result.plan = context.trial(std::move(layers), fmt::format("paper, n = {}", options.bits));
    return result;
  }
  result.plan = best_tuned(context, widths);
  return result;
}

}  // namespace tally
