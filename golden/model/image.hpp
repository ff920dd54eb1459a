// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace tally {

/// Pixels 0..255, rows of pixels of channels: value (y, x, c) at (y*width + x)*channels + c.
struct Image {
  size_t width = 0;
  size_t height = 0;
  size_t channels = 0;
  std::vector<float> pixels;
};

/// How a network's input of one sample holds an image.
struct ImageLayout {
  bool planes = false;  ///< [C, H, W], else [H, W, C]
  size_t channels = 0;  ///< 1 or 3
  size_t height = 0;
  size_t width = 0;
};

/// The layout of [C, H, W] or [H, W, C] with C = 1 or 3; nothing for any other shape.
std::optional<ImageLayout> image_layout(const std::vector<size_t>& shape);

/// Decodes a jpeg, png or bmp file to `channels` = 1 (grey) or 3 (RGB), 8 bits a channel.
/// Error: missing, empty, truncated, not an image.
Image decode_image(const std::filesystem::path& path, size_t channels);

/// Bicubic resampling (Keys, a = -1/2) with the kernel widened when shrinking, so that every source
/// pixel counts; the way image libraries for training do it, but without rounding in between.
/// Values are clamped to 0..255.
Image resize_bicubic(const Image& image, size_t width, size_t height);

/// Standard evaluation view: the short side becomes size/crop for the tighter fitting side (rounded
/// to nearest), then the centre width x height is cut out. crop in (0, 1]; 0.875 is usual.
Image resize_and_crop(const Image& image, size_t width, size_t height, double crop);

}  // namespace tally
