// SPDX-License-Identifier: Apache-2.0
#include "golden/device/uart_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "golden/core/error.hpp"
#include "golden/device/serial_port.hpp"
#include "rtl/generated/tally_registers.h"

namespace tally {

namespace {

constexpr unsigned kBaud = 1'000'000;
constexpr std::size_t kMostRequestBytes = 1024;
// So many polls in a row must bring nothing new before a run is over (all input taken) or hangs:
// time alone would not tell a hanging board from a slow computer.
constexpr int kIdlePolls = 10;

std::uint32_t field(std::uint32_t word, int position, int width) {
  return word >> position & ((1u << width) - 1);
}

// The named configuration that gives the same results as this board. Counters may be kept in
// another kind of memory: that does not show.
const PeConfig& built_config(std::uint32_t word, const std::string& name) {
  const auto lanes = static_cast<int>(field(word, TALLY_REGISTERS__CONFIGURATION__LANES_bp,
                                            TALLY_REGISTERS__CONFIGURATION__LANES_bw));
  const auto max_n = static_cast<int>(field(word, TALLY_REGISTERS__CONFIGURATION__MAX_N_bp,
                                            TALLY_REGISTERS__CONFIGURATION__MAX_N_bw));
  const auto units = static_cast<int>(field(word, TALLY_REGISTERS__CONFIGURATION__DEQUANTIZERS_bp,
                                            TALLY_REGISTERS__CONFIGURATION__DEQUANTIZERS_bw));
  const bool ping_pong = (word & TALLY_REGISTERS__CONFIGURATION__PING_PONG_bm) != 0;
  const auto cnt_w = static_cast<int>(field(word, TALLY_REGISTERS__CONFIGURATION__COUNTER_WIDTH_bp,
                                            TALLY_REGISTERS__CONFIGURATION__COUNTER_WIDTH_bw));
  for (const PeConfig& config : pe_configs()) {
    if (config.lanes == lanes && config.max_n == max_n && config.dequantizers == units &&
        config.ping_pong == ping_pong && config.cnt_w == cnt_w) {
      return config;
    }
  }
  throw Error(
      fmt::format("{}: the board was built with {} lanes, n up to {}, {} dequantizers, "
                  "{}-bit counters, which is no named configuration",
                  name, lanes, max_n, units, cnt_w));
}

// What is still to be sent of one stream, cut into requests.
class Sender {
 public:
  // beats of `width` bytes, TLAST by beat
  Sender(std::span<const std::uint8_t> bytes, std::size_t width, std::vector<std::uint8_t> last)
      : bytes_(bytes), width_(width), last_(std::move(last)) {}

  bool done() const { return beat_ == last_.size(); }

  // Whether `free` is enough for a request that is worth its frame; `capacity` is all free.
  bool worth(std::size_t free, std::size_t capacity) const {
    const std::size_t left = (last_.size() - beat_) * width_;
    return !done() && free / width_ > 0 && (free >= left || free >= capacity / 2);
  }

  // The next runs: as many beats as fit.
  std::vector<std::uint8_t> next(std::size_t free) {
    std::vector<std::uint8_t> data;
    std::size_t budget = std::min(free, kMostRequestBytes) / width_;
    while (budget > 0 && !done()) {
      std::size_t count = 1;
      while (count < budget && beat_ + count < last_.size() && last_[beat_ + count - 1] == 0) {
        ++count;
      }
      const std::size_t size = count * width_;
      const bool last = last_[beat_ + count - 1] != 0;
      data.push_back(static_cast<std::uint8_t>(size));
      data.push_back(static_cast<std::uint8_t>(size >> 8 | (last ? 0x80 : 0)));
      const auto run = bytes_.subspan(beat_ * width_, size);
      data.insert(data.end(), run.begin(), run.end());
      beat_ += count;
      budget -= count;
    }
    return data;
  }

