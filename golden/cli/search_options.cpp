// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/search_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "golden/core/error.hpp"
#include "golden/core/exponential.hpp"

namespace tally {

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
  if (options.method == "paper" && options.system != "exponential") {
    throw Error(
        fmt::format("--method paper knows the exponential system only, not {}", options.system));
  }
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

NetworkSearchOptions network_options(const SearchOptions& options, int threads,
                                     ResultStore* store) {
  NetworkSearchOptions search;
  search.systems = systems_named(options.system);
  search.max_loss_points = options.max_loss;
  search.bits = options.bits;
  search.average_bits = options.average_bits;
  search.threads = threads;
  search.store = store;
  if (options.method == "paper") {
    search.method = SearchMethod::kPaper;
    search.layer.per_channel = false;
    search.layer.correct_bias = false;
    search.layer.match_variance = false;
    if (options.bits == 0) search.min_bits = 3;
  }
  return search;
}

}  // namespace tally
