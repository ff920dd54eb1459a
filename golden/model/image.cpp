// SPDX-License-Identifier: Apache-2.0
#include "golden/model/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>

#include "golden/core/error.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace tally {

namespace {

double keys_kernel(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

// The source positions and weights that make one output position along one side.
struct Tap {
  size_t first = 0;
  std::vector<double> weights;
};

std::vector<Tap> make_taps(size_t from, size_t to) {
  const double ratio = static_cast<double>(from) / static_cast<double>(to);
  const double stretch = std::max(ratio, 1.0);
  const double reach = 2 * stretch;
  std::vector<Tap> taps(to);
  for (size_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * ratio;
    const auto low = static_cast<size_t>(std::max(0.0, std::floor(centre - reach + 0.5)));
    const auto high = std::min(from, static_cast<size_t>(std::floor(centre + reach + 0.5)));
    taps[i].first = low;
    double sum = 0;
    for (size_t s = low; s < high; ++s) {
      const double weight = keys_kernel((static_cast<double>(s) + 0.5 - centre) / stretch);
      taps[i].weights.push_back(weight);
      sum += weight;
    }
    for (double& weight : taps[i].weights) weight /= sum;
  }
  return taps;
}

// One output value: the weighted sum along a line whose elements are `stride` apart.
float blend(const Tap& tap, const float* line, size_t stride) {
  double sum = 0;
  for (size_t i = 0; i < tap.weights.size(); ++i) {
    sum += tap.weights[i] * static_cast<double>(line[(tap.first + i) * stride]);
  }
  return static_cast<float>(sum);
}

// stb_image paints what is missing from a truncated jpeg grey and says nothing. A whole one has an
// end-of-image marker behind its last start-of-scan marker; scan data never holds either. A whole
// png holds its end chunk, whose checksum is always the same.
bool is_cut(const std::vector<stbi_uc>& bytes) {
  constexpr stbi_uc kPngStart[] = {0x89, 'P', 'N', 'G'};
  constexpr stbi_uc kPngEnd[] = {'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  if (bytes.size() >= 4 && std::equal(std::begin(kPngStart), std::end(kPngStart), bytes.begin())) {
    return std::search(bytes.begin(), bytes.end(), std::begin(kPngEnd), std::end(kPngEnd)) ==
           bytes.end();
  }
  if (bytes.size() < 2 || bytes[0] != 0xff || bytes[1] != 0xd8) return false;
  bool ended = false;
  for (size_t i = 2; i + 1 < bytes.size(); ++i) {
    if (bytes[i] != 0xff) continue;
    if (bytes[i + 1] == 0xda) ended = false;
    if (bytes[i + 1] == 0xd9) ended = true;
  }
  return !ended;
}

}  // namespace

std::optional<ImageLayout> image_layout(const std::vector<size_t>& shape) {
  const auto is_colour = [](size_t channels) { return channels == 1 || channels == 3; };
  if (shape.size() != 3) return std::nullopt;
  if (is_colour(shape[0])) return ImageLayout{true, shape[0], shape[1], shape[2]};
  if (is_colour(shape[2])) return ImageLayout{false, shape[2], shape[0], shape[1]};
  return std::nullopt;
}

Image decode_image(const std::filesystem::path& path, size_t channels) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened", path.string()));
  const std::vector<stbi_uc> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) throw Error(fmt::format("{}: is empty", path.string()));
  if (is_cut(bytes)) {
    throw Error(fmt::format("{}: truncated: the end of the image is missing", path.string()));
  }
  int width = 0;
  int height = 0;
  int in_file = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> data(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &in_file,
                            static_cast<int>(channels)),
      stbi_image_free);
  if (!data) {
    throw Error(fmt::format("{}: cannot be decoded: {}", path.string(), stbi_failure_reason()));
  }
  Image image{static_cast<size_t>(width), static_cast<size_t>(height), channels, {}};
  image.pixels.assign(data.get(), data.get() + image.width * image.height * channels);
  return image;
}

Image resize_bicubic(const Image& image, size_t width, size_t height) {
  const size_t channels = image.channels;
  Image wide{width, image.height, channels, {}};
  wide.pixels.resize(width * image.height * channels);
  const auto across = make_taps(image.width, width);
  for (size_t y = 0; y < image.height; ++y) {
    const float* const row = &image.pixels[y * image.width * channels];
    for (size_t x = 0; x < width; ++x) {
      for (size_t c = 0; c < channels; ++c) {
        wide.pixels[(y * width + x) * channels + c] = blend(across[x], row + c, channels);
      }
    }
  }
  Image result{width, height, channels, {}};
  result.pixels.resize(width * height * channels);
  const auto down = make_taps(image.height, height);
  const size_t line = width * channels;
  for (size_t y = 0; y < height; ++y) {
    for (size_t i = 0; i < line; ++i) {
      const float value = blend(down[y], &wide.pixels[i], line);
      result.pixels[y * line + i] = std::clamp(value, 0.0f, 255.0f);
    }
  }
  return result;
}

Image resize_and_crop(const Image& image, size_t width, size_t height, double crop) {
  const double scale = std::max(static_cast<double>(width) / static_cast<double>(image.width),
                                static_cast<double>(height) / static_cast<double>(image.height)) /
                       crop;
  const auto scaled = [scale](size_t side, size_t least) {
    return std::max(least, static_cast<size_t>(std::lround(static_cast<double>(side) * scale)));
  };
  const Image whole =
      resize_bicubic(image, scaled(image.width, width), scaled(image.height, height));
  Image view{width, height, image.channels, {}};
  const size_t left = (whole.width - width) / 2;
  const size_t top = (whole.height - height) / 2;
  for (size_t y = 0; y < height; ++y) {
    const auto row = whole.pixels.begin() +
                     static_cast<std::ptrdiff_t>(((y + top) * whole.width + left) * view.channels);
    view.pixels.insert(view.pixels.end(), row,
                       row + static_cast<std::ptrdiff_t>(width * view.channels));
  }
  return view;
}

}  // namespace tally
