// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>

namespace tally::verif {

/// The low `width` bits of a port as a two's-complement number.
inline int sign_extend(std::uint32_t bits, int width) {
  const int value = static_cast<int>(bits & ((1u << width) - 1));
  return value >= 1 << (width - 1) ? value - (1 << width) : value;
}

/// What an array of counters is: an integer an address, wrapping at `width` bits.
class CounterReference {
 public:
  explicit CounterReference(int width) : width_(width) {}

  /// Adds +1 or -1; returns whether the counter passed its range.
  bool count(int address, bool negative) {
    const int limit = 1 << (width_ - 1);
    int& value = values_[address];
    value += negative ? -1 : 1;
    if (value == limit) return value = -limit, true;
    if (value == -limit - 1) return value = limit - 1, true;
    return false;
  }

  /// The count at `address`, which is 0 afterwards.
  int read(int address) {
    const int value = values_[address];
    values_[address] = 0;
    return value;
  }

 private:
  int width_;
  std::map<int, int> values_;
};

/// A pulse expected `cycles` cycles after its cause: call next() once a cycle, with the cause.
class Delay {
 public:
  explicit Delay(int cycles) : line_(cycles, false) {}

  /// Whether the pulse is due in this cycle.
  bool next(bool cause) {
    line_.push_back(cause);
    const bool due = line_.front();
    line_.pop_front();
    return due;
  }

 private:
  std::deque<bool> line_;
};

}  // namespace tally::verif
