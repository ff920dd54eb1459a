// SPDX-License-Identifier: Apache-2.0
// Datasets of arrays in memory: .npz archives and idx files.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/dataset.hpp"
#include "golden/model/idx.hpp"
#include "golden/model/normalize.hpp"
#include "golden/model/npz.hpp"

namespace tally {

namespace {

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
        elements_(element_count(shape_)),
        data_(std::move(data)),
        normal_(std::move(normal)) {}

  size_t size() const override { return size_; }
  const std::vector<size_t>& sample_shape() const override { return shape_; }

  void fill(size_t index, const std::vector<size_t>& shape, float* out) const override {
    if (element_count(shape) != elements_) {
      throw Error(fmt::format("{}: samples are {} ({} elements), the model's input is {} ({})",
                              path_, shape_text(shape_), elements_, shape_text(shape),
                              element_count(shape)));
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
  if (element_count(shape) == 0) {
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

std::int64_t integer_at(const NpyArray& array, size_t i) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, array.data.data() + i * array.item_size, array.item_size);
  if (array.kind != 'i') return static_cast<std::int64_t>(bits);
  const unsigned unused = static_cast<unsigned>(64 - 8 * array.item_size);
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

// [N] or [N, T]: as many labels for every sample.
std::vector<std::int64_t> labels_of(const NpyArray& y, size_t samples, const std::string& what) {
  if (y.kind != 'i' && y.kind != 'u') {
    throw Error(fmt::format("{}: labels are {}; integers are needed", what, y.type_name()));
  }
  const bool is_list = y.shape.size() == 1;
  const bool is_table = y.shape.size() == 2 && y.shape[0] == samples && y.shape[1] > 0;
  if (!is_list && !is_table) {
    throw Error(
        fmt::format("{}: labels have shape {}; one a sample, or one a position of every "
                    "sample, is needed",
                    what, shape_text(y.shape)));
  }
  require_count(what, y.shape[0], samples);
  std::vector<std::int64_t> labels(y.elements());
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] = integer_at(y, i);
    if (labels[i] < 0) {
      throw Error(fmt::format("{}: label {} of sample {} is negative or too large", what, labels[i],
                              i / (labels.size() / samples)));
    }
  }
  return labels;
}

// Token numbers, masks, ...: every integer that FP32 holds exactly.
std::vector<float> integers_of(const NpyArray& array, const std::string& what) {
  constexpr std::int64_t kLargest = 1 << 24;
  std::vector<float> values(array.elements());
  for (size_t i = 0; i < values.size(); ++i) {
    const std::int64_t value = integer_at(array, i);
    if (value < -kLargest || value > kLargest) {
      const size_t elements = values.size() / array.shape[0];
      throw Error(fmt::format("{}: sample {} element {} is {}; integers up to 2^24 are possible",
                              what, i / elements, i % elements, value));
    }
    values[i] = static_cast<float>(value);
  }
  return values;
}

std::shared_ptr<const SampleSource> source_of_array(NpyArray array, const std::string& what,
                                                    const DatasetOptions& options) {
  require_samples(what, array.shape);
  if (array.kind == 'f' && array.item_size == 4) {
    std::vector<float> values(array.elements());
    std::memcpy(values.data(), array.data.data(), array.data.size());
    require_finite(what, values, values.size() / array.shape[0]);
    Normalizer normal(options.mean, options.scale, 1.0f, what);
    return std::make_shared<ArraySource<float>>(what, array.shape, std::move(values), normal);
  }
  if (array.kind == 'u' && array.item_size == 1) {
    Normalizer normal(options.mean, options.scale, 255.0f, what);
    return std::make_shared<ArraySource<std::uint8_t>>(what, array.shape, std::move(array.data),
                                                       normal);
  }
  if (array.kind == 'f') {
    throw Error(
        fmt::format("{} is {}; float32, uint8 or integers are needed", what, array.type_name()));
  }
  return std::make_shared<ArraySource<float>>(what, array.shape, integers_of(array, what),
                                              Normalizer({}, {}, 1.0f, what));
}

}  // namespace

Dataset load_npz(const std::string& path, const DatasetOptions& options) {
  std::map<std::string, std::shared_ptr<const SampleSource>> inputs;
  std::optional<NpyArray> y;
  for (const std::string& name : npz_names(path)) {
    auto array = read_npz_entry(path, name);
    if (!array) continue;
    if (name == "y") {
      y = std::move(array);
    } else {
      inputs[name] = source_of_array(std::move(*array), path + ": " + name, options);
    }
  }
  if (inputs.empty()) throw Error(fmt::format("{}: has no array 'x'", path));
  const auto x = inputs.contains("x") ? inputs.find("x") : inputs.begin();
  const size_t samples = x->second->size();
  std::optional<std::vector<std::int64_t>> labels;
  if (y) labels = labels_of(*y, samples, path + ": y");
  Dataset data(path, x->second, std::move(labels), "the archive has no array 'y'");
  for (const auto& [name, source] : inputs) data.add_input(name, source);
  return data;
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

}  // namespace tally
