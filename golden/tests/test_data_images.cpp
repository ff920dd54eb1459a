// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/model/dataset.hpp"
#include "golden/model/image.hpp"
#include "golden/tests/data_files.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

using namespace tally;
using namespace tally::testing;

namespace {

// A grey 9 x 7 picture with structure in both directions.
Image picture() {
  Image image{9, 7, 1, {}};
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 9; ++x) {
      image.pixels.push_back(static_cast<float>((x * 37 + y * 91 + x * y * 13) % 256));
    }
  }
  return image;
}

Bytes colour_bytes(int width, int height) {
  Bytes pixels;
  for (int i = 0; i < width * height; ++i) {
    const int x = i % width;
    const int y = i / width;
    pixels.push_back(static_cast<std::uint8_t>(x * 255 / width));
    pixels.push_back(static_cast<std::uint8_t>(y * 255 / height));
    pixels.push_back(static_cast<std::uint8_t>(200 - x));
  }
  return pixels;
}

void write_png(const std::filesystem::path& path, int width, int height, const Bytes& rgb) {
  std::filesystem::create_directories(path.parent_path());
  REQUIRE(stbi_write_png(path.c_str(), width, height, 3, rgb.data(), width * 3) != 0);
}

void write_jpg(const std::filesystem::path& path, int width, int height, const Bytes& rgb) {
  std::filesystem::create_directories(path.parent_path());
  REQUIRE(stbi_write_jpg(path.c_str(), width, height, 3, rgb.data(), 95) != 0);
}

}  // namespace

TEST_CASE("bicubic resize equals Pillow's", "[data][image]") {
  // Image.fromarray(picture, mode F).resize(size, Image.BICUBIC), Pillow; clipped to 0..255.
  const std::vector<float> smaller{102.9801f, 138.6647f, 140.012f,  129.586f,
                                   127.5132f, 147.7899f, 136.6696f, 123.8317f,
                                   103.0345f, 141.9897f, 137.6305f, 151.2592f};
  const std::vector<float> larger_row{0.0f,      17.7926f,  47.7702f,  75.1923f,
                                      102.3648f, 134.9627f, 165.4931f, 194.2303f,
                                      232.5017f, 75.0977f,  0.0f,      36.3526f};
  const Image small = resize_bicubic(picture(), 4, 3);
  REQUIRE(small.pixels.size() == smaller.size());
  for (size_t i = 0; i < smaller.size(); ++i) {
    CHECK(small.pixels[i] == Approx(smaller[i]).margin(2e-3));
  }
  const Image large = resize_bicubic(picture(), 12, 8);
  REQUIRE(large.pixels.size() == 96);
  for (size_t i = 0; i < larger_row.size(); ++i) {
    CHECK(large.pixels[i] == Approx(larger_row[i]).margin(2e-3));
  }
  CHECK(large.pixels[83] == 255.0f);
  CHECK(large.pixels[95] == Approx(190.2873).margin(2e-3));
}

TEST_CASE("resize to the same size changes nothing, the crop is the centre", "[data][image]") {
  const Image image = picture();
  const Image same = resize_bicubic(image, 9, 7);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    REQUIRE(same.pixels[i] == Approx(image.pixels[i]).margin(1e-3));
  }
  // Short side 7, crop 5/7: scale 1, so the view is columns 2..6 of rows 1..5, untouched.
  const Image view = resize_and_crop(image, 5, 5, 5.0 / 7.0);
  for (size_t y = 0; y < 5; ++y) {
    for (size_t x = 0; x < 5; ++x) {
      REQUIRE(view.pixels[y * 5 + x] == Approx(image.pixels[(y + 1) * 9 + x + 2]).margin(1e-3));
    }
  }
}

TEST_CASE("a folder of png files with class numbers fills planes and pixels alike",
          "[data][image]") {
  const ScratchFolder folder;
  const Bytes first = colour_bytes(8, 8);
  write_png(folder / "images/7_cat.png", 8, 8, first);
  write_png(folder / "images/12_dog.png", 8, 8, colour_bytes(8, 8));
  const Dataset data = load_dataset(folder / "images", {{}, {}, 1.0});
  REQUIRE(data.size() == 2);
  CHECK(data.labels(13) == std::vector<std::int64_t>{12, 7});  // sorted by name
  std::vector<float> planes(3 * 64);
  std::vector<float> pixels(3 * 64);
  data.fill(1, 1, {3, 8, 8}, planes.data());
  data.fill(1, 1, {8, 8, 3}, pixels.data());
  for (size_t p = 0; p < 64; ++p) {
    for (size_t c = 0; c < 3; ++c) {
      const float expected = static_cast<float>(first[p * 3 + c]) / 255.0f;
      REQUIRE(planes[c * 64 + p] == Approx(expected).margin(1e-5));
      REQUIRE(pixels[p * 3 + c] == Approx(expected).margin(1e-5));
    }
  }
  CHECK_THAT(error_of([&] { data.fill(0, 1, {784}, planes.data()); }),
             says("12_dog.png") && says("[784]"));
  CHECK_THAT(error_of([&] { data.labels(12); }), says("label 12 of sample 0"));
}

