// SPDX-License-Identifier: Apache-2.0
#include "golden/model/npz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include <charconv>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include "golden/core/error.hpp"

namespace tally {

namespace {

// The text after `'key':` in the header's dictionary, spaces skipped. The dictionary is a Python
// literal with exactly three keys, so a search is a parser.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& what) {
  const auto quoted = fmt::format("'{}'", key);
  auto at = header.find(quoted);
  if (at != std::string_view::npos) at = header.find(':', at + quoted.size());
  if (at != std::string_view::npos) at = header.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos) {
    throw Error(fmt::format("{}: the .npy header has no {}", what, quoted));
  }
  return header.substr(at);
}

std::vector<size_t> parse_shape(std::string_view text, const std::string& what) {
  const auto close = text.find(')');
  if (text.empty() || text[0] != '(' || close == std::string_view::npos) {
    throw Error(fmt::format("{}: the shape in the .npy header is broken", what));
  }
  std::vector<size_t> shape;
  const char* p = text.data() + 1;
  const char* end = text.data() + close;
  while (p < end) {
    if (*p == ' ' || *p == ',') {
      ++p;
      continue;
    }
    size_t dim = 0;
    const auto [next, code] = std::from_chars(p, end, dim);
    if (code != std::errc{}) {
      throw Error(fmt::format("{}: the shape in the .npy header is broken", what));
    }
    shape.push_back(dim);
    p = next;
  }
  return shape;
}

void parse_type(std::string_view text, NpyArray& array, const std::string& what) {
  const auto close = text.size() > 1 ? text.find('\'', 1) : std::string_view::npos;
  if (text.empty() || text[0] != '\'' || close == std::string_view::npos) {
    throw Error(fmt::format("{}: elements are records; plain numbers are needed", what));
  }
  const auto type = text.substr(1, close - 1);
  int size = 0;
  if (type.size() < 3 ||
      std::from_chars(type.data() + 2, type.data() + type.size(), size).ec != std::errc{} ||
      std::string_view("fuib").find(type[1]) == std::string_view::npos || size < 1 || size > 8) {
    throw Error(fmt::format("{}: element type '{}' is not a plain number", what, type));
  }
  if (type[0] == '>' && size > 1) {
    throw Error(
        fmt::format("{}: element type '{}' is big endian; little endian is needed", what, type));
  }
  array.kind = type[1];
  array.item_size = static_cast<size_t>(size);
}

struct ZipClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

std::unique_ptr<zip_t, ZipClose> open_archive(const std::filesystem::path& path) {
  int code = 0;
  std::unique_ptr<zip_t, ZipClose> archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw Error(fmt::format("{}: cannot be read as .npz: {}", path.string(), text));
  }
  return archive;
}

}  // namespace

size_t NpyArray::elements() const {
  size_t count = 1;
  for (const size_t dim : shape) count *= dim;
  return count;
}

std::string NpyArray::type_name() const {
  if (kind == 'b') return "bool";
  const char* const name = kind == 'f' ? "float" : kind == 'u' ? "uint" : "int";
  return fmt::format("{}{}", name, 8 * item_size);
}

std::string shape_text(const std::vector<size_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

NpyArray parse_npy(const std::vector<std::uint8_t>& bytes, const std::string& what) {
  constexpr char kMagic[] = "\x93NUMPY";
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic, 6) != 0) {
    throw Error(fmt::format("{}: not a .npy array (wrong magic or too short: {} bytes)", what,
                            bytes.size()));
  }
  const int version = bytes[6];
  if (version < 1 || version > 3) {
    throw Error(fmt::format("{}: .npy format version {} is unknown", what, version));
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  size_t header_size = 0;
  for (size_t i = 0; i < length_bytes && 8 + i < bytes.size(); ++i) {
    header_size |= static_cast<size_t>(bytes[8 + i]) << (8 * i);
  }
  const size_t start = 8 + length_bytes;
  if (bytes.size() < start || bytes.size() - start < header_size) {
    throw Error(fmt::format("{}: truncated in the .npy header", what));
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + start, header_size);

  NpyArray array;
  parse_type(value_of(header, "descr", what), array, what);
  if (value_of(header, "fortran_order", what).starts_with("True")) {
    throw Error(fmt::format("{}: the array is in Fortran order; C order is needed", what));
  }
  array.shape = parse_shape(value_of(header, "shape", what), what);

  size_t expected = array.item_size;
  for (const size_t dim : array.shape) {
    if (dim != 0 && expected > std::numeric_limits<size_t>::max() / dim) {
      throw Error(fmt::format("{}: shape {} is impossibly large", what, shape_text(array.shape)));
    }
    expected *= dim;
  }
  const size_t found = bytes.size() - start - header_size;
  if (found != expected) {
    throw Error(fmt::format("{}: shape {} of {} needs {} bytes, the file has {}", what,
                            shape_text(array.shape), array.type_name(), expected, found));
  }
  array.data.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start + header_size), bytes.end());
  return array;
}

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  const auto archive = open_archive(path);
  std::vector<std::string> names;
  const auto entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* const entry = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
    const std::string_view name(entry == nullptr ? "" : entry);
    constexpr std::string_view kSuffix = ".npy";
    if (name.ends_with(kSuffix)) names.emplace_back(name.substr(0, name.size() - kSuffix.size()));
  }
  return names;
}

std::optional<NpyArray> read_npz_entry(const std::filesystem::path& path, const std::string& name) {
  const auto archive = open_archive(path);
  const std::string entry = name + ".npy";
  const std::string what = path.string() + ": " + name;
  const auto index = zip_name_locate(archive.get(), entry.c_str(), 0);
  if (index < 0) return std::nullopt;

  zip_stat_t stat;
  zip_stat_init(&stat);
  const std::unique_ptr<zip_file_t, ZipClose> file(
      zip_fopen_index(archive.get(), static_cast<zip_uint64_t>(index), 0));
  if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(index), 0, &stat) != 0 || !file) {
    throw Error(fmt::format("{}: {}", what, zip_strerror(archive.get())));
  }
  // Read in pieces: the size in the archive's directory may lie, so it is never allocated blindly.
  constexpr size_t kPiece = size_t{1} << 22;
  std::vector<std::uint8_t> bytes;
  for (;;) {
    const size_t old = bytes.size();
    bytes.resize(old + kPiece);
    const auto got = zip_fread(file.get(), bytes.data() + old, kPiece);
    if (got < 0) throw Error(fmt::format("{}: {}", what, zip_file_strerror(file.get())));
    bytes.resize(old + static_cast<size_t>(got));
    if (got == 0) break;
  }
  if (bytes.size() != stat.size) {
    throw Error(fmt::format("{}: truncated: {} of {} bytes", what, bytes.size(), stat.size));
  }
  return parse_npy(bytes, what);
}

}  // namespace tally
