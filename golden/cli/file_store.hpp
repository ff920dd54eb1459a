// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>

#include "golden/search/result_store.hpp"

namespace tally {

/// Results as files of a folder, one a key. A file appears whole (written beside and renamed), so a
/// search may be killed at any point and several may share a folder. Error naming the path if the
/// folder cannot be made or written.
class FileStore : public ResultStore {
 public:
  /// Makes the folder; `own`: nobody but this run will want what is in it once it has failed.
  explicit FileStore(std::filesystem::path folder, bool own = false);
  /// Removes the folder if this store made it and nothing is in it, or if it is the run's own and
  /// an exception ends it.
  ~FileStore() override;

  std::optional<std::string> get(const std::string& key) override;
  void put(const std::string& key, const std::string& value) override;

  /// Removes this store's files, and the folder if nothing else is in it.
  void remove();
  /// remove() after a run that has come to its end, if the store is its own.
  void finish() {
    if (own_) remove();
  }

  std::size_t hits() const { return hits_; }

 private:
  std::filesystem::path file(const std::string& key) const;

  std::filesystem::path folder_;
  bool own_ = false;
  bool made_ = false;
  int exceptions_ = 0;  // under way when this was made
  std::atomic<std::size_t> hits_ = 0;
};

}  // namespace tally
