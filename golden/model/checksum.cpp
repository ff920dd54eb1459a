// SPDX-License-Identifier: Apache-2.0
#include "golden/model/checksum.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include "golden/core/error.hpp"

namespace tally {

namespace {

namespace fs = std::filesystem;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(const char* data, size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::vector<fs::path> model_files(const fs::path& path) {
  std::vector<fs::path> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  files.push_back(path);
  const auto add_if_there = [&files](const fs::path& beside) {
    if (fs::is_regular_file(beside)) files.push_back(beside);
  };
  if (path.extension() == ".xml") add_if_there(fs::path(path).replace_extension(".bin"));
  if (path.extension() == ".onnx") {
    add_if_there(path.string() + ".data");
    add_if_there(path.string() + "_data");
  }
  return files;
}

}  // namespace

std::string file_sha256(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened", path.string()));
  Sha256 hash;
  std::vector<char> piece(size_t{1} << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
    hash.add(piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) throw Error(fmt::format("{}: cannot be read to its end", path.string()));
  return hash.hex();
}

std::string model_checksum(const fs::path& path) {
  const auto files = model_files(path);
  if (files.empty()) throw Error(fmt::format("{}: holds no files", path.string()));
  if (files.size() == 1 && !fs::is_directory(path)) return file_sha256(path);
  Sha256 list;
  for (const auto& file : files) {
    const auto name = fs::is_directory(path) ? fs::relative(file, path) : file.filename();
    const std::string line = fmt::format("{}  {}\n", file_sha256(file), name.string());
    list.add(line.data(), line.size());
  }
  return list.hex();
}

}  // namespace tally
