// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// One array of a NumPy file: C order, little endian.
struct NpyArray {
  char kind = 'f';                 ///< NumPy's kind: f float, u unsigned, i signed, b bool
  size_t item_size = 4;            ///< bytes an element
  std::vector<size_t> shape;       ///< empty for a scalar
  std::vector<std::uint8_t> data;  ///< elements * item_size bytes

  size_t elements() const;        ///< product of the shape
  std::string type_name() const;  ///< "float32", "uint8", ...
};

/// Parses a .npy image (format 1.0 to 3.0). `what` names it in errors ("digits.npz: x").
/// Error: wrong magic, broken header, Fortran order, big endian, a type that is not a plain number,
/// more or fewer bytes than the shape says.
NpyArray parse_npy(const std::vector<std::uint8_t>& bytes, const std::string& what);

/// Reads entry `name` (without ".npy") of a .npz archive, stored or deflated; nothing if the
/// archive has no such entry. Error: missing, empty or broken archive, checksum of the entry wrong.
std::optional<NpyArray> read_npz_entry(const std::filesystem::path& path, const std::string& name);

/// Names of the arrays in a .npz archive, without ".npy". Error: as read_npz_entry.
std::vector<std::string> npz_names(const std::filesystem::path& path);

/// "[60000, 28, 28]"
std::string shape_text(const std::vector<size_t>& shape);

}  // namespace tally