  std::size_t beats() const { return beat_; }
  std::size_t all() const { return last_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t width_;
  std::vector<std::uint8_t> last_;
  std::size_t beat_ = 0;
};

}  // namespace

UartDevice::UartDevice(std::unique_ptr<ByteChannel> channel, const std::string& name,
                       UartTiming timing)
    : name_(name), link_(std::move(channel), name, timing) {
  link_.request(UartCommand::kReset);
  if (link_.read_register(offsetof(tally_registers_t, identity)) != 0x54414C59) {
    throw Error(fmt::format("{}: what answers there is not a Tally board", name));
  }
  config_ = &built_config(link_.read_register(offsetof(tally_registers_t, configuration)), name);
}

std::unique_ptr<UartDevice> UartDevice::open(const std::string& port) {
  const std::size_t at = port.rfind('@');
  unsigned baud = kBaud;
  if (at != std::string::npos) {
    const char* end = port.data() + port.size();
    const auto [stop, fault] = std::from_chars(port.data() + at + 1, end, baud);
    if (fault != std::errc() || stop != end) {
      throw Error(fmt::format("{}: '{}' is no rate in baud", port, port.substr(at + 1)));
    }
  }
  const std::string path = port.substr(0, at);
  return std::make_unique<UartDevice>(std::make_unique<SerialPort>(path, baud), path);
}

RunResult UartDevice::run(const Streams& streams) {
  if (streams.weights.size() != 0 && streams.weights.beat_bytes != config_->lanes) {
    throw Error(fmt::format("weight beats of {} bytes for a board of {} lanes",
                            streams.weights.beat_bytes, config_->lanes));
  }
  std::vector<std::uint8_t> values, lasts;
  for (const HalfBeat& beat : streams.activations) {
    values.push_back(static_cast<std::uint8_t>(beat.value));
    values.push_back(static_cast<std::uint8_t>(beat.value >> 8));
    lasts.push_back(beat.last);
  }
  Sender weights(streams.weights.bytes, static_cast<std::size_t>(config_->lanes),
                 streams.weights.last);
  Sender activations(values, 2, lasts);

  UartAnswer answer = link_.request(UartCommand::kReset);
  const std::size_t all_weights = answer.free_weights, all_activations = answer.free_activations;
  const auto tiles = std::ranges::count(streams.weights.last, 1);
  std::ptrdiff_t tiles_done = 0;
  RunResult run;
  bool taken = false;
  auto moved_at = link_.now();
  for (int idle = 0; idle < kIdlePolls || link_.now() - moved_at < link_.timing().idle;) {
    const UartAnswer before = answer;
    if (weights.worth(answer.free_weights, all_weights)) {
      answer = link_.request(UartCommand::kWeights, weights.next(answer.free_weights));
    } else if (activations.worth(answer.free_activations, all_activations)) {
      answer = link_.request(UartCommand::kActivations, activations.next(answer.free_activations));
    } else {
      answer = link_.request(UartCommand::kPoll);
    }
    for (const HalfBeat& result : answer.results) tiles_done += result.last;
    run.results.insert(run.results.end(), answer.results.begin(), answer.results.end());
    taken = weights.done() && activations.done() && answer.free_weights == all_weights &&
            answer.free_activations == all_activations;
    // Every tile has given its last result; one empty answer more shows that nothing follows.
    if (taken && tiles_done >= tiles && answer.results.empty()) break;
    const bool moved = !answer.results.empty() || answer.free_weights != before.free_weights ||
                       answer.free_activations != before.free_activations;
    idle = moved ? 0 : idle + 1;
    if (moved) moved_at = link_.now();
  }
  if (!taken) {
    throw Error(
        fmt::format("{}: the board hangs: {} of {} weight beats and {} of {} activations "
                    "sent, {} and {} bytes of them not taken",
                    name_, weights.beats(), weights.all(), activations.beats(), activations.all(),
                    all_weights - answer.free_weights, all_activations - answer.free_activations));
  }
  run.status = link_.read_register(offsetof(tally_registers_t, status));
  run.cycles = link_.read_register_64(offsetof(tally_registers_t, cycles));
  run.steps = link_.read_register_64(offsetof(tally_registers_t, steps));
  run.term_pairs = link_.read_register_64(offsetof(tally_registers_t, term_pairs));
  return run;
}

}  // namespace tally
