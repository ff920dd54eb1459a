// SPDX-License-Identifier: Apache-2.0
// .npz and idx files. golden/tests/data/*.npz were written by NumPy:
//   x = np.arange(24).reshape(2,3,4).astype(np.float32)/8
//   np.savez("stored_f32.npz", x=x, y=np.array([3,1], dtype=np.int64))
//   x = np.random.default_rng(1).integers(0,3,(5,8,8)).astype(np.uint8)
//   np.savez_compressed("deflated_u8.npz", x=x, y=np.arange(5, dtype=np.int8))
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "golden/model/dataset.hpp"
#include "golden/tests/data_files.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

const std::filesystem::path kData = "golden/tests/data";

std::vector<float> all_values(const Dataset& data, const std::vector<size_t>& shape) {
  const size_t elements =
      std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
  std::vector<float> values(data.size() * elements);
  data.fill(0, data.size(), shape, values.data());
  return values;
}

void write_gz(const std::filesystem::path& path, const Bytes& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) ==
          static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

}  // namespace

TEST_CASE("npz written by NumPy, stored, float32 and int64", "[data]") {
  const Dataset data = load_dataset(kData / "stored_f32.npz");
  REQUIRE(data.size() == 2);
  CHECK(data.sample_shape() == std::vector<size_t>{3, 4});
  CHECK(data.labels(10) == std::vector<std::int64_t>{3, 1});
  const auto values = all_values(data, {12});
  for (size_t i = 0; i < 24; ++i) REQUIRE(values[i] == static_cast<float>(i) / 8);
}

