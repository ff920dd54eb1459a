// SPDX-License-Identifier: Apache-2.0
#include "golden/model/mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "golden/core/error.hpp"
#include "golden/model/image.hpp"
#include "golden/model/npz.hpp"

namespace tally {

namespace {

class MirroredSource : public SampleSource {
 public:
  MirroredSource(std::shared_ptr<const SampleSource> images, std::string path)
      : images_(std::move(images)), path_(std::move(path)) {}

  size_t size() const override { return 2 * images_->size(); }
  const std::vector<size_t>& sample_shape() const override { return images_->sample_shape(); }

  void fill(size_t index, const std::vector<size_t>& shape, float* out) const override {
    images_->fill(index / 2, shape, out);
    const auto layout = image_layout(shape);
    if (!layout) {
      throw Error(
          fmt::format("{}: only images can be mirrored, [C, H, W] or [H, W, C] with C = 1 or 3; "
                      "the input is {}",
                      path_, shape_text(shape)));
    }
    if (index % 2 == 0) return;
    const size_t pixel = layout->planes ? 1 : layout->channels;  // floats that stay together
    const size_t width = layout->width;
    const size_t lines = element_count(shape) / (pixel * width);
    for (size_t line = 0; line < lines; ++line) {
      float* const row = out + line * width * pixel;
      for (size_t left = 0, right = width - 1; left < right; ++left, --right) {
        std::swap_ranges(row + left * pixel, row + (left + 1) * pixel, row + right * pixel);
      }
    }
  }

 private:
  std::shared_ptr<const SampleSource> images_;
  std::string path_;
};

}  // namespace

std::shared_ptr<const SampleSource> mirrored(std::shared_ptr<const SampleSource> images,
                                             std::string path) {
  return std::make_shared<const MirroredSource>(std::move(images), std::move(path));
}

}  // namespace tally
