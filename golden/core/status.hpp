// SPDX-License-Identifier: Apache-2.0
// Sticky status of the processing element (docs/tile-packet.md, "Status"); its bits are described
// in rtl/tally_registers.rdl.
#pragma once

#include <cstdint>
#include <string>

#include "rtl/generated/tally_formats.hpp"

namespace tally {

/// Or of StatusBits.
using Status = std::uint32_t;

/// The names of the bits set, separated by spaces; "ok" for none.
std::string status_text(Status status);

}  // namespace tally
