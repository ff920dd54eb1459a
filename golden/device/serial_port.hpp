// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/device/byte_channel.hpp"

namespace tally {

/// A serial port of this machine (or a pseudo-terminal): raw bytes, 8 bits, no parity, one stop
/// bit, no flow control. Held exclusively.
class SerialPort : public ByteChannel {
 public:
  /// Opens it and drops what waits in it. Error naming the port: no such file, not a serial port,
  /// in use, a rate it cannot do.
  SerialPort(const std::string& path, unsigned baud);
  ~SerialPort() override;
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;

  void send(std::span<const std::uint8_t> bytes) override;
  std::vector<std::uint8_t> receive(std::chrono::milliseconds timeout) override;
  std::chrono::milliseconds duration(std::size_t bytes) const override;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  bool wait(short events, int milliseconds) const;

  std::string path_;
  unsigned baud_;
  int file_ = -1;
};

}  // namespace tally
