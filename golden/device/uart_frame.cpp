// SPDX-License-Identifier: Apache-2.0
#include "golden/device/uart_frame.hpp"

#include <zlib.h>

#include <utility>

namespace tally {

namespace {

constexpr std::uint8_t kFlag = 0x7E, kEscape = 0x7D, kInvert = 0x20;
constexpr std::size_t kCheckBytes = 4;

// The check of RFC 1662 with 32 bits is the CRC-32 of zlib.
std::uint32_t frame_check(std::span<const std::uint8_t> content) {
  return static_cast<std::uint32_t>(
      crc32(0, content.data(), static_cast<unsigned>(content.size())));
}

void append_stuffed(std::vector<std::uint8_t>& line, std::uint8_t byte) {
  if (byte == kFlag || byte == kEscape) {
    line.push_back(kEscape);
    byte ^= kInvert;
  }
  line.push_back(byte);
}

}  // namespace

std::vector<std::uint8_t> encode_frame(std::span<const std::uint8_t> content) {
  std::vector<std::uint8_t> line = {kFlag};
  for (const std::uint8_t byte : content) append_stuffed(line, byte);
  std::uint32_t check = frame_check(content);
  for (std::size_t i = 0; i < kCheckBytes; ++i, check >>= 8) {
    append_stuffed(line, static_cast<std::uint8_t>(check));
  }
  line.push_back(kFlag);
  return line;
}

std::optional<std::vector<std::uint8_t>> FrameDecoder::push(std::uint8_t byte) {
  if (byte != kFlag) {
    if (byte == kEscape) {
      broken_ = broken_ || escaped_;
      escaped_ = true;
    } else {
      frame_.push_back(escaped_ ? byte ^ kInvert : byte);
      escaped_ = false;
    }
    return std::nullopt;
  }
  std::vector<std::uint8_t> frame = std::exchange(frame_, {});
  const bool broken = broken_ || escaped_;
  broken_ = escaped_ = false;
  if (frame.empty()) return std::nullopt;  // between two frames
  if (!broken && frame.size() >= kCheckBytes) {
    std::uint32_t check = 0;
    for (std::size_t i = 0; i < kCheckBytes; ++i) {
      check |= std::uint32_t{frame[frame.size() - kCheckBytes + i]} << 8 * i;
    }
    frame.resize(frame.size() - kCheckBytes);
    if (check == frame_check(frame)) return frame;
  }
  ++dropped_;
  return std::nullopt;
}

}  // namespace tally
