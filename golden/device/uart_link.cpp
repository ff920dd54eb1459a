// SPDX-License-Identifier: Apache-2.0
#include "golden/device/uart_link.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

namespace {

// number, command, code, two counts of free bytes; behind the data a byte for TLAST
constexpr std::size_t kHead = 7, kTrailer = 1;
// the longest answer: 256 results, every byte stuffed
constexpr std::size_t kLongestAnswer = 2 * (kHead + 512 + kTrailer + 4) + 2;

const char* refusal(std::uint8_t code) {
  switch (code) {
    case 1:
      return "the board was reset, or another program uses it";
    case 2:
      return "the board does not know this request: is its bitstream of this version?";
    case 3:
      return "the board has no room for what it was sent";
    default:
      return "the board has no such register";
  }
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

// A random first number: an answer to an earlier program must not look like one to this.
UartLink::UartLink(std::unique_ptr<ByteChannel> channel, std::string name, UartTiming timing)
    : channel_(std::move(channel)),
      name_(std::move(name)),
      timing_(timing),
      number_(static_cast<std::uint8_t>(std::random_device{}())) {}

UartAnswer UartLink::request(UartCommand command, std::span<const std::uint8_t> data) {
  ++number_;
  std::vector<std::uint8_t> content = {number_, static_cast<std::uint8_t>(command)};
  content.insert(content.end(), data.begin(), data.end());
  const std::vector<std::uint8_t> line = encode_frame(content);
  const auto patience =
      timing_.patience + channel_->duration(line.size()) + channel_->duration(kLongestAnswer);
  for (int attempt = 0; attempt < timing_.attempts; ++attempt) {
    if (attempt > 0) ++retries_;
    channel_->send(line);
    const auto end = channel_->now() + patience;
    for (auto now = channel_->now(); now < end; now = channel_->now()) {
      const auto bytes = channel_->receive(end - now);
      UartAnswer answer;
      bool complete = false;
      // Also past the answer: an answer that came twice must not wait for the next request.
      for (const std::uint8_t byte : bytes) {
        const auto frame = decoder_.push(byte);
        if (frame && !complete) complete = answer_to(*frame, command, answer);
      }
      if (complete) return answer;
    }
  }
  throw Error(fmt::format(
      "{}: no answer from the board after {} attempts in {:.1f} s; is it plugged "
      "in and configured, and is the rate right?",
      name_, timing_.attempts, static_cast<double>(patience.count()) * timing_.attempts / 1000));
}

// Whether the frame answers the request in work; one that answers an earlier attempt of an earlier
// request does not.
bool UartLink::answer_to(std::span<const std::uint8_t> frame, UartCommand command,
                         UartAnswer& answer) const {
  if (frame.size() < kHead + kTrailer || frame[0] != number_ ||
      frame[1] != static_cast<std::uint8_t>(command)) {
    return false;
  }
  if (frame[2] != 0) throw Error(fmt::format("{}: {}", name_, refusal(frame[2])));
  answer.free_weights = little_endian(frame.subspan(3, 2));
  answer.free_activations = little_endian(frame.subspan(5, 2));
  const auto body = frame.subspan(kHead, frame.size() - kHead - kTrailer);
  if (command == UartCommand::kRead) {
    answer.value = little_endian(body);
    return body.size() == 4;
  }
  for (std::size_t i = 0; i + 1 < body.size(); i += 2) {
    answer.results.push_back(
        {static_cast<std::uint16_t>(little_endian(body.subspan(i, 2))), false});
  }
  if (!answer.results.empty()) answer.results.back().last = frame.back() != 0;
  return body.size() % 2 == 0;
}

std::uint32_t UartLink::read_register(std::uint8_t address) {
  return request(UartCommand::kRead, std::span(&address, 1)).value;
}

// Reading the low word freezes the high one.
std::uint64_t UartLink::read_register_64(std::uint8_t address) {
  const std::uint64_t low = read_register(address);
  return low | std::uint64_t{read_register(static_cast<std::uint8_t>(address + 4))} << 32;
}

}  // namespace tally
