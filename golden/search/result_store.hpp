// SPDX-License-Identifier: Apache-2.0
// What makes a search resumable: every finished unit of work under a key that is a checksum of all
// that decides its result. Files stay outside golden/search, behind this interface.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace tally {

class ResultStore {
 public:
  virtual ~ResultStore() = default;
  /// What was put under the key, or nothing. Safe from several threads.
  virtual std::optional<std::string> get(const std::string& key) = 0;
  /// Keeps the value; after a crash at any point it is either there whole or not at all.
  virtual void put(const std::string& key, const std::string& value) = 0;
};

/// SHA-256 over named pieces, as lower-case hexadecimal digits. Lengths are part of it, so that
/// pieces cannot run into each other.
class KeyBuilder {
 public:
  KeyBuilder();
  ~KeyBuilder();
  KeyBuilder(const KeyBuilder&) = delete;
  KeyBuilder& operator=(const KeyBuilder&) = delete;

  KeyBuilder& add(const void* data, std::size_t bytes);
  KeyBuilder& add(const std::string& text) { return add(text.data(), text.size()); }
  template <typename T>
  KeyBuilder& add(std::span<const T> values) {
    return add(values.data(), values.size_bytes());
  }
  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> KeyBuilder& add(T value) {
    return add(&value, sizeof value);
  }
  std::string key();

 private:
  void* context_;
};

}  // namespace tally
