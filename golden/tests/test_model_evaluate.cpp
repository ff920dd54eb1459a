// SPDX-License-Identifier: Apache-2.0
// Accuracy, comparison of outputs, calibration.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/model/calibration.hpp"
#include "golden/model/evaluate.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// Passes its four inputs on: the class is the largest input.
ModelRunner passing_network(const ScratchFolder& folder) {
  const auto x = input({-1, 4});
  std::vector<float> unit(16);
  for (size_t i = 0; i < 4; ++i) unit[i * 5] = 1;
  return saved(folder / "m.xml",
               std::make_shared<op::MatMul>(x, constant({4, 4}, unit), false, true), {x});
}

Dataset one_hot(const ScratchFolder& folder, const std::vector<std::int32_t>& hot,
                const std::vector<std::int32_t>& labels) {
  std::vector<float> x(hot.size() * 4);
  for (size_t i = 0; i < hot.size(); ++i) x[i * 4 + static_cast<size_t>(hot[i])] = 1;
  write_npz(folder / "d.npz",
            {{"x", npy("<f4", {hot.size(), 2, 2}, x)}, {"y", npy("<i4", {labels.size()}, labels)}});
  return load_dataset(folder / "d.npz");
}

}  // namespace

TEST_CASE("accuracy counts the samples whose largest output is at the label", "[model][eval]") {
  const ScratchFolder folder;
  const auto runner = passing_network(folder);
  const auto data = one_hot(folder, {0, 1, 2, 3, 0, 1, 2}, {0, 1, 2, 3, 1, 1, 3});
  Session session = runner.session({}, 3);
  std::vector<std::pair<size_t, size_t>> steps;
  EvalOptions options;
  options.keep_outputs = true;
  options.progress = [&](size_t done, size_t total) { steps.emplace_back(done, total); };
  const auto all = evaluate(session, data, options);
  CHECK(all.samples == 7);
  CHECK(all.classes == 4);
  CHECK(all.correct == 5);
  CHECK(all.accuracy == Approx(5.0 / 7));
  CHECK(all.predicted == std::vector<std::uint32_t>{0, 1, 2, 3, 0, 1, 2});
  CHECK(all.outputs.size() == 28);
  CHECK(all.outputs[4 + 1] == 1.0f);
  CHECK(steps == std::vector<std::pair<size_t, size_t>>{{0, 7}, {3, 7}, {6, 7}, {7, 7}});
  EvalOptions part;
  part.first = 4;
  part.limit = 2;
  CHECK(evaluate(session, data, part).accuracy == 0.5);
  part.limit = 100;
  CHECK(evaluate(session, data, part).samples == 3);
  part.first = 7;
  CHECK_THAT(error_of([&] { evaluate(session, data, part); }), says("sample 7 asked for"));
}

TEST_CASE("data that does not fit the network is refused", "[model][eval][bad-input]") {
  const ScratchFolder folder;
  const auto runner = passing_network(folder);
  Session session = runner.session({}, 2);
  const auto high = one_hot(folder, {0, 1, 2}, {0, 1, 4});
  CHECK_THAT(error_of([&] { evaluate(session, high); }),
             says("d.npz: label 4 of sample 2") && says("4 classes"));
  write_npz(folder / "bare.npz", {{"x", npy<float>("<f4", {2, 4}, random_floats(8, 1))}});
  const auto bare = load_dataset(folder / "bare.npz");
  CHECK_THAT(error_of([&] { evaluate(session, bare); }), says("bare.npz: labels are needed"));
  EvalOptions outputs;
  outputs.needs_labels = false;
  CHECK(evaluate(session, bare, outputs).predicted.size() == 2);
  write_npz(folder / "wide.npz", {{"x", npy<float>("<f4", {2, 5}, random_floats(10, 1))}});
  CHECK_THAT(error_of([&] { evaluate(session, load_dataset(folder / "wide.npz"), outputs); }),
             says("wide.npz") && says("[5]") && says("[4]"));
}

TEST_CASE("agreement and KL divergence equal hand-computed values", "[model][eval]") {
  const std::vector<float> a{0, 1, 5, 2};
  const std::vector<float> b{0, 3, 1, 2};
  CHECK(agreement(a, b, 2) == 0.5);
  CHECK(agreement(a, a, 2) == 1.0);
  CHECK(mean_kl(a, a, 2) == Approx(0.0).margin(1e-12));
  const double odd = 1 / (1 + std::exp(1.0));  // softmax(0, 1)[0]
  const double other = 1 / (1 + std::exp(3.0));
  const double first = odd * std::log(odd / other) + (1 - odd) * std::log((1 - odd) / (1 - other));
  const std::vector<float> a1{0, 1};
  const std::vector<float> b1{1000, 1003};
  CHECK(mean_kl(a1, b1, 2) == Approx(first));
  const std::vector<float> p{0.25f, 0.75f};
  const std::vector<float> q{0.5f, 0.5f};
  CHECK(mean_kl(p, q, 2, false) == Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)));
}

