// SPDX-License-Identifier: Apache-2.0
// The far end of a serial line on the harness, and a line that breaks bytes on purpose.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "golden/device/byte_channel.hpp"
#include "verif/harness/sim.hpp"

namespace tally::verif {

/// What a line does to bytes, each with its probability. Off by default.
struct LineFaults {
  double flip = 0;  // one bit inverted
  double lose = 0;
  double add = 0;    // a random byte more
  double stall = 0;  // a pause of up to 20 bytes before a byte
  std::uint32_t seed = 1;
};

/// Speaks 8N1 with ports rx_i and tx_o of a model: bytes queued with send() go to rx_i, bytes from
/// tx_o are collected. Throws Failure if the model breaks a stop bit or a bit is not `clocks` long.
template <class Model>
class UartLine : public Agent {
 public:
  UartLine(Sim<Model>& sim, int clocks, LineFaults faults = {})
      : sim_(sim), clocks_(clocks), faults_(faults), random_(faults.seed) {
    sim_->rx_i = 1;
    sim_.attach(*this);
  }

  void send(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) {
      for (const std::uint8_t out : through_line(byte)) queue_.push_back(out);
    }
  }

  std::vector<std::uint8_t> take() { return std::exchange(received_, {}); }
  bool has_received() const { return !received_.empty(); }
  bool idle() const { return queue_.empty() && send_left_ == 0 && receive_left_ == 0; }
  std::uint64_t faults() const { return fault_count_; }

  /// From now on nothing comes through in either direction.
  void cut() { cut_ = true; }

  void drive() override {
    if (pause_ > 0) --pause_;
    if (send_left_ == 0) {
      sim_->rx_i = 1;
      if (queue_.empty() || pause_ > 0) return;
      if (chance(faults_.stall)) {
        pause_ = static_cast<int>(random_() % static_cast<unsigned>(200 * clocks_));
        return;
      }
      shift_ = 0x200u | queue_.front() << 1;
      queue_.pop_front();
      send_left_ = 10 * clocks_;
    }
    const int bit = (10 * clocks_ - send_left_) / clocks_;
    sim_->rx_i = shift_ >> bit & 1;
    --send_left_;
  }

  void sample(std::uint64_t cycle) override {
    const bool level = sim_->tx_o != 0;
    if (receive_left_ == 0) {
      if (level) return;
      receive_left_ = 10 * clocks_;
      byte_ = 0;
    }
    const int at = 10 * clocks_ - receive_left_;
    const int bit = at / clocks_;
    if (at % clocks_ == 0) {
      level_ = level;
      if (bit >= 1 && bit <= 8) byte_ |= static_cast<unsigned>(level) << (bit - 1);
    }
    const bool wrong = (bit == 0 && level) || (bit == 9 && !level);
    if (level != level_ || wrong) {
      throw Failure("serial line: bit " + std::to_string(bit) + " is wrong or not held, in cycle " +
                    std::to_string(cycle));
    }
    if (--receive_left_ > 0) return;
    for (const std::uint8_t out : through_line(static_cast<std::uint8_t>(byte_))) {
      received_.push_back(out);
    }
  }

  void restart() override {
    queue_.clear();
    send_left_ = receive_left_ = 0;
    sim_->rx_i = 1;
  }

 private:
  bool chance(double probability) {
    return probability > 0 && std::bernoulli_distribution(probability)(random_);
  }

  std::vector<std::uint8_t> through_line(std::uint8_t byte) {
    if (cut_) return {};
    std::vector<std::uint8_t> out = {byte};
    if (chance(faults_.flip)) {
      out[0] ^= static_cast<std::uint8_t>(1u << random_() % 8);
      ++fault_count_;
    }
    if (chance(faults_.lose)) {
      out.clear();
      ++fault_count_;
    }
    if (chance(faults_.add)) {
      out.push_back(static_cast<std::uint8_t>(random_()));
      ++fault_count_;
    }
    return out;
  }

  Sim<Model>& sim_;
  int clocks_;
  LineFaults faults_;
  std::mt19937 random_;
  std::deque<std::uint8_t> queue_;
  std::vector<std::uint8_t> received_;
  unsigned shift_ = 0, byte_ = 0;
  int send_left_ = 0, receive_left_ = 0, pause_ = 0;
  bool level_ = true, cut_ = false;
  std::uint64_t fault_count_ = 0;
};

/// The same as what the host's side of the link talks to. Its clock is the simulation's: a
/// millisecond is 2,000 cycles, so that time-outs cost little.
template <class Model>
class UartChannel : public ByteChannel {
 public:
  static constexpr std::uint64_t kCyclesPerMs = 2000;

  UartChannel(Sim<Model>& sim, UartLine<Model>& line, int clocks)
      : sim_(sim), line_(line), clocks_(clocks) {}

  void send(std::span<const std::uint8_t> bytes) override { line_.send(bytes); }

  std::vector<std::uint8_t> receive(std::chrono::milliseconds timeout) override {
    const std::uint64_t end =
        sim_.cycle() + static_cast<std::uint64_t>(timeout.count()) * kCyclesPerMs;
    while (!line_.has_received() && sim_.cycle() < end) sim_.tick();
    return line_.take();
  }

  std::chrono::milliseconds duration(std::size_t bytes) const override {
    return std::chrono::milliseconds(bytes * 10 * static_cast<std::size_t>(clocks_) / kCyclesPerMs +
                                     1);
  }

  std::chrono::milliseconds now() const override {
    return std::chrono::milliseconds(sim_.cycle() / kCyclesPerMs);
  }

 private:
  Sim<Model>& sim_;
  UartLine<Model>& line_;
  int clocks_;
};

}  // namespace tally::verif
