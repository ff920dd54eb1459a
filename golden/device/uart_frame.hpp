// SPDX-License-Identifier: Apache-2.0
// Frames of the serial host link: octet-stuffed with a 32-bit check as in RFC 1662 (docs/fpga.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tally {

/// Flag, stuffed content and check sequence, flag.
std::vector<std::uint8_t> encode_frame(std::span<const std::uint8_t> content);

/// Bytes of the line to the contents of frames. A frame that is broken in any way (check, escape,
/// too short) is dropped and counted; nothing of it comes out.
class FrameDecoder {
 public:
  /// The content of the frame that this byte ends, if it is good.
  std::optional<std::vector<std::uint8_t>> push(std::uint8_t byte);

  std::uint64_t dropped() const { return dropped_; }

 private:
  std::vector<std::uint8_t> frame_;  // content and check so far
  bool escaped_ = false;
  bool broken_ = true;  // until the first flag
  std::uint64_t dropped_ = 0;
};

}  // namespace tally
