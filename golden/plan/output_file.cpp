// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "golden/core/error.hpp"

namespace tally {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
  throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Writes everything to an open descriptor and closes it; 0 or the errno of the first failure.
// close() counts too: some file systems report a full disk only there.
int write_and_close(int fd, const std::string& content, bool flush) {
  int error = 0;
  for (std::size_t done = 0; done < content.size() && error == 0;) {
    const ssize_t count = ::write(fd, content.data() + done, content.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && flush && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

bool is_special(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

void check_writable(const std::string& path) {
  if (path.empty()) throw Error("the name of the output file is empty");
  const std::string folder = folder_of(path);
  if (!fs::is_directory(folder)) throw Error(fmt::format("{}: no folder {}", path, folder));
  if (fs::is_directory(path)) throw Error(fmt::format("{}: is a folder, not a file", path));
  const char* target = fs::exists(path) ? path.c_str() : folder.c_str();
  if (::access(target, W_OK) != 0) fail(path, "cannot write", errno);
}

void write_file(const std::string& path, const std::string& content) {
  check_writable(path);
  if (is_special(path)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) fail(path, "cannot write", errno);
    if (const int error = write_and_close(fd, content, false)) fail(path, "cannot write", error);
    return;
  }
  std::string temporary = folder_of(path) + "/.tally-XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) fail(path, "cannot write", errno);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  int error = ::fchmod(fd, 0666 & ~mask) == 0 ? 0 : errno;  // mkstemp makes it private
  const int write_error = write_and_close(fd, content, true);
  if (error == 0) error = write_error;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(path, "cannot write, nothing was left behind", error);
  }
}

std::string read_file(const std::string& path) {
  if (fs::is_directory(path)) throw Error(fmt::format("{}: is a folder, not a file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "cannot read", errno);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) fail(path, "cannot read", errno);
  return bytes;
}

std::string sha256(std::span<const std::uint8_t> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace tally
