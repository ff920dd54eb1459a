// SPDX-License-Identifier: Apache-2.0
#include "golden/model/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>

#include "golden/core/error.hpp"
#include "golden/model/npz.hpp"

namespace tally {

namespace {

struct GzClose {
  void operator()(gzFile file) const { gzclose_r(file); }
};

// All bytes of a file, inflated if it is gzip.
std::vector<std::uint8_t> read_all(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, GzClose> file(gzopen(path.c_str(), "rb"));
  if (!file) throw Error(fmt::format("{}: cannot be opened", path.string()));
  std::vector<std::uint8_t> bytes;
  constexpr unsigned kPiece = 1u << 20;
  for (;;) {
    const size_t old = bytes.size();
    bytes.resize(old + kPiece);
    const int got = gzread(file.get(), bytes.data() + old, kPiece);
    int code = Z_OK;
    const char* const text = gzerror(file.get(), &code);
    // A gzip stream that ends early reads short and reports Z_BUF_ERROR.
    if (got < 0 || code != Z_OK) throw Error(fmt::format("{}: {}", path.string(), text));
    bytes.resize(old + static_cast<size_t>(got));
    if (got == 0) return bytes;
  }
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  const auto bytes = read_all(path);
  const std::string file = path.string();
  if (bytes.empty()) throw Error(fmt::format("{}: is empty", file));
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0) {
    throw Error(fmt::format("{}: not an idx file (wrong magic)", file));
  }
  constexpr int kUnsignedByte = 0x08;
  if (bytes[2] != kUnsignedByte) {
    throw Error(fmt::format("{}: idx element type 0x{:02x}; only unsigned bytes (0x08) are read",
                            file, bytes[2]));
  }
  const size_t rank = bytes[3];
  const size_t start = 4 + 4 * rank;
  if (rank < 1 || rank > 8) throw Error(fmt::format("{}: idx with {} dimensions", file, rank));
  if (bytes.size() < start) throw Error(fmt::format("{}: truncated in the idx header", file));

  IdxArray array;
  size_t expected = 1;
  for (size_t d = 0; d < rank; ++d) {
    size_t dim = 0;
    for (size_t i = 0; i < 4; ++i) dim = dim << 8 | bytes[4 + 4 * d + i];
    array.shape.push_back(dim);
    // Dimensions are below 2^32; past the file's own size the exact product no longer matters.
    expected = expected > bytes.size() && dim != 0 ? expected : expected * dim;
  }
  const size_t found = bytes.size() - start;
  if (found != expected) {
    throw Error(fmt::format("{}: {}: the idx header says {}, {} bytes follow it", file,
                            found < expected ? "truncated" : "bytes left over",
                            shape_text(array.shape), found));
  }
  array.data.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start), bytes.end());
  return array;
}

std::optional<std::filesystem::path> find_idx_labels(const std::filesystem::path& images) {
  std::string name = images.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const auto word = name.rfind("images");
  if (word == std::string::npos) return std::nullopt;
  name.replace(word, 6, "labels");
  const auto idx = name.rfind("idx");
  if (idx != std::string::npos && idx + 3 < name.size()) name[idx + 3] = '1';

  std::vector<std::string> names{name};
  if (idx != std::string::npos && idx > 0) {
    names.push_back(name);
    names.back()[idx - 1] = name[idx - 1] == '-' ? '.' : '-';
  }
  for (const auto& candidate : names) {
    for (const char* const suffix : {"", ".gz"}) {
      const auto path = images.parent_path() / (candidate + suffix);
      if (std::filesystem::is_regular_file(path)) return path;
    }
  }
  return std::nullopt;
}

}  // namespace tally
