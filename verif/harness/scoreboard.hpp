// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <ranges>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "verif/harness/axi_stream.hpp"
#include "verif/harness/failure.hpp"

namespace tally::verif {

/// For messages: integers in hexadecimal, bytes most significant first.
template <class T>
requires std::is_integral_v<T> std::string show(T value) {
  std::ostringstream text;
  text << "0x" << std::hex << +value;
  return text.str();
}
inline std::string show(const Bytes& bytes) {
  std::ostringstream text;
  text << "0x" << std::hex;
  for (std::uint8_t byte : bytes | std::views::reverse) text << (byte >> 4) << (byte & 15);
  return text.str();
}
inline std::string show(const Beat& beat) { return show(beat.data) + (beat.last ? " last" : ""); }

/// Compares what comes with what must come, in order. finish() is part of every test: a scoreboard
/// that compared nothing, or that still waits for something, is a failure, and so is one that is
/// destroyed without it (that ends the program).
template <class T>
class Scoreboard {
 public:
  explicit Scoreboard(std::string name) : name_(std::move(name)) {}

  ~Scoreboard() {
    if (finished_ || std::uncaught_exceptions() > exceptions_) return;
    std::cerr << name_ << ": scoreboard destroyed without finish()\n";
    std::abort();
  }

  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  void expect(T value) { expected_.push_back(std::move(value)); }
  template <std::ranges::input_range Range>
  void expect_all(const Range& values) {
    for (const auto& value : values) expect(value);
  }

  /// Throws Failure with index, got and expected if `value` is not the next one expected.
  void check(const T& value) {
    if (expected_.empty()) fail("got " + show(value) + ", expected nothing more");
    if (!(value == expected_.front())) {
      fail("got " + show(value) + ", expected " + show(expected_.front()));
    }
    expected_.pop_front();
    ++compared_;
  }
  template <std::ranges::input_range Range>
  void check_all(const Range& values) {
    for (const auto& value : values) check(value);
  }

  std::uint64_t compared() const { return compared_; }
  std::size_t missing() const { return expected_.size(); }

  /// The end of the test: everything expected came, and that was something.
  void finish() {
    finished_ = true;
    if (!expected_.empty()) {
      fail(std::to_string(expected_.size()) + " more expected, next " + show(expected_.front()));
    }
    if (compared_ == 0) fail("nothing was compared");
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    finished_ = true;
    throw Failure(name_ + "[" + std::to_string(compared_) + "]: " + what);
  }

  std::string name_;
  std::deque<T> expected_;
  std::uint64_t compared_ = 0;
  bool finished_ = false;
  int exceptions_ = std::uncaught_exceptions();
};

}  // namespace tally::verif
