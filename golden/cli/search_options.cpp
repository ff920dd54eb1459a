// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/search_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {

namespace {

// An option that the others make meaningless is a mistake, not to be passed over.
void check_option_use(const SearchOptions& options) {
  const SearchOptions usual;
  const bool listed = !listed_systems(options.system).empty();
  const bool by_cycles = options.cost == "cycles";
  if (by_cycles && options.bits != 0) {
    throw Error("--bits and --cost cycles exclude each other: the cycles decide n");
  }
  if ((by_cycles || listed) && options.average_bits != 0) {
    throw Error(fmt::format("--average-bits does not go with {}",
                            by_cycles ? "--cost cycles" : "a list of number systems"));
  }
  if (!by_cycles && options.config != usual.config) {
    throw Error("--config belongs to --cost cycles");
  }
  if (options.system == "exponential" &&
      (options.encoding != usual.encoding || options.group != usual.group)) {
    throw Error("--encoding and --group belong to uniform and reveal, not to exponential");
  }
  if (options.method != "paper" &&
      (options.alpha_rule != usual.alpha_rule || options.rss_unit != usual.rss_unit ||
       options.threshold_factor != usual.threshold_factor)) {
    throw Error("--alpha-rule, --rss-unit and --threshold-factor belong to --method paper");
  }
}

}  // namespace

void check_search_options(const SearchOptions& options) {
  if (options.bits != 0 && (options.bits < kMinBits || options.bits > kMaxBits)) {
    throw Error(fmt::format("--bits is {}, not in {} .. {}", options.bits, kMinBits, kMaxBits));
  }
  if (options.average_bits != 0 &&
      !(options.average_bits >= kMinBits && options.average_bits <= kMaxBits)) {
    throw Error(fmt::format("--average-bits is {}, not in {} .. {}", options.average_bits, kMinBits,
                            kMaxBits));
  }
  if (options.bits != 0 && options.average_bits != 0) {
    throw Error("--bits and --average-bits exclude each other");
  }
  if (!(options.max_loss >= 0 && options.max_loss <= 100)) {
    throw Error(fmt::format("--max-loss is {}, not in 0 .. 100 points", options.max_loss));
  }
  if (options.threads < 0 || options.threads > 1024) {
    throw Error(fmt::format("--threads is {}, not in 0 .. 1024", options.threads));
  }
  if (!(options.memory > 0 && options.memory <= 1e6)) {
    throw Error(fmt::format("--memory is {} GB, not above 0 and up to 1000000", options.memory));
  }
  const int g = options.group;
  if (g != 0 && g != 1 && g != 2 && g != 4 && g != 8) {
    throw Error(fmt::format("--group is {}, not 1, 2, 4 or 8", g));
  }
  const std::vector<std::string> listed = listed_systems(options.system);
  const bool reveal = options.system == "reveal";
  const bool some_reveal =
      reveal || std::find(listed.begin(), listed.end(), "reveal") != listed.end();
  if (!some_reveal && (options.budget != 0 || options.terms != 0)) {
    throw Error(fmt::format("--budget and --terms belong to --number-system reveal, not to {}",
                            options.system));
  }
  const int most = max_digits(hardware_encoding(options.encoding == "hese"));
  const int most_budget = most * (g == 0 ? 8 : g);
  if (options.budget < 0 || options.budget > most_budget) {
    throw Error(fmt::format("--budget is {}, not in 1 .. {}", options.budget, most_budget));
  }
  if (options.terms < 0 || options.terms > most) {
    throw Error(fmt::format("--terms is {}, not in 1 .. {}", options.terms, most));
  }
  if (reveal && (options.bits != 0 || options.average_bits != 0)) {
    throw Error("--bits and --average-bits: reveal is INT8, n = 7; --budget and --terms choose");
  }
  if (options.cost == "cycles" && options.system != "auto") {
    throw Error(
        fmt::format("--cost cycles belongs to --number-system auto, not to {}", options.system));
  }
  if (options.method == "paper" && options.average_bits != 0) {
    throw Error("--average-bits belongs to --method output: the paper's search has thresholds");
  }
  if (options.method == "paper" && options.system != "exponential") {
    throw Error(
        fmt::format("--method paper knows the exponential system only, not {}", options.system));
  }
  check_option_use(options);
}

std::vector<std::string> listed_systems(const std::string& text) {
  std::vector<std::string> systems;
  std::stringstream words(text);
  for (std::string word; std::getline(words, word, ',');) systems.push_back(word);
  const std::vector<std::string> single = {"exponential", "uniform", "reveal", "auto"};
  const std::size_t known = systems.size() == 1 ? 4 : 3;  // auto is no system of a layer
  for (const std::string& system : systems) {
    const auto end = single.begin() + static_cast<std::ptrdiff_t>(known);
    if (std::find(single.begin(), end, system) != end) continue;
    throw Error(fmt::format("--number-system: '{}' is not exponential, uniform{}", system,
                            known == 4 ? ", reveal or auto" : " or reveal"));
  }
  if (systems.empty()) throw Error("--number-system names none");
  return systems.size() == 1 ? std::vector<std::string>{} : systems;
}

bool corrects_weights(const SearchOptions& options) {
  return !options.keep_weights && options.cost == "bits" && listed_systems(options.system).empty();
}

int search_threads(const SearchOptions& options) {
  if (options.threads > 0) return options.threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::vector<NumberSystem> systems_named(const std::string& name) {
  if (name == "exponential") return {kExponential};
  if (name == "uniform") return {kUniform};
  if (name == "auto") return {kExponential, kUniform};
  throw Error(
      fmt::format("{} is no number system of the search: exponential, uniform or auto", name));
}

FileStore search_store(const SearchOptions& options) {
  if (options.cache.empty()) return FileStore(options.output + ".cache", true);
  return FileStore(options.cache);
}

NetworkSearchOptions network_options(const SearchOptions& options, int threads,
                                     ResultStore* store) {
  NetworkSearchOptions search;
  search.systems = systems_named(options.system);
  search.max_loss_points = options.max_loss;
  search.bits = options.bits;
  search.average_bits = options.average_bits;
  search.correct_weights = corrects_weights(options);
  search.threads = threads;
  search.store = store;
  if (options.method == "paper") {
    search.method = SearchMethod::kPaper;
    search.layer.per_channel = false;
    search.layer.correct_bias = false;
    search.layer.match_variance = false;
    search.layer.alpha_rule =
        options.alpha_rule == "paper" ? AlphaRule::kPaper : AlphaRule::kFullScale;
    search.layer.rss_unit = options.rss_unit == "mean" ? RssUnit::kMean : RssUnit::kValue;
    search.clamp_threshold_factor = options.threshold_factor == "clamped";
    if (options.bits == 0) search.min_bits = 3;
  }
  return search;
}

}  // namespace tally
