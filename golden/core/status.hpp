// SPDX-License-Identifier: Apache-2.0
// Sticky status of the processing element (docs/tile-packet.md, "Status"); tally_pkg::status_t.
#pragma once

#include <cstdint>
#include <string>

namespace tally {

enum StatusBit : std::uint32_t {
  kNanInput = 1u << 0,
  kCounterOverflow = 1u << 1,
  kResultOverflow = 1u << 2,
  kNanResult = 1u << 3,
  kBadWeight = 1u << 4,
  kBadControl = 1u << 5,
  kBadBoundaries = 1u << 6,
  kWeightEarly = 1u << 7,
  kWeightLate = 1u << 8,
  kActivationEarly = 1u << 9,
  kActivationLate = 1u << 10,
};

/// Or of StatusBits.
using Status = std::uint32_t;

/// The errors after which everything is discarded until a soft reset.
inline constexpr Status kFatalStatus =
    kBadControl | kBadBoundaries | kWeightEarly | kWeightLate | kActivationEarly | kActivationLate;

/// The names of the bits set, separated by spaces; "ok" for none.
std::string status_text(Status status);

}  // namespace tally