TEST_CASE("npz written by NumPy, deflated, uint8 scaled to 0..1 and int8", "[data]") {
  const Dataset data = load_dataset(kData / "deflated_u8.npz");
  REQUIRE(data.size() == 5);
  CHECK(data.labels(5) == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  const auto values = all_values(data, {1, 8, 8});
  const double sums[] = {59, 75, 72, 57, 73};  // NumPy's own sums of the samples
  for (size_t s = 0; s < 5; ++s) {
    double sum = 0;
    for (size_t i = 0; i < 64; ++i) sum += static_cast<double>(values[s * 64 + i]) * 255;
    CHECK(sum == Approx(sums[s]).epsilon(1e-6));
  }
  CHECK(values[0] == 1.0f / 255.0f);
  CHECK(values[2] == 2.0f / 255.0f);
}

TEST_CASE("labels of every integer type are read", "[data]") {
  const ScratchFolder folder;
  const auto x = npy<float>("<f4", {3, 2}, {1, 2, 3, 4, 5, 6});
  const std::vector<std::pair<std::string, Bytes>> ys{
      {"i1", npy<std::int8_t>("|i1", {3}, {0, 7, 120})},
      {"u1", npy<std::uint8_t>("|u1", {3}, {0, 7, 120})},
      {"i2", npy<std::int16_t>("<i2", {3}, {0, 7, 120})},
      {"u2", npy<std::uint16_t>("<u2", {3, 1}, {0, 7, 120})},
      {"i4", npy<std::int32_t>("<i4", {3}, {0, 7, 120})},
      {"u4", npy<std::uint32_t>("<u4", {3}, {0, 7, 120})},
      {"i8", npy<std::int64_t>("<i8", {1 * 3}, {0, 7, 120})},
      {"u8", npy<std::uint64_t>("<u8", {3}, {0, 7, 120})}};
  for (const auto& [name, y] : ys) {
    CAPTURE(name);
    write_npz(folder / "a.npz", {{"x", x}, {"y", y}});
    CHECK(load_dataset(folder / "a.npz").labels(121) == std::vector<std::int64_t>{0, 7, 120});
  }
}

TEST_CASE("a sample is reshaped when the element count agrees, HWC goes to CHW transposed",
          "[data]") {
  const ScratchFolder folder;
  std::vector<float> x(2 * 2 * 4 * 3);
  std::iota(x.begin(), x.end(), 0.0f);
  write_npz(folder / "a.npz", {{"x", npy("<f4", {2, 2, 4, 3}, x)}});
  const Dataset data = load_dataset(folder / "a.npz");
  CHECK(all_values(data, {24}) == x);
  CHECK(all_values(data, {4, 6}) == x);
  CHECK(all_values(data, {2, 4, 3}) == x);
  const auto planes = all_values(data, {3, 2, 4});
  size_t checks = 0;
  for (size_t s = 0; s < 2; ++s) {
    for (size_t c = 0; c < 3; ++c) {
      for (size_t p = 0; p < 8; ++p, ++checks) {
        REQUIRE(planes[(s * 3 + c) * 8 + p] == x[(s * 8 + p) * 3 + c]);
      }
    }
  }
  CHECK(checks == 48);
  std::vector<float> out(100);
  const auto text = error_of([&] { data.fill(0, 1, {5, 5}, out.data()); });
  CHECK_THAT(text, says("[2, 4, 3]") && says("[5, 5]") && says("a.npz"));
  CHECK_THAT(error_of([&] { data.fill(1, 2, {24}, out.data()); }), says("there are 2"));
}

TEST_CASE("mean and scale apply per channel in both layouts", "[data]") {
  const ScratchFolder folder;
  Bytes x(12);
  std::iota(x.begin(), x.end(), std::uint8_t{10});
  write_npz(folder / "a.npz", {{"x", npy<std::uint8_t>("|u1", {1, 2, 2, 3}, x)}});
  const DatasetOptions options{{1, 2, 3}, {2, 4, 8}, 0.875};
  const Dataset data = load_dataset(folder / "a.npz", options);
  const float mean[] = {1, 2, 3};
  const float scale[] = {2, 4, 8};
  const auto planes = all_values(data, {3, 2, 2});
  for (size_t c = 0; c < 3; ++c) {
    for (size_t p = 0; p < 4; ++p) {
      const float raw = static_cast<float>(10 + p * 3 + c);
      CHECK(planes[c * 4 + p] == (raw - mean[c]) / scale[c]);
    }
  }
  CHECK_THAT(error_of([&] { all_values(data, {12, 1, 1}); }), says("3 channels"));
  CHECK_THAT(error_of([&] { load_dataset(folder / "a.npz", {{}, {0.0f}, 1}); }), says("scale 0"));
}

TEST_CASE("npz faults are refused with file, array and value", "[data][bad-input]") {
  const ScratchFolder folder;
  const auto path = folder / "bad.npz";
  const auto x = npy<float>("<f4", {2, 2}, {1, 2, 3, 4});
  const auto y = npy<std::int32_t>("<i4", {2}, {0, 1});
  const auto message = [&](const std::vector<std::pair<std::string, Bytes>>& entries) {
    write_npz(path, entries);
    return error_of([&] { load_dataset(path).labels(2); });
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();

  CHECK_THAT(message({{"x", npy<float>("<f4", {2, 2}, {1, 2, 3, nan})}, {"y", y}}),
             says("bad.npz: x: sample 1 element 1 is nan"));
  CHECK_THAT(message({{"x", npy<float>("<f4", {2, 2}, {-inf, 2, 3, 4})}, {"y", y}}),
             says("sample 0 element 0 is -inf"));
  CHECK_THAT(message({{"y", y}}), says("bad.npz: has no array 'x'"));
  CHECK_THAT(message({{"x", x}}), says("no array 'y'"));
  CHECK_THAT(message({{"x", npy<float>("<f4", {0, 2}, {})}, {"y", y}}), says("no samples"));
  CHECK_THAT(message({{"x", npy<float>("<f4", {2, 0}, {})}, {"y", y}}), says("no elements"));
  CHECK_THAT(message({{"x", npy<float>("<f4", {}, {1})}, {"y", y}}), says("no samples"));
  CHECK_THAT(message({{"x", npy<double>("<f8", {2}, {1, 2})}, {"y", y}}), says("x is float64"));
  CHECK_THAT(message({{"x", x}, {"y", npy<float>("<f4", {2}, {0, 1})}}),
             says("y: labels are float32"));
  CHECK_THAT(message({{"x", x}, {"y", npy<std::int32_t>("<i4", {3}, {0, 1, 1})}}),
             says("3 labels for 2 samples"));
  CHECK_THAT(message({{"x", x}, {"y", npy<std::int32_t>("<i4", {1, 2}, {0, 1})}}), says("[1, 2]"));
  CHECK_THAT(message({{"x", x}, {"y", npy<std::int32_t>("<i4", {2}, {0, -4})}}),
             says("label -4 of sample 1"));
  CHECK_THAT(message({{"x", x}, {"y", npy<std::int32_t>("<i4", {2}, {0, 2})}}),
             says("label 2 of sample 1 is out of range: the model has 2 classes"));
  CHECK_THAT(message({{"x", npy_raw("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, 4}), "True")}}),
             says("Fortran"));
  CHECK_THAT(message({{"x", npy<float>(">f4", {2, 2}, {1, 2, 3, 4})}}), says("big endian"));
  CHECK_THAT(message({{"x", npy_raw("<f4", "(2, two)", bytes_of<float>({1, 2, 3, 4}))}}),
             says("shape"));
  CHECK_THAT(message({{"x", npy_raw("<c8", "(2,)", bytes_of<float>({1, 2, 3, 4}))}}),
             says("'<c8'"));
  CHECK_THAT(message({{"x", npy<float>("<f4", {2, 3}, {1, 2, 3, 4})}}),
             says("needs 24 bytes, the file has 16"));
  CHECK_THAT(message({{"x", npy_raw("<f4", "(18446744073709551615, 9)", {})}}), says("impossibly"));
  CHECK_THAT(message({{"x", Bytes{'n', 'o', 't', ' ', 'a', ' ', 'n', 'p', 'y', '!'}}}),
             says("wrong magic"));
}

TEST_CASE("a npz cut short or changed anywhere is refused, never crashes", "[data][bad-input]") {
  const ScratchFolder folder;
  for (const bool deflate : {false, true}) {
    std::vector<float> values(300);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 7);
    write_npz(
        folder / "whole.npz",
        {{"x", npy("<f4", {3, 100}, values)}, {"y", npy<std::int32_t>("<i4", {3}, {0, 1, 2})}},
        deflate);
    const Bytes whole = read_file(folder / "whole.npz");
    REQUIRE(load_dataset(folder / "whole.npz").size() == 3);
    size_t checks = 0;
    for (size_t length = 0; length < whole.size(); length += 1 + length / 40, ++checks) {
      CAPTURE(deflate, length);
      write_file(folder / "cut.npz",
                 Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
      CHECK_THAT(error_of([&] { load_dataset(folder / "cut.npz"); }), says("cut.npz"));
    }
    CHECK(checks > 50);
    // A flipped data byte breaks the entry's checksum, whatever the element looks like.
    Bytes flipped = whole;
    flipped[deflate ? 90 : 400] ^= 0x10;
    write_file(folder / "flip.npz", flipped);
    CHECK_THAT(error_of([&] { load_dataset(folder / "flip.npz"); }), says("flip.npz"));
  }
}

TEST_CASE("idx images find their labels under every usual name", "[data]") {
  const Bytes images = idx({3, 2, 2}, {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6});
  const Bytes labels = idx({3}, {9, 0, 4});
  const std::pair<const char*, const char*> names[] = {
      {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
      {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
      {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"},
      {"t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte"},
      {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"},
      {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"},
      {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"}};
  for (const auto& [image_name, label_name] : names) {
    CAPTURE(image_name, label_name);
    const ScratchFolder folder;
    const auto put = [&](const std::string& name, const Bytes& bytes) {
      name.ends_with(".gz") ? write_gz(folder / name, bytes) : write_file(folder / name, bytes);
    };
    put(image_name, images);
    put(label_name, labels);
    const Dataset data = load_dataset(folder / image_name);
    REQUIRE(data.size() == 3);
    CHECK(data.sample_shape() == std::vector<size_t>{2, 2});
    CHECK(data.labels(10) == std::vector<std::int64_t>{9, 0, 4});
    const auto values = all_values(data, {4});
    CHECK(values[1] == 51.0f / 255.0f);
    CHECK(values[5] == 1.0f);
    CHECK(values[11] == 6.0f / 255.0f);
  }
}

TEST_CASE("idx faults are refused with file and value", "[data][bad-input]") {
  const ScratchFolder folder;
  const auto path = folder / "train-images-idx3-ubyte";
  const auto label_path = folder / "train-labels-idx1-ubyte";
  const Bytes good = idx({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const auto message = [&](const Bytes& bytes) {
    write_file(path, bytes);
    return error_of([&] { load_dataset(path).labels(10); });
  };
  CHECK_THAT(message(good), says("labels are needed: no label file"));
  write_file(label_path, idx({2}, {1, 0}));
  for (size_t length = 1; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK_THAT(message(Bytes(good.begin(), good.begin() + static_cast<long>(length))),
               says("train-images-idx3-ubyte"));
  }
  CHECK_THAT(message(Bytes(good.begin(), good.end() - 1)),
             says("truncated: the idx header says [2, 1, 3], 5 bytes"));
  CHECK_THAT(message({}), says("is empty"));
  CHECK_THAT(message({0, 1, 8, 1, 0, 0, 0, 1, 5}), says("wrong magic"));
  CHECK_THAT(message({0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0}), says("0x0d"));
  CHECK_THAT(message({0, 0, 8, 0}), says("0 dimensions"));
  CHECK_THAT(message(idx({6}, {1, 2, 3, 4, 5, 6})), says("these are labels"));
  CHECK_THAT(message(idx({0, 2, 2}, {})), says("no samples"));
  CHECK_THAT(message(idx({1u << 31, 1u << 31, 1u << 31}, {1, 2})), says("truncated"));
  Bytes longer = good;
  longer.push_back(0);
  CHECK_THAT(message(longer), says("left over"));
  CHECK_THAT(message(idx({3, 1, 1}, {1, 2, 3})), says("2 labels for 3 samples"));
  write_file(label_path, idx({2}, {1, 10}));
  CHECK_THAT(message(good), says("label 10 of sample 1") && says("10 classes"));
  write_file(label_path, Bytes{0, 0, 8, 1, 0, 0});
  CHECK_THAT(message(good), says("train-labels-idx1-ubyte") && says("truncated"));
  write_file(label_path, idx({2, 1}, {1, 0}));
  CHECK_THAT(message(good), says("[2, 1]"));
}

TEST_CASE("a gzip idx file cut short is refused", "[data][bad-input]") {
  const ScratchFolder folder;
  Bytes pixels(1000);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i >> 3);
  write_gz(folder / "a-images-idx3-ubyte.gz", idx({10, 10, 10}, pixels));
  const Bytes whole = read_file(folder / "a-images-idx3-ubyte.gz");
  CHECK(load_dataset(folder / "a-images-idx3-ubyte.gz").size() == 10);
  size_t checks = 0;
  for (size_t length = 0; length < whole.size(); length += 7, ++checks) {
    CAPTURE(length);
    write_file(folder / "b-images-idx3-ubyte.gz",
               Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
    CHECK_THAT(error_of([&] { load_dataset(folder / "b-images-idx3-ubyte.gz"); }),
               says("b-images-idx3-ubyte.gz"));
  }
  CHECK(checks > 50);
}

TEST_CASE("a path that is missing or no dataset is refused by name", "[data][bad-input]") {
  const ScratchFolder folder;
  CHECK_THAT(error_of([&] { load_dataset(folder / "none.npz"); }),
             says("none.npz: cannot be opened"));
  write_file(folder / "empty.npz", {});
  CHECK_THAT(error_of([&] { load_dataset(folder / "empty.npz"); }), says("empty.npz: is empty"));
  write_file(folder / "text.csv", {'1', ',', '2', '\n'});
  CHECK_THAT(error_of([&] { load_dataset(folder / "text.csv"); }), says("text.csv: neither"));
}
