// SPDX-License-Identifier: Apache-2.0
// Searches that golden/search does not know: Term Revealing, and the least cost in cycles over all
// number systems.
#pragma once

#include "golden/cli/commands.hpp"
#include "golden/cli/searched_network.hpp"
#include "golden/core/pe_config.hpp"
#include "golden/search/network_search.hpp"

namespace tally {

/// All layers with the same g, k, s: those of the options, or, where k or s is not given, the ones
/// with the fewest term pairs whose loss on the validation data is within the bound. Layers are
/// fitted one after the other on the quantized prefix.
NetworkSearchResult search_reveal(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options);

/// Every layer in the system that `--number-system` lists for it: exponential of --bits (3),
/// uniform of 8 bits, reveal of --group, --budget and --terms (8, 8 and 2). Layers are fitted one
/// after the other on the quantized prefix. Error unless the list has one entry a layer.
NetworkSearchResult search_listed(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options, ResultStore* store);

/// Each layer in the system and with the parameters of least cycles on `config`, within the bound
/// on the loss on the validation data: candidates are fitted on the float network, weighed by what
/// each layer's error does to the network's output, and the first plan of the upgrade path that
/// keeps the bound, fitted in sequence, is taken.
NetworkSearchResult search_cycles(const ModelRunner& runner, SearchedNetwork& network,
                                  const SearchOptions& options, const PeConfig& config, int threads,
                                  ResultStore* store);

/// Cycles that `config` takes for one sample of the layer, if its streams are never starved: with
/// ping-pong counters the larger of counting and evaluating, else their sum, for every vector and
/// tile. An estimate to choose by; the hardware's own counters have the last word.
double estimated_cycles(const LayerInfo& info, const LayerParams& params, const PeConfig& config);

}  // namespace tally
