// SPDX-License-Identifier: Apache-2.0
#include "golden/model/normalize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "golden/core/error.hpp"

namespace tally {

Normalizer::Normalizer(std::vector<float> mean, std::vector<float> scale, float default_scale,
                       const std::string& path)
    : mean_(std::move(mean)), scale_(std::move(scale)), path_(path) {
  if (mean_.empty()) mean_ = {0.0f};
  if (scale_.empty()) scale_ = {default_scale};
  for (const float value : mean_) {
    if (!std::isfinite(value)) throw Error(fmt::format("{}: mean {} is not finite", path_, value));
  }
  for (const float value : scale_) {
    if (!std::isfinite(value) || value == 0) {
      throw Error(fmt::format("{}: scale {} must be finite and not zero", path_, value));
    }
  }
  const size_t channels = std::max(mean_.size(), scale_.size());
  for (auto* const list : {&mean_, &scale_}) {
    if (list->size() == 1) list->resize(channels, list->front());
    if (list->size() != channels) {
      throw Error(fmt::format("{}: {} means but {} scales", path_, mean_.size(), scale_.size()));
    }
  }
}

void Normalizer::apply(float* values, size_t count, size_t channels, size_t stride) const {
  if (mean_.size() == 1) {
    // Division, not a product with 1/scale: the same floats as NumPy's x / 255.
    if (mean_[0] == 0 && scale_[0] == 1) return;
    for (size_t i = 0; i < count; ++i) values[i] = (values[i] - mean_[0]) / scale_[0];
    return;
  }
  if (mean_.size() != channels) {
    throw Error(fmt::format("{}: mean and scale have {} channels, the model's input has {}", path_,
                            mean_.size(), channels));
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t c = i / stride % channels;
    values[i] = (values[i] - mean_[c]) / scale_[c];
  }
}

}  // namespace tally
