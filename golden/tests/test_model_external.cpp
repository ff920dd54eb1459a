// SPDX-License-Identifier: Apache-2.0
// ONNX networks whose weights are in a file of their own.
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "golden/model/model_runner.hpp"
#include "golden/tests/data_files.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// Just enough of protobuf's wire format for an ONNX file.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value % 128 + 128);
  return bytes + static_cast<char>(value);
}
std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) * 8) + varint(value);
}
std::string part(int field, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(field) * 8 + 2) + varint(bytes.size()) + bytes;
}

// y = x * w, x of three numbers, y of two; w lies in weights.bin.
std::string network() {
  const auto value = [](const std::string& name, std::uint64_t width) {
    const std::string shape = part(1, number(1, 1)) + part(1, number(1, width));
    return part(1, name) + part(2, part(1, number(1, 1) + part(2, shape)));
  };
  const auto entry = [](const std::string& key, const std::string& text) {
    return part(13, part(1, key) + part(2, text));
  };
  const std::string weights = number(1, 3) + number(1, 2) + number(2, 1) + part(8, "w") +
                              entry("location", "weights.bin") + entry("offset", "0") +
                              entry("length", "24") + number(14, 1);
  const std::string node =
      part(1, "x") + part(1, "w") + part(2, "y") + part(3, "fc") + part(4, "MatMul");
  const std::string graph = part(1, node) + part(2, "g") + part(5, weights) +
                            part(11, value("x", 3)) + part(12, value("y", 2));
  return number(1, 8) + part(7, graph) + part(8, number(2, 17));
}

void put_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("weights in a file beside an ONNX network are read, and missing or cut ones refused",
          "[model][bad-input]") {
  const ScratchFolder folder;
  put_file(folder / "net.onnx", network());
  const std::vector<float> weights{1, 2, 3, 4, 5, 6};
  std::string bytes(24, '\0');
  std::memcpy(bytes.data(), weights.data(), 24);
  put_file(folder / "weights.bin", bytes);
  const auto path = (folder / "net.onnx").string();
  const ModelRunner runner = ModelRunner::load(path);
  REQUIRE(runner.layers().size() == 1);
  // [outputs][inputs]: transposed.
  CHECK(runner.layers()[0].weights == std::vector<float>{1, 3, 5, 2, 4, 6});

  const auto refused = [&] {
    CHECK_THAT(error_of([&] { ModelRunner::load(path); }),
               says(path) && says("missing or too short") && says("weights.bin"));
  };
  put_file(folder / "weights.bin", bytes.substr(0, 20));
  refused();
  std::filesystem::remove(folder / "weights.bin");
  refused();
}