TEST_CASE("calibration sees every activation, and its rows give the layer's outputs",
          "[model][calibration]") {
  const ScratchFolder folder;
  const auto x = input({-1, 4, 6, 6});
  const NodePtr conv = std::make_shared<op::GroupConvolution>(
      x, random_constant({2, 3, 2, 3, 3}, 1), ov::Strides{1, 1}, ov::CoordinateDiff{1, 1},
      ov::CoordinateDiff{1, 1}, ov::Strides{1, 1});
  const auto flat = std::make_shared<op::Reshape>(relu(conv), integers({0, 6 * 36}), true);
  const auto runner =
      saved(folder / "m.xml",
            std::make_shared<op::MatMul>(flat, random_constant({3, 216}, 2), false, true), {x});
  const auto values = random_floats(10 * 144, 3);
  write_npz(folder / "d.npz", {{"x", npy("<f4", {10, 4, 6, 6}, values)}});
  const auto data = load_dataset(folder / "d.npz");
  CalibrationOptions options;
  options.samples = 7;
  options.max_rows = 30;
  const auto all = calibrate(runner, data, options);
  REQUIRE(all.size() == 2);
  CHECK(all[0].count == 7 * 144);
  // With room for all, the kept values are the data itself.
  CHECK(all[0].values == std::vector<float>(values.begin(), values.begin() + 7 * 144));
  CHECK(all[0].min == *std::min_element(all[0].values.begin(), all[0].values.end()));
  CHECK(all[0].max == *std::max_element(all[0].values.begin(), all[0].values.end()));
  CHECK_FALSE(all[0].non_negative());
  CHECK(all[1].count == 7 * 216);
  CHECK(all[1].non_negative());
  CHECK(all[1].zeros ==
        static_cast<size_t>(std::count(all[1].values.begin(), all[1].values.end(), 0.0f)));
  CHECK(all[1].zeros > 100);
  REQUIRE(all[0].row_count == 30);
  REQUIRE(all[0].rows.size() == 30 * 2 * 18);

  // Each row times the weights must be one of the values the layer really puts out there.
  const auto& layer = runner.layers()[0];
  const auto y = plain_layer(layer, {7, 4, 6, 6}, {7, 6, 6, 6}, values.data());
  size_t found = 0;
  for (size_t r = 0; r < 30; ++r) {
    double expected[6];
    for (size_t o = 0; o < 6; ++o) {
      expected[o] = 0;
      for (size_t i = 0; i < 18; ++i) {
        expected[o] += static_cast<double>(layer.weights[o * 18 + i]) *
                       static_cast<double>(all[0].rows[(r * 2 + o / 3) * 18 + i]);
      }
      expected[o] = std::max(expected[o], 0.0);
    }
    bool match = false;
    for (size_t s = 0; s < 7 && !match; ++s) {
      for (size_t p = 0; p < 36 && !match; ++p) {
        match = true;
        for (size_t o = 0; o < 6; ++o) {
          match = match && std::abs(y[(s * 6 + o) * 36 + p] - expected[o]) < 1e-9;
        }
      }
    }
    found += match;
  }
  CHECK(found == 30);
  CHECK(all[1].row_count == 7);  // one position a sample: each once
}

TEST_CASE("calibration keeps a fair sample, the same for the same seed", "[model][calibration]") {
  const ScratchFolder folder;
  const auto x = input({-1, 1000});
  const auto runner =
      saved(folder / "m.xml",
            std::make_shared<op::MatMul>(x, random_constant({2, 1000}, 1), false, true), {x});
  std::vector<float> values(200 * 1000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  write_npz(folder / "d.npz", {{"x", npy("<f4", {200, 1000}, values)}});
  const auto data = load_dataset(folder / "d.npz");
  CalibrationOptions options;
  options.max_values = 4000;
  options.max_rows = 50;
  const auto once = calibrate(runner, data, options).at(0);
  const auto again = calibrate(runner, data, options).at(0);
  CHECK(once.values == again.values);
  CHECK(once.rows == again.rows);
  options.seed = 2;
  CHECK(calibrate(runner, data, options).at(0).values != once.values);
  REQUIRE(once.values.size() == 4000);
  double mean = 0;
  for (const float v : once.values) mean += static_cast<double>(v) / 4000;
  // Uniform on 0..200000: standard error of the mean is 57735/sqrt(4000) = 913.
  CHECK(std::abs(mean - 100000) < 4 * 913);
  CHECK(once.row_count == 50);  // 200 samples: one of every four gives its row
  for (size_t r = 0; r < 50; ++r) {
    const float first = once.rows[r * 1000];
    CHECK(first >= static_cast<float>(4 * r * 1000));
    CHECK(first < static_cast<float>(4 * (r + 1) * 1000));
  }
  options.max_rows = 300;  // more than there are: each once
  const auto every = calibrate(runner, data, options).at(0);
  REQUIRE(every.row_count == 200);
  CHECK(every.rows == values);
}

TEST_CASE("calibration runs on a substituted prefix", "[model][calibration]") {
  const ScratchFolder folder;
  const auto runner = passing_network(folder);
  const auto data = one_hot(folder, {0, 1}, {0, 1});
  Substitution base;
  base.layers[0].input_tap = [](const LayerCall& call) {
    for (size_t i = 0; i < call.samples * 4; ++i) call.output[i] = 0.5f * call.input[i];
  };
  const auto seen = calibrate(runner, data, {}, base).at(0);
  CHECK(seen.values == std::vector<float>{0.5f, 0, 0, 0, 0, 0.5f, 0, 0});
}
