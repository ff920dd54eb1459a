// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace tally {

/// A line to a board that carries bytes both ways and may lose, break or delay them.
class ByteChannel {
 public:
  virtual ~ByteChannel() = default;

  /// Error if the line is gone.
  virtual void send(std::span<const std::uint8_t> bytes) = 0;

  /// What has come, waiting up to `timeout` for a first byte; empty if none came. Error if the line
  /// is gone.
  virtual std::vector<std::uint8_t> receive(std::chrono::milliseconds timeout) = 0;

  /// How long the line takes for so many bytes.
  virtual std::chrono::milliseconds duration(std::size_t bytes) const = 0;

  /// A clock for time-outs: a simulated line has its own.
  virtual std::chrono::milliseconds now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace tally
