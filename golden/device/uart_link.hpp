// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "golden/core/emulator.hpp"
#include "golden/device/byte_channel.hpp"
#include "golden/device/uart_frame.hpp"

namespace tally {

/// Requests of the host link (rtl/tally_uart_pkg.sv).
enum class UartCommand : std::uint8_t {
  kPoll = 0,
  kWeights = 1,
  kActivations = 2,
  kRead = 3,
  kWrite = 4,
  kReset = 5,
};

struct UartAnswer {
  std::size_t free_weights = 0;      // bytes that the board has room for
  std::size_t free_activations = 0;  // bytes
  std::uint32_t value = 0;           // of a register that was read
  std::vector<HalfBeat> results;     // in order, each result of the device once
};

struct UartTiming {
  std::chrono::milliseconds patience{300};  // for an answer, beyond the time on the line
  int attempts = 10;                        // of one request
  std::chrono::milliseconds idle{500};      // without anything new, until a run is over or hangs
};

/// The host's side of the link in docs/fpga.md: numbered requests, each sent until its answer has
/// come, so that each is done exactly once whatever the line loses or breaks.
class UartLink {
 public:
  /// `name` is for messages.
  UartLink(std::unique_ptr<ByteChannel> channel, std::string name, UartTiming timing = {});

  /// Error naming the port: no answer after all attempts, or the board refused the request.
  UartAnswer request(UartCommand command, std::span<const std::uint8_t> data = {});

  std::uint32_t read_register(std::uint8_t address);
  std::uint64_t read_register_64(std::uint8_t address);

  const UartTiming& timing() const { return timing_; }
  std::chrono::milliseconds now() const { return channel_->now(); }

  /// Requests sent once more, and frames that came broken.
  std::uint64_t retries() const { return retries_; }
  std::uint64_t dropped() const { return decoder_.dropped(); }

 private:
  bool answer_to(std::span<const std::uint8_t> frame, UartCommand command,
                 UartAnswer& answer) const;

  std::unique_ptr<ByteChannel> channel_;
  std::string name_;
  UartTiming timing_;
  FrameDecoder decoder_;
  std::uint8_t number_;
  std::uint64_t retries_ = 0;
};

}  // namespace tally
