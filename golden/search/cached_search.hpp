// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "golden/search/layer_search.hpp"
#include "golden/search/result_store.hpp"

namespace tally {

/// Key of one unit of work: everything its result depends on (data, candidate, method, options).
std::string unit_key(const LayerData& layer, const Candidate& candidate, SearchMethod method,
                     const LayerSearchOptions& options);

/// Parameters as bytes and back, every number exactly; nothing if the bytes are not such.
std::string to_bytes(const LayerParams& params);
std::optional<LayerParams> params_from_bytes(const std::string& bytes);

/// make_layer_search, but a unit found in `store` is taken from there and a finished one is put
/// there. A null store keeps nothing; `store` must outlive the search.
std::unique_ptr<LayerSearch> make_cached_search(SearchMethod method,
                                                const LayerSearchOptions& options,
                                                ResultStore* store);

}  // namespace tally
