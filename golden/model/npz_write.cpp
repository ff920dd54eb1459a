// SPDX-License-Identifier: Apache-2.0
#include "golden/model/npz_write.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <cassert>

#include "golden/core/error.hpp"

namespace tally {

std::vector<std::uint8_t> npy_image(const NpyArray& array) {
  assert(array.data.size() == array.elements() * array.item_size);
  std::string shape;
  for (const size_t dimension : array.shape) shape += fmt::format("{}, ", dimension);
  std::string header =
      fmt::format("{{'descr': '{}{}{}', 'fortran_order': False, 'shape': ({}), }}",
                  array.item_size == 1 ? '|' : '<', array.kind, array.item_size, shape);
  // Magic, version and the header's length take 10 bytes; the data start at a multiple of 64.
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::vector<std::uint8_t> image = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  image.push_back(static_cast<std::uint8_t>(header.size() & 255));
  image.push_back(static_cast<std::uint8_t>(header.size() >> 8));
  image.insert(image.end(), header.begin(), header.end());
  image.insert(image.end(), array.data.begin(), array.data.end());
  return image;
}

void write_npz(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, NpyArray>>& entries) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw Error(fmt::format("{}: cannot be written as .npz: {}", path.string(), text));
  }
  std::vector<std::vector<std::uint8_t>> images;  // the archive reads them when it is closed
  images.reserve(entries.size());
  bool good = true;
  for (const auto& [name, array] : entries) {
    images.push_back(npy_image(array));
    zip_source_t* source =
        zip_source_buffer(archive, images.back().data(), images.back().size(), 0);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive, (name + ".npy").c_str(), source, 0);
    if (index < 0 && source != nullptr) zip_source_free(source);
    // A fixed date: the same plan gives the same bytes.
    good = good && index >= 0 &&
           zip_file_set_mtime(archive, static_cast<zip_uint64_t>(index), 946684800, 0) == 0;
  }
  if (!good || zip_close(archive) != 0) {
    const std::string text = zip_strerror(archive);
    zip_discard(archive);
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw Error(fmt::format("{}: cannot be written as .npz: {}", path.string(), text));
  }
}

}  // namespace tally
