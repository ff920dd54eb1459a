// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "golden/core/pe_config.hpp"

namespace tally::verif {

/// The parameters of the models tally_pe_cut and tally_top_cut (verif/CMakeLists.txt): counters and
/// registers as the ULX3S has them.
inline constexpr PeConfig kCutConfig = {.name = "cut",
                                        .lanes = 8,
                                        .max_n = 3,
                                        .dequantizers = 1,
                                        .ping_pong = true,
                                        .parallel_terms = false,
                                        .cnt_w = 10,
                                        .counter_style = CounterStyle::kSyncRam,
                                        .buffer_rows = 64,
                                        .digits = true};

}  // namespace tally::verif
