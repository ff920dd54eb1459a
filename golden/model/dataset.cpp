// SPDX-License-Identifier: Apache-2.0
#include "golden/model/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/idx.hpp"
#include "golden/model/normalize.hpp"
#include "golden/model/npz.hpp"

namespace tally {

namespace {

size_t product(const std::vector<size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
}

// Stored [H, W, C] into a model's [C, H, W].
bool needs_transpose(const std::vector<size_t>& stored, const std::vector<size_t>& model) {
  return stored.size() == 3 && model.size() == 3 && stored != model && stored[2] == model[0] &&
         stored[0] == model[1] && stored[1] == model[2];
}

// Elements of type T in memory, samples first.
template <typename T>
class ArraySource : public SampleSource {
 public:
  ArraySource(std::string path, std::vector<size_t> shape, std::vector<T> data, Normalizer normal)
      : path_(std::move(path)),
        size_(shape.at(0)),
        shape_(shape.begin() + 1, shape.end()),
        elements_(product(shape_)),
        data_(std::move(data)),
        normal_(std::move(normal)) {}

  size_t size() const override { return size_; }
  const std::vector<size_t>& sample_shape() const override { return shape_; }

  void fill(size_t index, const std::vector<size_t>& shape, float* out) const override {
    if (product(shape) != elements_) {
      throw Error(fmt::format("{}: samples are {} ({} elements), the model's input is {} ({})",
                              path_, shape_text(shape_), elements_, shape_text(shape),
                              product(shape)));
    }
    const T* const raw = data_.data() + index * elements_;
    if (needs_transpose(shape_, shape)) {
      const size_t channels = shape[0];
      const size_t pixels = elements_ / channels;
      for (size_t c = 0; c < channels; ++c) {
        for (size_t p = 0; p < pixels; ++p) {
          out[c * pixels + p] = static_cast<float>(raw[p * channels + c]);
        }
      }
      normal_.apply(out, elements_, channels, pixels);
      return;
    }
    for (size_t i = 0; i < elements_; ++i) out[i] = static_cast<float>(raw[i]);
    const size_t channels = shape.size() == 3 ? shape[0] : shape.empty() ? 1 : shape.back();
    normal_.apply(out, elements_, channels, shape.size() == 3 ? elements_ / channels : 1);
  }

 private:
  std::string path_;
  size_t size_;
  std::vector<size_t> shape_;
  size_t elements_;
  std::vector<T> data_;
  Normalizer normal_;
};

void require_samples(const std::string& path, const std::vector<size_t>& shape) {
  if (shape.empty() || shape[0] == 0) {
    throw Error(fmt::format("{}: no samples (shape {})", path, shape_text(shape)));
  }
  if (product(shape) == 0) {
    throw Error(fmt::format("{}: samples have no elements (shape {})", path, shape_text(shape)));
  }
}

void require_finite(const std::string& path, const std::vector<float>& values, size_t elements) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(fmt::format("{}: sample {} element {} is {}", path, i / elements, i % elements,
                              values[i]));
    }
  }
}

void require_count(const std::string& path, size_t labels, size_t samples) {
  if (labels != samples) {
    throw Error(fmt::format("{}: {} labels for {} samples", path, labels, samples));
  }
}

std::int64_t integer_at(const NpyArray& array, size_t i, const std::string& what) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, array.data.data() + i * array.item_size, array.item_size);
  const unsigned unused = static_cast<unsigned>(64 - 8 * array.item_size);
  auto value = static_cast<std::int64_t>(bits << unused);
  if (array.kind == 'i') {
    value >>= unused;
  } else {
    value = static_cast<std::int64_t>(bits);
  }
  if (value < 0) {
    throw Error(fmt::format("{}: label {} of sample {} is negative or too large", what, value, i));
  }
  return value;
}

std::vector<std::int64_t> labels_of(const NpyArray& y, size_t samples, const std::string& what) {
  if (y.kind != 'i' && y.kind != 'u') {
    throw Error(fmt::format("{}: labels are {}; integers are needed", what, y.type_name()));
  }
  if (y.shape.empty() || y.elements() != y.shape[0]) {
    throw Error(
        fmt::format("{}: labels have shape {}; one a sample is needed", what, shape_text(y.shape)));
  }
  require_count(what, y.elements(), samples);
  std::vector<std::int64_t> labels(samples);
  for (size_t i = 0; i < samples; ++i) labels[i] = integer_at(y, i, what);
  return labels;
}

