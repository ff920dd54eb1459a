// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/file_store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "golden/core/error.hpp"

namespace tally {
namespace {

constexpr const char* kSuffix = ".unit";

}  // namespace

FileStore::FileStore(std::filesystem::path folder, bool own)
    : folder_(std::move(folder)), own_(own), exceptions_(std::uncaught_exceptions()) {
  std::error_code error;
  made_ = std::filesystem::create_directories(folder_, error);
  if (!std::filesystem::is_directory(folder_)) {
    throw Error(fmt::format("{}: cannot make the folder for finished units of the search{}",
                            folder_.string(), error ? ": " + error.message() : ""));
  }
}

// A search that was refused leaves nothing behind; one that was killed never comes here.
FileStore::~FileStore() {
  if (own_ && made_ && std::uncaught_exceptions() > exceptions_) remove();
  std::error_code ignored;
  if (made_) std::filesystem::remove(folder_, ignored);  // only if it is empty
}

std::filesystem::path FileStore::file(const std::string& key) const {
  return folder_ / (key + kSuffix);
}

std::optional<std::string> FileStore::get(const std::string& key) {
  std::ifstream in(file(key), std::ios::binary);
  if (!in) return std::nullopt;
  std::string value((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return std::nullopt;
  ++hits_;
  return value;
}

void FileStore::put(const std::string& key, const std::string& value) {
  // Its own name for every writer: two may finish the same unit.
  const auto thread = std::hash<std::thread::id>()(std::this_thread::get_id());
  const auto part = folder_ / fmt::format("{}.{}.{:x}.part", key, ::getpid(), thread);
  {
    std::ofstream out(part, std::ios::binary);
    out.write(value.data(), static_cast<std::streamsize>(value.size()));
    out.close();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      throw Error(fmt::format("{}: cannot be written", part.string()));
    }
  }
  std::error_code error;
  std::filesystem::rename(part, file(key), error);
  if (error) throw Error(fmt::format("{}: {}", file(key).string(), error.message()));
}

void FileStore::remove() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == kSuffix || extension == ".part") {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
  std::filesystem::remove(folder_, ignored);
}

}  // namespace tally
