// SPDX-License-Identifier: Apache-2.0
// Models that must be refused, each with file, layer and value in the message.
#include <catch2/catch.hpp>
#include <limits>

#include "golden/model/checksum.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

std::string load_error(const std::filesystem::path& path, const std::string& shape = {}) {
  return error_of([&] { ModelRunner::load(path, {shape}); });
}

NodePtr product(const NodePtr& x, const std::vector<float>& weights) {
  auto node = std::make_shared<op::MatMul>(x, constant({3, 4}, weights), false, true);
  return named(node, "fc");
}

void cut(const std::filesystem::path& from, const std::filesystem::path& to, size_t length) {
  const Bytes whole = read_file(from);
  write_file(to, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
}

}  // namespace

TEST_CASE("a model that is missing, empty or no model is refused by name", "[model][bad-input]") {
  const ScratchFolder folder;
  CHECK_THAT(load_error(folder / "none.onnx"), says("none.onnx: no such file"));
  write_file(folder / "empty.onnx", {});
  CHECK_THAT(load_error(folder / "empty.onnx"), says("empty.onnx: is empty"));
  write_file(folder / "text.onnx", {'h', 'e', 'l', 'l', 'o'});
  CHECK_THAT(load_error(folder / "text.onnx"), says("text.onnx: not a model"));
  write_file(folder / "text.bmp", {'h', 'e', 'l', 'l', 'o'});
  CHECK_THAT(load_error(folder / "text.bmp"), says("text.bmp: not a model"));
  std::filesystem::create_directories(folder / "folder");
  CHECK_THAT(load_error(folder / "folder"), says("folder"));
}

TEST_CASE("a model cut short anywhere is refused, never crashes", "[model][bad-input]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4});
  saved(folder / "m.xml", product(x, random_floats(12, 1)), {x});
  const std::filesystem::path onnx = "golden/models/mnist_mlp.onnx";
  size_t checks = 0;
  const auto size = std::filesystem::file_size(onnx);
  for (const size_t length :
       {size_t{1}, size_t{7}, size_t{100}, size / 3, size / 2, size - 200, size - 20, size - 1}) {
    CAPTURE(length);
    cut(onnx, folder / "cut.onnx", length);
    CHECK_THAT(load_error(folder / "cut.onnx"), says("cut.onnx"));
    ++checks;
  }
  for (const size_t length : {size_t{1}, size_t{30}, size_t{300}, size_t{1000}}) {
    CAPTURE(length);
    cut(folder / "m.xml", folder / "cut.xml", length);
    std::filesystem::copy_file(folder / "m.bin", folder / "cut.bin",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK_THAT(load_error(folder / "cut.xml"), says("cut.xml"));
    ++checks;
  }
  std::filesystem::copy_file(folder / "m.xml", folder / "weights.xml");
  for (const size_t length : {size_t{0}, size_t{20}, size_t{47}}) {
    CAPTURE(length);
    cut(folder / "m.bin", folder / "weights.bin", length);
    CHECK_THAT(load_error(folder / "weights.xml"), says("weights.xml"));
    ++checks;
  }
  CHECK(checks == 15);
}

TEST_CASE("weights that are not finite or all zero are refused", "[model][bad-input]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4});
  auto weights = random_floats(12, 1);
  weights[9] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(error_of([&] { saved(folder / "m.xml", product(x, weights), {x}); }),
             says("m.xml: layer fc: weight [2][1] is nan"));
  weights[9] = -std::numeric_limits<float>::infinity();
  CHECK_THAT(error_of([&] { saved(folder / "m.xml", product(x, weights), {x}); }),
             says("weight [2][1] is -inf"));
  CHECK_THAT(
      error_of([&] { saved(folder / "m.xml", product(x, std::vector<float>(12, 0.0f)), {x}); }),
      says("m.xml: layer fc: all 12 weights are zero"));
  const auto good = product(x, random_floats(12, 1));
  const float inf = std::numeric_limits<float>::infinity();
  CHECK_THAT(error_of([&] {
               saved(folder / "m.xml", add(good, constant({3}, {0, inf, 0})), {x});
             }),
             says("layer fc: bias [1] is inf"));
}

TEST_CASE("dynamic dimensions other than the batch need a shape", "[model][shape]") {
  const ScratchFolder folder;
  const auto x = input({-1, -1, 4});
  const auto y = product(x, random_floats(12, 1));
  CHECK_THAT(error_of([&] { saved(folder / "m.xml", y, {x}); }),
             says("input 'x'") && says("dimension 1 is dynamic; give --shape"));
  for (const std::string shape : {"?,5,4", "x[-1,5,4]", "[?, 5, 4]"}) {
    CAPTURE(shape);
    const auto runner = ModelRunner::load(folder / "m.xml", {shape});
    CHECK(runner.layers().at(0).input_shape == std::vector<size_t>{1, 5, 4});
    CHECK_FALSE(runner.info().fixed_batch);
    CHECK(runner.info().inputs.at(0).shape == std::vector<std::int64_t>{-1, -1, 4});
  }
  CHECK(ModelRunner::load(folder / "m.xml", {"2,5,4"}).info().fixed_batch == size_t{2});
  CHECK_THAT(load_error(folder / "m.xml", "?,?,4"), says("dimension 1 is dynamic"));
  CHECK_THAT(load_error(folder / "m.xml", "?,5,7"), says("does not fit"));
  CHECK_THAT(load_error(folder / "m.xml", "?,5"), says("does not fit"));
  CHECK_THAT(load_error(folder / "m.xml", "?,five,4"), says("'five' is not a dimension"));
  CHECK_THAT(load_error(folder / "m.xml", "?,0,4"), says("'0' is not a dimension"));
  CHECK_THAT(load_error(folder / "m.xml", "z[?,5,4]"), says("input 'z'"));
  CHECK_THAT(load_error(folder / "m.xml", "x[?,5,4"), says("name[1,2,3]"));
  const auto any = input(ov::PartialShape::dynamic());
  CHECK_THAT(error_of([&] { saved(folder / "r.xml", relu(any), {any}); }), says("give --shape"));
}

TEST_CASE("an output without a batch is refused when run", "[model][bad-input]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4});
  const auto y =
      std::make_shared<op::ReduceMean>(product(x, random_floats(12, 1)), integers({0, 1}), false);
  const auto runner = saved(folder / "m.xml", y, {x});
  CHECK_THAT(error_of([&] { runner.session(); }), says("first dimension must be the batch"));
}

TEST_CASE("the checksum is sha256sum's, and changes with every byte of the model",
          "[model][checksum]") {
  const ScratchFolder folder;
  write_file(folder / "abc.onnx", {'a', 'b', 'c'});
  // FIPS 180-2, appendix B.1.
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(model_checksum(folder / "abc.onnx") == abc);
  write_file(folder / "abc.onnx.data", {1, 2, 3});
  const auto with_data = model_checksum(folder / "abc.onnx");
  CHECK(with_data != abc);
  write_file(folder / "abc.onnx.data", {1, 2, 4});
  CHECK(model_checksum(folder / "abc.onnx") != with_data);
  const auto x = input({-1, 4});
  const auto first = saved(folder / "m.xml", product(x, random_floats(12, 1)), {x});
  const auto second = saved(folder / "m.xml", product(x, random_floats(12, 2)), {x});
  CHECK(first.info().checksum != second.info().checksum);
  CHECK(ModelRunner::load(folder / "m.xml").info().checksum == second.info().checksum);
}
