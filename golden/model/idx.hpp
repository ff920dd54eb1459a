// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace tally {

/// An idx file (the format of MNIST): unsigned bytes, dimensions big endian, first one the samples.
struct IdxArray {
  std::vector<size_t> shape;
  std::vector<std::uint8_t> data;
};

/// Reads an idx file of unsigned bytes, plain or gzip-compressed. Error: missing, empty, wrong
/// magic, another element type, truncated, bytes left over.
IdxArray read_idx(const std::filesystem::path& path);

/// The label file that belongs to an image file: "images" in its name becomes "labels", "idx3"
/// becomes "idx1", the separator in front of "idx" may be '-' or '.', and either may end in ".gz".
/// Nothing if no such file exists.
std::optional<std::filesystem::path> find_idx_labels(const std::filesystem::path& images);

}  // namespace tally
