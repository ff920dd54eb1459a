// SPDX-License-Identifier: Apache-2.0
// Selections of samples, token numbers, and networks of several inputs.
#include <catch2/catch.hpp>
#include <numeric>

#include "golden/model/calibration.hpp"
#include "golden/model/evaluate.hpp"
#include "golden/model/subset.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

TEST_CASE("a selection takes the samples that the slice of Python takes", "[data]") {
  const auto taken = [](const std::string& slice, size_t samples) {
    return split_selection("nowhere@" + slice)->positions(samples);
  };
  using Positions = std::vector<size_t>;
  CHECK(taken("0::5", 12) == Positions{0, 5, 10});
  CHECK(taken("1:9:3", 12) == Positions{1, 4, 7});
  CHECK(taken(":3", 12) == Positions{0, 1, 2});
  CHECK(taken("10:", 12) == Positions{10, 11});
  CHECK(taken("10:99", 12) == Positions{10, 11});
  CHECK(taken("except:0::5", 12) == Positions{1, 2, 3, 4, 6, 7, 8, 9, 11});
  for (size_t samples = 1; samples < 20; ++samples) {
    auto all = taken("2::3", samples + 2);
    const auto others = taken("except:2::3", samples + 2);
    all.insert(all.end(), others.begin(), others.end());
    std::sort(all.begin(), all.end());
    Positions expected(samples + 2);
    std::iota(expected.begin(), expected.end(), size_t{0});
    CHECK(all == expected);
  }
  CHECK_FALSE(split_selection("plain.npz"));
  CHECK_THAT(error_of([&] { taken("5:", 5); }), says("nowhere@5:") && says("none of the 5"));
  CHECK_THAT(error_of([&] { taken("0::0", 5); }), says("step is 0"));
  CHECK_THAT(error_of([&] { taken("-1::2", 5); }), says("'-1' is not a number"));
  CHECK_THAT(error_of([&] { taken("half", 5); }), says("'half' is not a selection"));
}

TEST_CASE("a mirrored selection has every image twice, left and right exchanged, with its label",
          "[data]") {
  const ScratchFolder folder;
  std::vector<float> x(2 * 3 * 2 * 4);  // two images of 3 channels, 2 x 4
  std::iota(x.begin(), x.end(), 0.0F);
  write_npz(folder / "d.npz",
            {{"x", npy("<f4", {2, 3, 2, 4}, x)}, {"y", npy<std::int32_t>("<i4", {2}, {5, 7})}});
  const auto path = (folder / "d.npz").string();
  const auto both = load_dataset(path + "@:,mirror");
  REQUIRE(both.size() == 4);
  CHECK(both.labels(8) == std::vector<std::int64_t>{5, 5, 7, 7});
  CHECK(load_dataset(path + "@mirror").size() == 4);
  CHECK(load_dataset(path + "@1:,mirror").labels(8) == std::vector<std::int64_t>{7, 7});
  std::vector<float> values(4 * 24);
  both.fill(0, 4, {3, 2, 4}, values.data());
  for (size_t i = 0; i < 24; ++i) {
    const size_t opposite = i / 4 * 4 + (3 - i % 4);
    CAPTURE(i);
    CHECK(values[i] == x[i]);
    CHECK(values[24 + i] == x[opposite]);
    CHECK(values[72 + i] == x[24 + opposite]);
  }
  // Channels last: pixels change places, the channels of a pixel stay in order.
  write_npz(folder / "last.npz", {{"x", npy("<f4", {2, 2, 4, 3}, x)}});
  load_dataset((folder / "last.npz").string() + "@mirror").fill(1, 1, {2, 4, 3}, values.data());
  for (size_t i = 0; i < 24; ++i) {
    CHECK(values[i] == x[i / 12 * 12 + (3 - i % 12 / 3) * 3 + i % 3]);
  }
  write_npz(folder / "flat.npz", {{"x", npy("<f4", {12, 4}, x)}});
  CHECK_THAT(
      error_of([&] {
        load_dataset((folder / "flat.npz").string() + "@mirror").fill(0, 1, {4}, values.data());
      }),
      says("flat.npz") && says("only images can be mirrored") && says("[4]"));
}

TEST_CASE("a selected dataset has the values and labels of the chosen samples", "[data]") {
  const ScratchFolder folder;
  const std::vector<float> x{10, 11, 20, 21, 30, 31, 40, 41};
  write_npz(folder / "d.npz",
            {{"x", npy("<f4", {4, 2}, x)}, {"y", npy<std::int32_t>("<i4", {4}, {0, 1, 2, 3})}});
  const auto path = (folder / "d.npz").string();
  const auto odd = load_dataset(path + "@1::2");
  CHECK(odd.size() == 2);
  CHECK(odd.path() == path + "@1::2");
  CHECK(odd.labels(4) == std::vector<std::int64_t>{1, 3});
  std::vector<float> values(4);
  odd.fill(0, 2, {2}, values.data());
  CHECK(values == std::vector<float>{20, 21, 40, 41});
  CHECK(load_dataset(path + "@except:1::2").labels(4) == std::vector<std::int64_t>{0, 2});
  // A file whose own name looks like a selection is that file.
  write_npz(folder / "e.npz@0::2",
            {{"x", npy("<f4", {4, 2}, x)}, {"y", npy<std::int32_t>("<i4", {4}, {0, 1, 2, 3})}});
  CHECK(load_dataset(folder / "e.npz@0::2").size() == 4);
}

