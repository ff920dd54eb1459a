// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/digit_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "golden/cli/progress.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/cli/search_options.hpp"
#include "golden/core/error.hpp"
#include "golden/search/cached_search.hpp"
#include "golden/search/cost_allocation.hpp"
#include "golden/search/digit_fit.hpp"
#include "golden/search/parallel.hpp"

namespace tally {
namespace {

int group_of(const SearchOptions& options) { return options.group == 0 ? 8 : options.group; }

DigitEncoding encoding_of(const SearchOptions& options) {
  return hardware_encoding(options.encoding == "hese");
}

LayerParams fit_reveal(const LayerData& layer, const DigitOptions& digits) {
  LayerParams params = fit_digits(layer, digits).params.layer_params();
  // What keeps every digit is reveal here too: it was asked for by its g, k, s.
  params.system = kReveal;
  params.group = digits.group;
  params.budget = digits.full_budget();
  params.terms = digits.full_terms();
  params.hese = digits.encoding == DigitEncoding::kHese;
  return params;
}

// Budgets and terms to try for groups of g, those with the fewest term pairs first.
std::vector<DigitOptions> reveal_ladder(const SearchOptions& options) {
  const DigitEncoding encoding = encoding_of(options);
  const int most = max_digits(encoding);
  std::vector<DigitOptions> ladder;
  for (int k = options.budget > 0 ? options.budget : 1; k <= most * group_of(options); ++k) {
    for (int s = options.terms > 0 ? options.terms : 1; s <= most; ++s) {
      DigitOptions digits = reveal_options(group_of(options), k, s);
      digits.encoding = encoding;
      ladder.push_back(digits);
      if (options.terms > 0) break;
    }
    if (options.budget > 0) break;
  }
  std::stable_sort(ladder.begin(), ladder.end(), [](const DigitOptions& a, const DigitOptions& b) {
    return a.budget * a.terms < b.budget * b.terms;
  });
  return ladder;
}

// A plan and how it does on the validation data.
struct Tried {
  std::vector<LayerParams> layers;
  Measurement measured;
};

Tried try_reveal(const NetworkHooks& hooks, std::size_t layers, const DigitOptions& digits) {
  Tried tried;
  tried.layers.resize(layers);
  hooks.pass([&](std::size_t i, const LayerData& data) {
    tried.layers[i] = fit_reveal(data, digits);
    return &tried.layers[i];
  });
  tried.measured = hooks.measure(whole_plan(tried.layers));
  return tried;
}

NetworkSearchResult result_of(Tried tried, const Measurement& exact, const SearchOptions& options,
                              const std::string& reason) {
  NetworkSearchResult result;
  result.layers = std::move(tried.layers);
  result.float_measured = exact;
  result.measured = tried.measured;
  result.loss_points = 100 * (exact.metric - tried.measured.metric);
  for (const LayerParams& layer : result.layers) {
    result.average_bits += layer.n;  // exact: ten layers of 7 are 7 on average, not a bit more
  }
  result.average_bits /= static_cast<double>(result.layers.size());
  result.within_bound = result.loss_points <= options.max_loss;
  result.stop_reason = reason;
  return result;
}

// A way to do a layer, fitted on this data.
LayerParams fit_choice(const LayerData& data, const Candidate& choice, DigitEncoding encoding,
                       const LayerSearch& search) {
  if (choice.system != kReveal) return search.search(data, choice);
  DigitOptions digits = reveal_options(choice.group, choice.budget, choice.terms);
  digits.encoding = encoding;
  return fit_reveal(data, digits);
}

// Every way to do a layer that the cycle search weighs.
std::vector<Candidate> all_choices(const SearchOptions& options, const PeConfig& config) {
  std::vector<Candidate> choices;
  for (int n = 2; n <= config.max_n; ++n) choices.push_back({kExponential, n});
  for (const int n : {3, 5, 7}) choices.push_back({kUniform, n});
  const int g = group_of(options);
  for (const int eighths : {4, 6, 8, 12, 16}) {
    for (const int s : {1, 2, 3}) {
      if (eighths * g % 8 == 0) choices.push_back({kReveal, 7, g, eighths * g / 8, s});
    }
  }
  return choices;
}

// The first of `count` rungs, cheapest first, whose loss is within the bound, and what it gave; the
// last one if none is. Dearer rungs hardly ever lose more, so it bisects.
template <class TryRung>
std::pair<std::size_t, Tried> first_within(std::size_t count, const Measurement& exact,
                                           const SearchOptions& options, TryRung try_rung) {
  std::size_t low = 0;
  std::size_t high = count - 1;
  Tried best = try_rung(high);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    Tried tried = try_rung(middle);
    if (100 * (exact.metric - tried.measured.metric) <= options.max_loss) {
      high = middle;
      best = std::move(tried);
    } else {
      low = middle + 1;
    }
  }
  return {low, std::move(best)};
}

}  // namespace

