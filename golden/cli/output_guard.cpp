// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/output_guard.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "golden/core/error.hpp"
#include "golden/model/idx.hpp"
#include "golden/plan/output_file.hpp"

namespace tally {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

// The file of an ONNX file's folder that `output` is, if its name stands in the ONNX file: external
// data, wherever in the file they are named.
std::optional<fs::path> external_data(const fs::path& onnx, const fs::path& output) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::absolute(onnx).parent_path(), ignored)) {
    if (!same_file(entry.path(), output)) continue;
    std::ifstream in(onnx, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (text.find(entry.path().filename().string()) != std::string::npos) return entry.path();
  }
  return std::nullopt;
}

// The input and the files that are read with it; of external data only what `output` would hit.
std::vector<fs::path> files_of(const fs::path& input, const fs::path& output) {
  std::vector<fs::path> files = {input};
  if (input.extension() == ".xml") files.push_back(fs::path(input).replace_extension(".bin"));
  if (input.extension() == ".onnx" && fs::is_regular_file(input)) {
    if (const auto data = external_data(input, output)) files.push_back(*data);
  }
  if (const auto labels = find_idx_labels(input)) files.push_back(*labels);
  return files;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  for (fs::path up = fs::absolute(file).parent_path(); up.has_relative_path();
       up = up.parent_path()) {
    if (fs::equivalent(up, folder, ignored)) return true;
  }
  return false;
}

}  // namespace

void check_output(const std::string& output, const std::vector<std::string>& inputs) {
  check_writable(output);
  if (!fs::is_regular_file(output)) return;  // new, or no file that could be lost
  for (const std::string& input : inputs) {
    if (input.empty()) continue;
    for (const fs::path& file : files_of(input, output)) {
      if (same_file(output, file)) {
        throw Error(
            fmt::format("{}: the output would overwrite {}, which is read", output, file.string()));
      }
    }
    if (fs::is_directory(input) && lies_in(output, input)) {
      throw Error(fmt::format(
          "{}: the output would overwrite a file of the folder {}, which is read", output, input));
    }
  }
}

void check_outputs(const std::vector<std::string>& outputs,
                   const std::vector<std::string>& inputs) {
  std::set<fs::path> seen;
  for (const std::string& output : outputs) {
    if (output.empty()) continue;
    check_output(output, inputs);
    if (!seen.insert(fs::weakly_canonical(fs::absolute(output))).second) {
      throw Error(fmt::format("{}: two outputs cannot be the same file", output));
    }
  }
}

}  // namespace tally