namespace {

// y = table[ids].mean over tokens, weighted by mask, then a product with constant weights: the
// shape of a sentence encoder.
ModelRunner token_network(const ScratchFolder& folder, const std::vector<float>& table,
                          const std::vector<float>& weights) {
  const auto ids = std::make_shared<op::Parameter>(ov::element::i64, ov::PartialShape{-1, 3});
  const auto mask = std::make_shared<op::Parameter>(ov::element::i64, ov::PartialShape{-1, 3});
  ids->output(0).get_tensor().set_names({"ids"});
  mask->output(0).get_tensor().set_names({"mask"});
  const auto rows = std::make_shared<op::Gather>(constant({5, 2}, table), ids,
                                                 op::Constant::create(ov::element::i64, {}, {0}));
  const auto weight = std::make_shared<op::Unsqueeze>(
      std::make_shared<op::Convert>(mask, ov::element::f32), integers({2}));
  const auto sum =
      std::make_shared<op::ReduceSum>(std::make_shared<op::Multiply>(rows, weight), integers({1}));
  const auto product =
      named(std::make_shared<op::MatMul>(sum, constant({4, 2}, weights), false, true), "project");
  return saved(folder / "t.xml", product, {ids, mask});
}

}  // namespace

TEST_CASE("a network of several inputs gets each array by its name", "[data][eval]") {
  const ScratchFolder folder;
  const auto table = random_floats(10, 21);
  const auto weights = random_floats(8, 22);
  const auto runner = token_network(folder, table, weights);
  const std::vector<std::int64_t> ids{0, 1, 2, 4, 3, 0, 2, 2, 1};
  const std::vector<std::int64_t> mask{1, 1, 0, 1, 0, 0, 1, 1, 1};
  // Stored in the other order than the network's inputs.
  write_npz(folder / "d.npz",
            {{"mask", npy("<i8", {3, 3}, mask)}, {"ids", npy("<i8", {3, 3}, ids)}});
  const auto data = load_dataset(folder / "d.npz");
  Session session = runner.session({}, 2);
  REQUIRE(session.inputs().size() == 2);
  CHECK(session.inputs()[0].name == "ids");
  CHECK(session.input_elements() == 6);
  EvalOptions options;
  options.metric = Metric::kEmbedding;
  options.keep_outputs = true;
  const auto result = evaluate(session, data, options);
  REQUIRE(result.outputs.size() == 12);
  for (size_t s = 0; s < 3; ++s) {
    for (size_t o = 0; o < 4; ++o) {
      double expected = 0;
      for (size_t t = 0; t < 3; ++t) {
        const auto row = static_cast<size_t>(ids[s * 3 + t]);
        for (size_t i = 0; i < 2; ++i) {
          expected += static_cast<double>(mask[s * 3 + t]) *
                      static_cast<double>(table[row * 2 + i]) *
                      static_cast<double>(weights[o * 2 + i]);
        }
      }
      CHECK(static_cast<double>(result.outputs[s * 4 + o]) == Approx(expected).margin(1e-5));
    }
  }
  // Calibration sees the layer's input of the same samples.
  CalibrationOptions calibration;
  calibration.max_rows = 3;
  const auto seen = calibrate(runner, data, calibration);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].count == 6);
  CHECK(seen[0].row_count == 3);
}

TEST_CASE("missing inputs and impossible tokens are refused with their names",
          "[data][eval][bad-input]") {
  const ScratchFolder folder;
  const auto runner = token_network(folder, random_floats(10, 21), random_floats(8, 22));
  Session session = runner.session({}, 2);
  EvalOptions options;
  options.metric = Metric::kEmbedding;
  const auto ids = npy<std::int64_t>("<i8", {2, 3}, {0, 1, 2, 3, 4, 0});
  const auto message = [&](const std::vector<std::pair<std::string, Bytes>>& entries) {
    write_npz(folder / "d.npz", entries);
    return error_of([&] { evaluate(session, load_dataset(folder / "d.npz"), options); });
  };
  CHECK_THAT(message({{"ids", ids}}), says("no array 'mask'") && says("ids, mask"));
  CHECK_THAT(message({{"z", ids}}), says("no array 'ids'") && says("the data has z"));
  CHECK_THAT(message({{"x", ids}, {"mask", ids}}),
             says("no array 'ids'") && says("the data has mask, x"));
  CHECK_THAT(message({{"ids", ids},
                      {"mask", npy<std::int64_t>("<i8", {3, 3}, std::vector<std::int64_t>(9, 1))}}),
             says("'mask' has 3 samples"));
  CHECK_THAT(message({{"ids", npy<std::int64_t>("<i8", {2, 2}, {0, 1, 2, 3})}, {"mask", ids}}),
             says("samples are [2]") && says("[3]"));
  CHECK_THAT(
      message({{"ids", npy<std::int64_t>("<i8", {2, 3}, {0, 1, 2, 3, 1 << 25, 0})}, {"mask", ids}}),
      says("d.npz: ids: sample 1 element 1 is 33554432"));
  const auto with_id = [&](std::int64_t id) {
    write_npz(folder / "d.npz",
              {{"ids", npy<std::int64_t>("<i8", {2, 3}, {0, 1, 2, 3, id, 0})}, {"mask", ids}});
    evaluate(session, load_dataset(folder / "d.npz"), options);
  };
  // The table has five rows; the mask, which is no index, may be anything.
  for (const std::int64_t id : {0, 4, -1, -5}) CHECK_NOTHROW(with_id(id));
  CHECK_THAT(error_of([&] { with_id(5); }),
             says("d.npz: input 'ids': sample 1 element 1 is 5") && says("0 to 4"));
  CHECK_THAT(error_of([&] { with_id(-6); }), says("sample 1 element 1 is -6"));
}
