// SPDX-License-Identifier: Apache-2.0
// What a processing element was built with: the parameters of tally_pe.
#pragma once

#include <span>
#include <string_view>

namespace tally {

/// Counter memories, the values of tally_pkg::Style*.
enum class CounterStyle { kFlipFlop = 0, kLutRam = 1, kSyncRam = 2 };

/// Elaboration parameters of one tally_pe. Only lanes, max_n, cnt_w, buffer_rows and digits change
/// results; the others change speed and area.
struct PeConfig {
  std::string_view name;
  int lanes;            // output channels of a tile
  int max_n;            // widest exponent, 2..7 bits
  int dequantizers;     // Horner units
  bool ping_pong;       // the next vector counts while this one is evaluated
  bool parallel_terms;  // all digits of a value in one step (reveal and uniform)
  int cnt_w;            // bits of a counter
  CounterStyle counter_style;
  int buffer_rows;  // weight rows held at once; longer vectors stream their weights
  bool digits;      // number systems uniform and reveal are built in; else they are bad_control
};

/// The named configurations of rtl/configs.json, the one source for hardware and model.
std::span<const PeConfig> pe_configs();

/// The configuration called `name`; Error with the known names if there is none.
const PeConfig& find_pe_config(std::string_view name);

}  // namespace tally
