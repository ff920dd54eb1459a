// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <mutex>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/dataset.hpp"
#include "golden/model/image.hpp"
#include "golden/model/normalize.hpp"
#include "golden/model/npz.hpp"

namespace tally {

namespace {

namespace fs = std::filesystem;

class ImageSource : public SampleSource {
 public:
  ImageSource(std::vector<fs::path> files, double crop, Normalizer normal)
      : files_(std::move(files)), crop_(crop), normal_(std::move(normal)) {}

  size_t size() const override { return files_.size(); }
  const std::vector<size_t>& sample_shape() const override { return shape_; }

  void fill(size_t index, const std::vector<size_t>& shape, float* out) const override {
    if (recall(index, shape, out)) return;
    decode(index, shape, out);
    keep(index, shape, out);
  }

 private:
  // A search reads the same images dozens of times: decoding them would take longer than the
  // network.
  static constexpr size_t kMaxKept = size_t{64} << 20;  // floats

  struct Kept {
    std::vector<size_t> shape;
    std::vector<float> values;
  };

  bool recall(size_t index, const std::vector<size_t>& shape, float* out) const {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(index);
    if (found == kept_.end() || found->second.shape != shape) return false;
    std::copy(found->second.values.begin(), found->second.values.end(), out);
    return true;
  }

  void keep(size_t index, const std::vector<size_t>& shape, const float* values) const {
    const size_t size = element_count(shape);
    const std::lock_guard lock(mutex_);
    if (kept_.count(index) != 0 || kept_values_ + size > kMaxKept) return;
    kept_[index] = {shape, {values, values + size}};
    kept_values_ += size;
  }

  void decode(size_t index, const std::vector<size_t>& shape, float* out) const {
    const auto layout = image_layout(shape);
    if (!layout) {
      throw Error(
          fmt::format("{}: an image needs a model input of [C, H, W] or [H, W, C] with "
                      "C = 1 or 3; it is {}",
                      files_[index].string(), shape_text(shape)));
    }
    const auto [planes, channels, height, width] = *layout;
    const Image view = resize_and_crop(decode_image(files_[index], channels), width, height, crop_);
    const size_t pixels = width * height;
    for (size_t p = 0; p < pixels; ++p) {
      for (size_t c = 0; c < channels; ++c) {
        out[planes ? c * pixels + p : p * channels + c] = view.pixels[p * channels + c];
      }
    }
    normal_.apply(out, pixels * channels, channels, planes ? pixels : 1);
  }

  std::vector<fs::path> files_;
  std::vector<size_t> shape_;
  double crop_;
  Normalizer normal_;
  mutable std::mutex mutex_;
  mutable std::map<size_t, Kept> kept_;  // by sample
  mutable size_t kept_values_ = 0;
};

bool is_image(const fs::directory_entry& entry) {
  if (!entry.is_regular_file()) return false;
  std::string extension = entry.path().extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp";
}

std::vector<fs::path> sorted_children(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (folders ? entry.is_directory() : is_image(entry)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The number in front of the first '_' of the file name.
std::optional<std::int64_t> index_prefix(const fs::path& file) {
  const std::string name = file.filename().string();
  const auto end = name.find('_');
  if (end == std::string::npos) return std::nullopt;
  std::int64_t index = 0;
  const auto [stop, code] = std::from_chars(name.data(), name.data() + end, index);
  if (code != std::errc{} || stop != name.data() + end || index < 0) return std::nullopt;
  return index;
}

}  // namespace

Dataset load_image_folder(const fs::path& path, const DatasetOptions& options) {
  if (!(options.crop > 0 && options.crop <= 1)) {
    throw Error(fmt::format("{}: crop {} is not in (0, 1]", path.string(), options.crop));
  }
  auto files = sorted_children(path, false);
  std::vector<std::int64_t> labels;
  std::string reason;
  if (!files.empty()) {
    for (const auto& file : files) {
      const auto index = index_prefix(file);
      if (index) {
        labels.push_back(*index);
      } else if (reason.empty()) {
        reason = fmt::format("{} has no class number and '_' in front", file.filename().string());
      }
    }
    if (!labels.empty() && labels.size() != files.size()) {
      throw Error(fmt::format("{}: {} of {} files carry a class number; {}", path.string(),
                              labels.size(), files.size(), reason));
    }
  } else {
    const auto folders = sorted_children(path, true);
    for (size_t i = 0; i < folders.size(); ++i) {
      for (auto& file : sorted_children(folders[i], false)) {
        files.push_back(std::move(file));
        labels.push_back(static_cast<std::int64_t>(i));
      }
    }
  }
  if (files.empty()) {
    throw Error(
        fmt::format("{}: no samples: no .jpg, .jpeg, .png or .bmp in the folder or its "
                    "sub-folders",
                    path.string()));
  }
  auto source =
      std::make_shared<ImageSource>(std::move(files), options.crop,
                                    Normalizer(options.mean, options.scale, 255.0f, path.string()));
  std::optional<std::vector<std::int64_t>> found;
  if (!labels.empty()) found = std::move(labels);
  return {path.string(), std::move(source), std::move(found), std::move(reason)};
}

}  // namespace tally