TEST_CASE("sub-folders in sorted order are classes", "[data][image]") {
  const ScratchFolder folder;
  write_jpg(folder / "d/zebra/1.jpg", 16, 16, colour_bytes(16, 16));
  write_jpg(folder / "d/ant/b.jpeg", 16, 20, colour_bytes(16, 20));
  write_jpg(folder / "d/ant/a.JPG", 24, 16, colour_bytes(24, 16));
  const Dataset data = load_dataset(folder / "d", {{127}, {128}, 0.875});
  REQUIRE(data.size() == 3);
  CHECK(data.labels(2) == std::vector<std::int64_t>{0, 0, 1});
  std::vector<float> out(3 * 3 * 8 * 8, -9.0f);
  data.fill(0, 3, {3, 8, 8}, out.data());
  for (const float value : out) REQUIRE(std::abs(value) <= 1.0f);
  // The red ramp grows along x in every picture.
  CHECK(out[6] > out[1] + 0.3f);
}

TEST_CASE("an image read again is what was decoded first, whatever shapes came between",
          "[data][image]") {
  const ScratchFolder folder;
  write_png(folder / "photos" / "0_a.png", 16, 12, colour_bytes(16, 12));
  write_png(folder / "photos" / "1_b.png", 12, 16, colour_bytes(12, 16));
  const auto data = load_dataset(folder / "photos");
  const auto read = [&](size_t index, const std::vector<size_t>& shape) {
    std::vector<float> out(element_count(shape), -1.0F);
    load_dataset(folder / "photos").fill(index, 1, shape, out.data());
    std::vector<float> kept(out.size(), -2.0F);
    data.fill(index, 1, shape, kept.data());
    REQUIRE(kept == out);
    return out;
  };
  const auto first = read(0, {3, 8, 8});
  REQUIRE(read(1, {3, 8, 8}) != first);
  REQUIRE(read(0, {8, 8, 3}) != first);
  REQUIRE(read(0, {3, 8, 8}) == first);
  // Kept in memory: the file is not needed a second time.
  std::filesystem::remove(folder / "photos" / "0_a.png");
  std::vector<float> again(first.size());
  data.fill(0, 1, {3, 8, 8}, again.data());
  REQUIRE(again == first);
}

TEST_CASE("image folder faults are refused by file name", "[data][image][bad-input]") {
  const ScratchFolder folder;
  std::filesystem::create_directories(folder / "empty");
  CHECK_THAT(error_of([&] { load_dataset(folder / "empty"); }), says("no samples"));
  write_png(folder / "mixed/1_a.png", 4, 4, colour_bytes(4, 4));
  write_png(folder / "mixed/b.png", 4, 4, colour_bytes(4, 4));
  CHECK_THAT(error_of([&] { load_dataset(folder / "mixed"); }), says("b.png"));
  write_png(folder / "plain/b.png", 4, 4, colour_bytes(4, 4));
  CHECK_THAT(error_of([&] { load_dataset(folder / "plain").labels(10); }), says("b.png"));
  CHECK_THAT(error_of([&] { load_dataset(folder / "plain", {{}, {}, 1.5}); }), says("crop 1.5"));

  write_jpg(folder / "whole.jpg", 32, 32, colour_bytes(32, 32));
  write_png(folder / "whole.png", 32, 32, colour_bytes(32, 32));
  size_t checks = 0;
  for (const std::string name : {"whole.jpg", "whole.png"}) {
    const Bytes whole = read_file(folder / name);
    const std::string cut = "cut" + name.substr(5);
    for (size_t length = 0; length + 1 < whole.size(); length += 1 + whole.size() / 60, ++checks) {
      CAPTURE(name, length);
      write_file(folder / ("c/0_" + cut),
                 Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
      std::vector<float> out(3 * 16 * 16);
      const auto text = error_of([&] {
        load_dataset(folder / "c").fill(0, 1, {3, 16, 16}, out.data());
      });
      CHECK_THAT(text, says("0_" + cut));
    }
    std::filesystem::remove(folder / ("c/0_" + cut));
  }
  CHECK(checks > 90);
}
