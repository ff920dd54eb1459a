// SPDX-License-Identifier: Apache-2.0
// The files of `tally export` for one layer (docs/export.md): text for $readmemh and for C.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "golden/program/program.hpp"

namespace tally {

/// Weight beats, one a line: TLAST, then the beat's bytes, highest first: {last,
/// data[8*Lanes-1:0]}.
std::string readmemh(const BeatStream& stream);

/// Activation or result beats, one a line: TLAST, then binary16: {last, data[15:0]}.
std::string readmemh(std::span<const HalfBeat> stream);

/// A C header with the integers of a layer; every name in it starts with `prefix`, a C identifier.
/// The packets are those of one vector.
std::string c_header(const std::string& prefix, const DeviceLayer& layer, const Program& program,
                     const BeatStream& packets);

/// Inputs that reach every code: binary16 just below and at each boundary in turn, zero, both signs
/// unless `non_negative`; [vectors][inputs]. The same for every call.
std::vector<std::uint16_t> example_activations(const DeviceLayer& layer, std::size_t vectors,
                                               bool non_negative);

}  // namespace tally
