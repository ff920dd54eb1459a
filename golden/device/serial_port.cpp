// SPDX-License-Identifier: Apache-2.0
#include "golden/device/serial_port.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

namespace {

// termios knows rates by name only.
constexpr std::pair<unsigned, speed_t> kRates[] = {
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
    {115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
    {921600, B921600},   {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000},
    {2500000, B2500000}, {3000000, B3000000}, {4000000, B4000000}};

// A board that takes nothing for so long is gone: at the slowest rate its buffers empty sooner.
constexpr int kSendTimeoutMs = 5000;

}  // namespace

SerialPort::SerialPort(const std::string& path, unsigned baud) : path_(path), baud_(baud) {
  const std::pair<unsigned, speed_t>* rate = nullptr;
  for (const auto& known : kRates) rate = known.first == baud ? &known : rate;
  if (rate == nullptr)
    throw Error(fmt::format("{}: no rate of {} baud on this system", path, baud));

  file_ = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (file_ < 0) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  try {
    termios line{};
    if (tcgetattr(file_, &line) != 0) fail("is not a serial port");
    if (ioctl(file_, TIOCEXCL) != 0) fail(std::strerror(errno));
    cfmakeraw(&line);
    line.c_cflag = CS8 | CREAD | CLOCAL;
    cfsetispeed(&line, rate->second);
    cfsetospeed(&line, rate->second);
    if (tcsetattr(file_, TCSANOW, &line) != 0) fail(std::strerror(errno));
    termios set{};
    // It succeeds if any of the settings could be made.
    if (tcgetattr(file_, &set) != 0 || cfgetospeed(&set) != rate->second) {
      fail(fmt::format("cannot do {} baud", baud));
    }
    tcflush(file_, TCIOFLUSH);
  } catch (...) {
    close(file_);
    throw;
  }
}

SerialPort::~SerialPort() {
  ioctl(file_, TIOCNXCL);
  close(file_);
}

void SerialPort::fail(const std::string& what) const {
  throw Error(fmt::format("{}: {}", path_, what));
}

// Whether the event came in time; Error if the port is gone.
bool SerialPort::wait(short events, int milliseconds) const {
  pollfd ready{file_, events, 0};
  const int count = poll(&ready, 1, milliseconds);
  if (count < 0 && errno != EINTR) fail(std::strerror(errno));
  if (count > 0 && (ready.revents & events) == 0) fail("the board is unplugged");
  return count > 0;
}

void SerialPort::send(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file_, bytes.data(), bytes.size());
    if (count > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
      fail(errno == EIO ? "the board is unplugged" : std::strerror(errno));
    } else if (!wait(POLLOUT, kSendTimeoutMs)) {
      fail(fmt::format("the line takes no data, waited {} s", kSendTimeoutMs / 1000));
    }
  }
}

std::vector<std::uint8_t> SerialPort::receive(std::chrono::milliseconds timeout) {
  if (!wait(POLLIN, static_cast<int>(timeout.count()))) return {};
  std::array<std::uint8_t, 4096> buffer;
  const ssize_t count = read(file_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count <= 0) fail("the board is unplugged");
  return {buffer.begin(), buffer.begin() + count};
}

std::chrono::milliseconds SerialPort::duration(std::size_t bytes) const {
  return std::chrono::milliseconds(bytes * 10 * 1000 / baud_ + 1);
}

}  // namespace tally