Dataset load_npz(const std::string& path, const DatasetOptions& options) {
  auto x = read_npz_entry(path, "x");
  if (!x) throw Error(fmt::format("{}: has no array 'x'", path));
  require_samples(path + ": x", x->shape);
  std::optional<std::vector<std::int64_t>> labels;
  if (const auto y = read_npz_entry(path, "y")) {
    labels = labels_of(*y, x->shape[0], path + ": y");
  }
  std::shared_ptr<const SampleSource> source;
  if (x->kind == 'f' && x->item_size == 4) {
    std::vector<float> values(x->elements());
    std::memcpy(values.data(), x->data.data(), x->data.size());
    require_finite(path + ": x", values, values.size() / x->shape[0]);
    Normalizer normal(options.mean, options.scale, 1.0f, path);
    source = std::make_shared<ArraySource<float>>(path, x->shape, std::move(values), normal);
  } else if (x->kind == 'u' && x->item_size == 1) {
    Normalizer normal(options.mean, options.scale, 255.0f, path);
    source =
        std::make_shared<ArraySource<std::uint8_t>>(path, x->shape, std::move(x->data), normal);
  } else {
    throw Error(fmt::format("{}: x is {}; float32 or uint8 is needed", path, x->type_name()));
  }
  return {path, source, std::move(labels), "the archive has no array 'y'"};
}

Dataset load_idx(const std::string& path, const DatasetOptions& options) {
  auto images = read_idx(path);
  if (images.shape.size() < 2) {
    throw Error(fmt::format("{}: idx with one dimension: these are labels, not samples", path));
  }
  require_samples(path, images.shape);
  std::optional<std::vector<std::int64_t>> labels;
  if (const auto label_path = find_idx_labels(path)) {
    const auto stored = read_idx(*label_path);
    if (stored.shape.size() != 1) {
      throw Error(fmt::format("{}: labels have shape {}; one a sample is needed",
                              label_path->string(), shape_text(stored.shape)));
    }
    require_count(label_path->string(), stored.data.size(), images.shape[0]);
    labels.emplace(stored.data.begin(), stored.data.end());
  }
  Normalizer normal(options.mean, options.scale, 255.0f, path);
  return {path,
          std::make_shared<ArraySource<std::uint8_t>>(path, images.shape, std::move(images.data),
                                                      normal),
          std::move(labels), "no label file lies beside it (\"images-idx3\" -> \"labels-idx1\")"};
}

}  // namespace

Dataset::Dataset(std::string path, std::shared_ptr<const SampleSource> samples,
                 std::optional<std::vector<std::int64_t>> labels, std::string no_labels_reason)
    : path_(std::move(path)),
      samples_(std::move(samples)),
      labels_(std::move(labels)),
      no_labels_reason_(std::move(no_labels_reason)) {}

const std::vector<std::int64_t>& Dataset::labels(size_t classes) const {
  if (!labels_) throw Error(fmt::format("{}: labels are needed: {}", path_, no_labels_reason_));
  for (size_t i = 0; i < labels_->size(); ++i) {
    if ((*labels_)[i] < 0 || static_cast<size_t>((*labels_)[i]) >= classes) {
      throw Error(fmt::format("{}: label {} of sample {} is out of range: the model has {} classes",
                              path_, (*labels_)[i], i, classes));
    }
  }
  return *labels_;
}

void Dataset::fill(size_t first, size_t count, const std::vector<size_t>& shape, float* out) const {
  if (first > size() || count > size() - first) {
    throw Error(fmt::format("{}: samples {} to {} asked for, there are {}", path_, first,
                            first + count, size()));
  }
  const size_t elements = product(shape);
  for (size_t i = 0; i < count; ++i) samples_->fill(first + i, shape, out + i * elements);
}

Dataset load_dataset(const std::filesystem::path& path, const DatasetOptions& options) {
  const std::string name = path.string();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return load_image_folder(path, options);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened", name));
  unsigned char magic[4] = {};
  file.read(reinterpret_cast<char*>(magic), sizeof magic);
  const auto got = file.gcount();
  if (got == 0) throw Error(fmt::format("{}: is empty", name));
  if (path.extension() == ".npz" || (got == 4 && std::memcmp(magic, "PK\x03\x04", 4) == 0)) {
    return load_npz(name, options);
  }
  const bool gzip = got >= 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  const bool idx = name.find("idx") != std::string::npos || (magic[0] == 0 && magic[1] == 0);
  if (gzip || idx) return load_idx(name, options);
  throw Error(fmt::format("{}: neither a .npz, an idx file nor a folder of images", name));
}

}  // namespace tally
