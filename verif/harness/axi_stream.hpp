// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

namespace tally::verif {

/// One transfer; byte 0 is bits 7:0.
struct Beat {
  Bytes data;
  bool last = false;

  friend bool operator==(const Beat&, const Beat&) = default;
};

/// The ports of a stream; leave `last` out where there is none.
struct StreamPorts {
  Port valid, ready, data, last = {};
};

/// Cuts `bytes` into beats of `width` bytes, zero-filled at the end, TLAST on the last one.
inline std::vector<Beat> to_beats(const Bytes& bytes, std::size_t width) {
  std::vector<Beat> beats;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    Beat beat{Bytes(width), at + width >= bytes.size()};
    std::copy_n(bytes.begin() + at, std::min(width, bytes.size() - at), beat.data.begin());
    beats.push_back(std::move(beat));
  }
  return beats;
}

/// Drives a stream from a queue. Keeps valid and data until ready, as the protocol demands; the
/// stall pattern decides in which cycles a new beat may be offered.
class StreamSource : public Agent {
 public:
  template <class Model>
  StreamSource(Sim<Model>& sim, StreamPorts ports, Stall stall = {})
      : ports_(ports), stall_(std::move(stall)) {
    ports_.valid.set(0);
    sim.attach(*this);
  }

  void push(Beat beat) { queue_.push_back(std::move(beat)); }
  void push(const std::vector<Beat>& beats) {
    queue_.insert(queue_.end(), beats.begin(), beats.end());
  }

  /// Whether every beat pushed so far has been taken.
  bool idle() const { return queue_.empty(); }
  std::uint64_t sent() const { return sent_; }
  void set_stall(Stall stall) { stall_ = std::move(stall); }

  void drive() override {
    // Asked in every cycle, so that a pattern means time and not beats.
    const bool hold = stall_.next();
    if (!offering_) offering_ = !queue_.empty() && !hold;
    ports_.valid.set(offering_);
    if (offering_) {
      ports_.data.set_bytes(queue_.front().data);
      ports_.last.set(queue_.front().last);
    }
  }

  void sample(std::uint64_t /*cycle*/) override {
    if (!offering_ || ports_.ready.get() == 0) return;
    queue_.pop_front();
    offering_ = false;
    ++sent_;
  }

  /// Drops what is queued and what is offered.
  void restart() override {
    queue_.clear();
    offering_ = false;
    ports_.valid.set(0);
  }

 private:
  StreamPorts ports_;
  Stall stall_;
  std::deque<Beat> queue_;
  bool offering_ = false;
  std::uint64_t sent_ = 0;
};

/// Takes beats from a stream and keeps them in order. Throws Failure when the sender breaks the
/// protocol: valid, once up, must hold with the same data and last until ready.
class StreamSink : public Agent {
 public:
  template <class Model>
  StreamSink(Sim<Model>& sim, StreamPorts ports, Stall stall = {})
      : ports_(ports), stall_(std::move(stall)) {
    ports_.ready.set(0);
    sim.attach(*this);
  }

  /// All beats since the start or the last take().
  const std::vector<Beat>& beats() const { return beats_; }
  std::vector<Beat> take() { return std::exchange(beats_, {}); }
  std::uint64_t received() const { return received_; }
  /// The cycle of the newest beat.
  std::uint64_t last_cycle() const { return last_cycle_; }
  void set_stall(Stall stall) { stall_ = std::move(stall); }

  void drive() override { ports_.ready.set(!stall_.next()); }

  void sample(std::uint64_t cycle) override {
    const bool valid = ports_.valid.get() != 0;
    if (!valid) {
      if (waiting_) fail("valid fell before ready", cycle);
      return;
    }
    Beat beat{ports_.data.bytes(), ports_.last.present() && ports_.last.get() != 0};
    if (waiting_ && beat != offered_) fail("data or last changed before ready", cycle);
    waiting_ = ports_.ready.get() == 0;
    if (waiting_) {
      offered_ = std::move(beat);
      return;
    }
    beats_.push_back(std::move(beat));
    ++received_;
    last_cycle_ = cycle;
  }

  /// A reset, or a soft reset that may drop an offered beat: the hold rule starts anew.
  void restart() override { waiting_ = false; }

 private:
  [[noreturn]] void fail(const std::string& what, std::uint64_t cycle) const {
    throw Failure("stream protocol: " + what + ", beat " + std::to_string(received_) +
                  ", in cycle " + std::to_string(cycle));
  }

  StreamPorts ports_;
  Stall stall_;
  std::vector<Beat> beats_;
  Beat offered_;
  bool waiting_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t last_cycle_ = 0;
};

}  // namespace tally::verif
