// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/plan/plan.hpp"

namespace tally {

/// Weight codes {sign, index} of n bits as text for LayerPlan::codes: packed (core/packed.hpp),
/// then Base64.
std::string store_codes(std::span<const std::uint8_t> codes, int n);

/// The inverse, [outputs][inputs] of the layer. Precondition: layer.codes is not empty. Error,
/// starting with `where`, for text that store_codes() would not have written for this layer, and
/// for codes of another checksum than layer.codes_sha256.
std::vector<std::uint8_t> stored_codes(const std::string& where, const LayerPlan& layer);

}  // namespace tally
