// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "golden/model/npz.hpp"

namespace tally {

/// An array of plain numbers (kind u or f) with this shape; the values' count must be its product.
template <class T>
NpyArray npy_array(const std::vector<T>& values, std::vector<size_t> shape, char kind) {
  NpyArray array;
  array.kind = kind;
  array.item_size = sizeof(T);
  array.shape = std::move(shape);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  array.data.assign(bytes, bytes + values.size() * sizeof(T));
  return array;
}

/// The .npy image of an array, format 1.0; parse_npy() reads it back.
std::vector<std::uint8_t> npy_image(const NpyArray& array);

/// Writes a .npz archive, deflated. Error naming the path and the reason (a full disk) on failure;
/// then no file is left.
void write_npz(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, NpyArray>>& entries);

}  // namespace tally
