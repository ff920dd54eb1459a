// SPDX-License-Identifier: Apache-2.0
// Uniform and reveal layers of a plan: integers, digits and what they come to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/core/group_selection.hpp"
#include "golden/core/uniform.hpp"
#include "golden/plan/plan.hpp"

namespace tally {

/// 128 magnitudes: scale * (the `terms` largest digits of i), i = 0..127.
std::vector<double> digit_magnitudes(double scale, DigitEncoding encoding, int terms);

/// int8_of_codes() as numbers.
inline std::span<const std::int8_t> as_int8(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const std::int8_t*>(bytes.data()), bytes.size()};
}

/// How the layer's weights are cut to terms.
TermLimit term_limit(const LayerPlan& plan);

}  // namespace tally
