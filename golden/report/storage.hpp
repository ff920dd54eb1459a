// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "golden/plan/plan.hpp"

namespace tally {

/// Bits that the weights of a layer take, and how they are counted.
struct Storage {
  std::int64_t values = 0;    // weights
  double fp32 = 0;            // 32 bits each
  double int8 = 0;            // 8 bits each
  double codes = 0;           // n + 1 bits each: n and the sign
  double codes_as_paper = 0;  // n bits each: DNA-TEQ counts no sign
  double tables = 0;          // boundaries, and c1..c4 of every output channel
  double int8_tables = 0;     // one scale an output channel and one for the data
};

/// Storage of one layer. The bias is the same for all and left out.
Storage storage_of(const LayerPlan& layer);

/// Storage of all layers of a plan.
Storage total_storage(const Plan& plan);

}  // namespace tally
