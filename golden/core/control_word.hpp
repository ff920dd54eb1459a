// SPDX-License-Identifier: Apache-2.0
// The control word at the head of every tile packet (docs/tile-packet.md, "Control word"); its
// fields are described in rtl/tally_registers.rdl.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "golden/core/pe_config.hpp"
#include "rtl/generated/tally_formats.hpp"

namespace tally {

/// K in uniform and reveal is below this: K products of at most 2^14 always fit in int32.
inline constexpr std::uint32_t kMaxDigitInputs = 1u << 17;

using ControlWords = std::array<std::uint32_t, kControlWords>;  // as in the packet, word 0 first

struct ControlWord : ControlFields {
  bool operator==(const ControlWord&) const = default;

  /// The four words; a field too wide for its place is an Error naming it.
  ControlWords encode() const;

  /// Reads the fields; bits outside every field are ignored (control_fault reports them).
  static ControlWord decode(const ControlWords& words);
};

/// Is this number system built into the processing element? Reveal and uniform need config.digits.
bool supports(const PeConfig& config, const ControlWord& control);

/// g: inputs a group, 1 in exponential.
inline std::uint32_t group_size(const ControlWord& control) { return 1u << control.log2_group; }

/// Groups a vector is cut into; K in exponential.
inline std::uint32_t groups_of(const ControlWord& control) {
  return (control.inputs + group_size(control) - 1) / group_size(control);
}

/// Rows of a group in the weight buffer: k rows of slots, or one row of codes in exponential.
inline std::uint32_t buffer_rows_a_group(const ControlWord& control) {
  return control.number_system == kExponential ? 1 : control.budget;
}

/// Counting steps of a group: k*s, or k with ParallelTerms; 1 in exponential.
std::uint32_t steps_a_group(const ControlWord& control, const PeConfig& config);

/// The slots that a packet leaves in the weight buffer, which a packet with `reuse` may use.
struct ResidentSlots {
  bool usable = false;  // there are any: the packet before was uniform or reveal, not streamed
  std::uint32_t inputs = 0;
  std::uint32_t log2_group = 0;
  std::uint32_t hese = 0;
  std::uint32_t budget = 0;  // k of the packet that loaded them
};

/// What is resident behind a packet with this legal control word, `before` in front of it.
ResidentSlots resident_after(const ControlWord& control, const PeConfig& config,
                             const ResidentSlots& before);

/// Why a processing element of this configuration sets bad_control for these words: a reserved bit,
/// a field out of range, a number system it does not support, or `reuse` of slots that are not
/// there. Empty when it accepts them.
std::string control_fault(const ControlWords& words, const PeConfig& config,
                          const ResidentSlots& before = {});

}  // namespace tally
