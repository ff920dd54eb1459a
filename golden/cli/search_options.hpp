// SPDX-License-Identifier: Apache-2.0
// From the options of a command to those of golden/search.
#pragma once

#include "golden/cli/commands.hpp"
#include "golden/cli/file_store.hpp"
#include "golden/search/network_search.hpp"

namespace tally {

/// Error naming the option whose value is out of range.
void check_search_options(const SearchOptions& options);

/// options.threads, or as many as the machine has.
int search_threads(const SearchOptions& options);

/// The folder that --cache names, or the command's own beside its output.
FileStore search_store(const SearchOptions& options);

/// The paper's method as the paper has it: one alpha and beta a tensor, no bias correction, no
/// gain, n from 3.
NetworkSearchOptions network_options(const SearchOptions& options, int threads, ResultStore* store);

/// Whether the search and the uniform levels that its plan is compared with may correct weights.
bool corrects_weights(const SearchOptions& options);

/// The systems of "exponential,reveal,uniform", one a layer; empty for a single name. Error for a
/// name that is no number system.
std::vector<std::string> listed_systems(const std::string& text);

/// "exponential", "uniform" or "auto" as number systems. Error for another name.
std::vector<NumberSystem> systems_named(const std::string& name);

}  // namespace tally
