// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "verif/harness/failure.hpp"

namespace tally::verif {

using Bytes = std::vector<std::uint8_t>;

/// The bytes of an integer, least significant first.
template <class T>
Bytes to_bytes(T value) {
  static_assert(std::is_integral_v<T>);
  Bytes bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

/// A port of a Verilated model of any width, by reference: Verilator keeps a port in an integer of
/// 1, 2, 4 or 8 bytes or in an array of 32-bit words, which on a little-endian machine is a row of
/// bytes, bits 7:0 first. A default-constructed Port is absent: it reads 0 and ignores writes.
class Port {
 public:
  Port() = default;

  /// `signal`: the member of the model. `bytes`: how many of its bytes the port fills, where that
  /// is less than what holds it (a 24-bit port lives in 4 bytes).
  template <class T>
  requires std::is_trivially_copyable_v<T> Port(T& signal, std::size_t bytes = sizeof(T))
      : data_(reinterpret_cast<std::uint8_t*>(&signal)), capacity_(sizeof(T)), size_(bytes) {
    static_assert(std::endian::native == std::endian::little);
    if (bytes > sizeof(T)) throw Failure("Port: more bytes than the signal has");
  }

  bool present() const { return data_ != nullptr; }
  std::size_t size() const { return size_; }

  /// The low 64 bits.
  std::uint64_t get() const {
    std::uint64_t value = 0;
    std::memcpy(&value, data_, capacity_ < 8 ? capacity_ : 8);
    return value;
  }

  /// Writes `value`, zero-extended. Bits beyond the width of the port must be 0.
  void set(std::uint64_t value) {
    if (!present()) return;
    std::memset(data_, 0, capacity_);
    std::memcpy(data_, &value, capacity_ < 8 ? capacity_ : 8);
  }

  Bytes bytes() const { return Bytes(data_, data_ + size_); }

  /// Writes `bytes`, zero-extended; more than size() bytes is an error.
  void set_bytes(std::span<const std::uint8_t> bytes) {
    if (!present()) return;
    if (bytes.size() > size_) {
      throw Failure("Port: " + std::to_string(bytes.size()) + " bytes do not fit in " +
                    std::to_string(size_));
    }
    std::memset(data_, 0, capacity_);
    std::memcpy(data_, bytes.data(), bytes.size());
  }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tally::verif