NetworkSearchResult search_reveal(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options) {
  const NetworkHooks hooks = network.hooks();
  const std::size_t layers = runner.layers().size();
  const Measurement exact = hooks.measure(PartialPlan(layers, nullptr));
  const std::vector<DigitOptions> ladder = reveal_ladder(options);
  ProgressLine line("search", "plans", static_cast<std::int64_t>(ladder.size()));
  if (ladder.size() == 1) {
    return result_of(try_reveal(hooks, layers, ladder.front()), exact, options,
                     "g, k and s were given");
  }
  std::int64_t done = 0;
  auto [low, best] = first_within(ladder.size(), exact, options, [&](std::size_t rung) {
    Tried tried = try_reveal(hooks, layers, ladder[rung]);
    line.update(++done);
    return tried;
  });
  return result_of(
      std::move(best), exact, options,
      low == 0 ? "one digit of every group and value is enough"
               : fmt::format("{} term pairs a group lose more than {} points",
                             ladder[low - 1].budget * ladder[low - 1].terms, options.max_loss));
}

NetworkSearchResult search_listed(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options, ResultStore* store) {
  const std::vector<std::string> systems = listed_systems(options.system);
  if (systems.size() != runner.layers().size()) {
    throw Error(fmt::format("--number-system lists {} layers, {} has {}", systems.size(),
                            options.input.model, runner.layers().size()));
  }
  const NetworkHooks hooks = network.hooks();
  const auto search = make_cached_search(SearchMethod::kOutput, {}, store);
  DigitOptions digits =
      reveal_options(group_of(options), options.budget > 0 ? options.budget : group_of(options),
                     options.terms > 0 ? options.terms : 2);
  digits.encoding = encoding_of(options);
  Tried tried;
  tried.layers.resize(systems.size());
  hooks.pass([&](std::size_t i, const LayerData& data) {
    if (systems[i] == "reveal") {
      tried.layers[i] = fit_reveal(data, digits);
    } else if (systems[i] == "uniform") {
      tried.layers[i] = fit_digits(data, uniform_options()).params.layer_params();
    } else {
      tried.layers[i] = search->search(data, {kExponential, options.bits > 0 ? options.bits : 3});
    }
    return &tried.layers[i];
  });
  tried.measured = hooks.measure(whole_plan(tried.layers));
  return result_of(std::move(tried), hooks.measure(PartialPlan(systems.size(), nullptr)), options,
                   "the number system of every layer was given");
}

double estimated_cycles(const LayerInfo& info, const LayerParams& params, const PeConfig& config) {
  double counting = static_cast<double>(info.k);
  double coefficients = 15;  // of the polynomials of one result
  if (params.system == kExponential) {
    const double entries = static_cast<double>(1 << params.n);
    coefficients = 2 * entries - 2 + (params.offset ? 2 * (entries - 1) : 0);
  } else {
    const DigitChoice digits = digit_choice(params, DigitEncoding::kHese, 1);
    const double groups = std::ceil(static_cast<double>(info.k) / digits.limit.group);
    counting = groups * digits.limit.budget * (config.parallel_terms ? 1 : digits.terms);
  }
  const double evaluating = config.lanes * coefficients / config.dequantizers;
  const double vector = config.ping_pong ? std::max(counting, evaluating) : counting + evaluating;
  const auto per_group = static_cast<double>(info.outputs_per_group());
  const double tiles = static_cast<double>(info.groups) * std::ceil(per_group / config.lanes);
  const double vectors =
      static_cast<double>(info.macs) / static_cast<double>(info.k * info.outputs);
  return vector * tiles * vectors;
}

NetworkSearchResult search_cycles(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options, const PeConfig& config, int threads,
                                  ResultStore* store) {
  const NetworkHooks hooks = network.hooks();
  const std::size_t layers = runner.layers().size();
  const Measurement exact = hooks.measure(PartialPlan(layers, nullptr));
  const auto search = make_cached_search(SearchMethod::kOutput, {}, store);
  ProgressLine line("search", "layers", static_cast<std::int64_t>(layers));
  std::vector<std::vector<LayerParams>> choices(layers);
  const std::vector<Candidate> candidates = all_choices(options, config);
  const DigitEncoding encoding = encoding_of(options);
  hooks.pass([&](std::size_t i, const LayerData& data) -> const LayerParams* {
    choices[i].resize(candidates.size());
    parallel_for(candidates.size(), threads, [&](std::size_t c) {
      choices[i][c] = fit_choice(data, candidates[c], encoding, *search);
    });
    line.update(static_cast<std::int64_t>(i) + 1, data.name);
    return nullptr;
  });
  std::vector<std::vector<CostedChoice>> costed(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    // One measurement a layer gives what its output error does to the network's output.
    PartialPlan alone(layers, nullptr);
    alone[i] = &choices[i].front();
    const double error = choices[i].front().output_error;
    const double importance =
        error > 0 ? std::max(0.0, hooks.measure(alone).divergence) / error : 0.0;
    for (const LayerParams& choice : choices[i]) {
      costed[i].push_back(
          {estimated_cycles(runner.layers()[i], choice, config), importance * choice.output_error});
    }
  }
  const auto path = upgrade_path(costed);
  auto [low, best] = first_within(path.size(), exact, options, [&](std::size_t rung) {
    Tried tried;
    tried.layers.resize(layers);
    hooks.pass([&](std::size_t i, const LayerData& data) {
      tried.layers[i] = fit_choice(data, candidates[path[rung][i]], encoding, *search);
      return &tried.layers[i];
    });
    tried.measured = hooks.measure(whole_plan(tried.layers));
    return tried;
  });
  return result_of(
      std::move(best), exact, options,
      low == 0 ? "the cheapest choice of every layer is good enough"
               : fmt::format("the next cheaper plan loses more than {} points", options.max_loss));
}

}  // namespace tally
