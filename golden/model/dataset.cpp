// SPDX-License-Identifier: Apache-2.0
#include "golden/model/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/mirror.hpp"
#include "golden/model/subset.hpp"

namespace tally {

namespace {

// Samples of another source, by position.
class SubsetSource : public SampleSource {
 public:
  SubsetSource(std::shared_ptr<const SampleSource> all, std::vector<size_t> positions)
      : all_(std::move(all)), positions_(std::move(positions)) {}

  size_t size() const override { return positions_.size(); }
  const std::vector<size_t>& sample_shape() const override { return all_->sample_shape(); }
  void fill(size_t index, const std::vector<size_t>& shape, float* out) const override {
    all_->fill(positions_.at(index), shape, out);
  }

 private:
  std::shared_ptr<const SampleSource> all_;
  std::vector<size_t> positions_;
};

}  // namespace

size_t element_count(const std::vector<size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
}

Dataset::Dataset(std::string path, std::shared_ptr<const SampleSource> samples,
                 std::optional<std::vector<std::int64_t>> labels, std::string no_labels_reason)
    : path_(std::move(path)),
      samples_(std::move(samples)),
      labels_(std::move(labels)),
      no_labels_reason_(std::move(no_labels_reason)) {}

void Dataset::require_labels() const {
  if (!labels_) throw Error(fmt::format("{}: labels are needed: {}", path_, no_labels_reason_));
}

const std::vector<std::int64_t>& Dataset::labels(size_t classes) const {
  require_labels();
  for (size_t i = 0; i < labels_->size(); ++i) {
    if ((*labels_)[i] < 0 || static_cast<size_t>((*labels_)[i]) >= classes) {
      throw Error(fmt::format("{}: label {} of sample {} is out of range: the model has {} classes",
                              path_, (*labels_)[i], i / labels_per_sample(), classes));
    }
  }
  return *labels_;
}

void Dataset::require_range(size_t first, size_t count) const {
  if (first > size() || count > size() - first) {
    throw Error(fmt::format("{}: samples {} to {} asked for, there are {}", path_, first,
                            first + count, size()));
  }
}

void Dataset::fill(size_t first, size_t count, const std::vector<size_t>& shape, float* out) const {
  require_range(first, count);
  const size_t elements = element_count(shape);
  for (size_t i = 0; i < count; ++i) samples_->fill(first + i, shape, out + i * elements);
}

void Dataset::add_input(const std::string& name, std::shared_ptr<const SampleSource> samples) {
  if (samples->size() != size()) {
    throw Error(fmt::format("{}: array '{}' has {} samples, others have {}", path_, name,
                            samples->size(), size()));
  }
  named_[name] = std::move(samples);
}

const SampleSource& Dataset::source_of(std::span<const InputShape> inputs, size_t input) const {
  const auto found = named_.find(inputs[input].name);
  if (found != named_.end()) return *found->second;
  if (inputs.size() == 1 && (named_.empty() || named_.contains("x"))) return *samples_;
  std::vector<std::string> wanted;
  std::vector<std::string> there;
  for (const auto& spec : inputs) wanted.push_back(spec.name);
  for (const auto& entry : named_) there.push_back(entry.first);
  throw Error(fmt::format(
      "{}: no array '{}'{}: the network's inputs are {}, the data has {}", path_,
      inputs[input].name, inputs.size() == 1 && inputs[input].name != "x" ? " or 'x'" : "",
      fmt::join(wanted, ", "),
      there.empty() ? "no named arrays (.npz)" : fmt::format("{}", fmt::join(there, ", "))));
}

namespace {

void check_rows(const std::string& path, const InputShape& input, size_t sample,
                std::span<const float> values) {
  if (!input.table_rows) return;
  const auto rows = static_cast<float>(*input.table_rows);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= -rows && values[i] < rows && values[i] == std::floor(values[i])) continue;
    throw Error(
        fmt::format("{}: input '{}': sample {} element {} is {}, the network's table has rows 0 to "
                    "{}",
                    path, input.name, sample, i, values[i], *input.table_rows - 1));
  }
}

}  // namespace

void Dataset::fill(size_t first, size_t count, std::span<const InputShape> inputs,
                   float* out) const {
  require_range(first, count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t input = 0; input < inputs.size(); ++input) {
      const size_t elements = element_count(inputs[input].shape);
      source_of(inputs, input).fill(first + i, inputs[input].shape, out);
      check_rows(path_, inputs[input], first + i, {out, elements});
      out += elements;
    }
  }
}

Dataset Dataset::subset(const std::vector<size_t>& positions, const std::string& suffix) const {
  std::optional<std::vector<std::int64_t>> labels;
  if (labels_) {
    labels.emplace();
    const size_t each = labels_per_sample();
    for (const size_t at : positions) {
      const auto from = labels_->begin() + static_cast<std::ptrdiff_t>(at * each);
      labels->insert(labels->end(), from, from + static_cast<std::ptrdiff_t>(each));
    }
  }
  Dataset part(path_ + suffix, std::make_shared<SubsetSource>(samples_, positions),
               std::move(labels), no_labels_reason_);
  for (const auto& [name, source] : named_) {
    part.add_input(name, std::make_shared<SubsetSource>(source, positions));
  }
  return part;
}

Dataset Dataset::with_mirrored() const {
  std::vector<size_t> twice;
  for (size_t i = 0; i < 2 * size(); ++i) twice.push_back(i / 2);
  Dataset both = subset(twice, "");
  both.samples_ = mirrored(samples_, path_);
  for (auto& [name, source] : both.named_) source = mirrored(named_.at(name), path_);
  return both;
}

Dataset load_dataset(const std::filesystem::path& path, const DatasetOptions& options) {
  const std::string name = path.string();
  if (const auto selection = split_selection(name)) {
    const Dataset all = load_dataset(selection->path, options);
    const Dataset part = all.subset(selection->positions(all.size()), "@" + selection->text);
    return selection->mirror ? part.with_mirrored() : part;
  }
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
