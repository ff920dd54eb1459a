// SPDX-License-Identifier: Apache-2.0
// The methods behind make_layer_search; not for callers outside golden/search.
#pragma once

#include <memory>

#include "golden/search/layer_search.hpp"

namespace tally {

std::unique_ptr<LayerSearch> make_paper_search(const LayerSearchOptions& options);
std::unique_ptr<LayerSearch> make_output_search(const LayerSearchOptions& options);

}  // namespace tally
