// SPDX-License-Identifier: Apache-2.0
// Metrics of outputs against labels and against the float network.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "golden/model/evaluate.hpp"
#include "golden/tests/ov_models.hpp"

using namespace tally;
using namespace tally::testing;

TEST_CASE("perplexity is the number of classes for equal scores and follows its definition",
          "[metric]") {
  const std::vector<float> flat(5 * 7, 0.25f);
  const std::vector<std::int64_t> labels{0, 6, 3, 2, 1};
  CHECK(score(Metric::kPerplexity, flat, 7, labels, {}).value == Approx(7));
  // Oracle: the product of the probabilities, each from its own sum.
  const auto logits = random_floats(5 * 7, 11);
  double product = 1;
  for (size_t i = 0; i < 5; ++i) {
    double sum = 0;
    for (size_t c = 0; c < 7; ++c) sum += std::exp(static_cast<double>(logits[i * 7 + c]));
    product *= std::exp(static_cast<double>(logits[i * 7 + static_cast<size_t>(labels[i])])) / sum;
  }
  const Score got = score(Metric::kPerplexity, logits, 7, labels, {});
  CHECK(got.value == Approx(std::pow(product, -1.0 / 5)).epsilon(1e-9));
  CHECK(got.count == 5);
}

TEST_CASE("outputs that are probabilities already are not normalized again", "[metric]") {
  const std::vector<float> sure{0.9f, 0.1f, 0.2f, 0.8f};
  const std::vector<std::int64_t> labels{0, 1};
  CHECK(are_probabilities(sure, 2));
  CHECK_FALSE(are_probabilities(std::vector<float>{0.9f, 0.2f}, 2));
  CHECK_FALSE(are_probabilities(std::vector<float>{1.5f, -0.5f}, 2));
  const Score got = score(Metric::kPerplexity, sure, 2, labels, {});
  CHECK(got.value == Approx(1 / std::sqrt(0.9 * 0.8)));
}

TEST_CASE("loss points are zero for equal scores and positive for worse ones", "[metric]") {
  const auto at = [](Metric metric, double value) {
    Score made;
    made.metric = metric;
    made.value = value;
    return made;
  };
  CHECK(loss_points(at(Metric::kTop1, 0.92), at(Metric::kTop1, 0.915)) == Approx(0.5));
  CHECK(loss_points(at(Metric::kPerplexity, 8), at(Metric::kPerplexity, 8.4)) == Approx(5));
  CHECK(loss_points(at(Metric::kEmbedding, 1), at(Metric::kEmbedding, 0.99)) == Approx(1));
  for (const auto metric : {Metric::kTop1, Metric::kPerplexity, Metric::kEmbedding}) {
    CHECK(loss_points(at(metric, 0.5), at(metric, 0.5)) == 0);
    CHECK(metric_of(to_string(metric)) == metric);
  }
  CHECK_THAT(error_of([] { metric_of("bleu"); }), says("'bleu'") && says("perplexity"));
}

TEST_CASE("an embedding is compared by angle and by its nearest neighbour", "[metric]") {
  // Four directions in the plane; doubling the length changes nothing.
  const auto directions = [](const std::vector<double>& degrees, float length) {
    std::vector<float> rows;
    for (const double d : degrees) {
      rows.push_back(length * static_cast<float>(std::cos(d * M_PI / 180)));
      rows.push_back(length * static_cast<float>(std::sin(d * M_PI / 180)));
    }
    return rows;
  };
  const auto exact = directions({0, 10, 90, 120}, 1);
  const Score same = score(Metric::kEmbedding, directions({0, 10, 90, 120}, 2), 2, {}, exact);
  CHECK(same.value == Approx(1));
  CHECK(same.agreement == 1);
  CHECK(same.divergence == Approx(0).margin(1e-6));
  // The second moves from 10 to 60 degrees: its nearest is now 90, and it is the nearest of 90 and,
  // still, of 0; 120 keeps 90.
  const Score moved = score(Metric::kEmbedding, directions({0, 60, 90, 120}, 1), 2, {}, exact);
  CHECK(moved.value == Approx((3 + std::cos(50 * M_PI / 180)) / 4).epsilon(1e-6));
  CHECK(moved.count == 4);
  CHECK(moved.agreement < 1);
  CHECK(moved.agreement >= 0.5);
  CHECK_THAT(error_of([&] {
               score(Metric::kEmbedding, std::vector<float>{1, 0, 0, 0}, 2, {}, {});
             }),
             says("sample 1 is zero"));
}

TEST_CASE("labels of every position make the metric perplexity", "[metric][eval]") {
  const ScratchFolder folder;
  // Two positions of three scores pass through.
  const auto x = input({-1, 6});
  std::vector<float> unit(36);
  for (size_t i = 0; i < 6; ++i) unit[i * 7] = 1;
  const auto runner = saved(
      folder / "m.xml", std::make_shared<op::MatMul>(x, constant({6, 6}, unit), false, true), {x});
  const auto values = random_floats(5 * 6, 3);
  const std::vector<std::int64_t> y{0, 1, 2, 0, 1, 1, 2, 2, 0, 0};
  write_npz(folder / "d.npz", {{"x", npy("<f4", {5, 6}, values)}, {"y", npy("<i8", {5, 2}, y)}});
  const auto data = load_dataset(folder / "d.npz");
  CHECK(data.labels_per_sample() == 2);
  Session session = runner.session({}, 2);
  EvalOptions options;
  options.first = 1;
  options.limit = 3;
  options.keep_outputs = true;
  const auto result = evaluate(session, data, options);
  CHECK(result.score.metric == Metric::kPerplexity);
  CHECK(result.classes == 3);
  CHECK(result.predicted.size() == 6);
  const std::vector<float> rows(values.begin() + 6, values.begin() + 24);
  const std::vector<std::int64_t> part(y.begin() + 2, y.begin() + 8);
  CHECK(result.score.value == Approx(score(Metric::kPerplexity, rows, 3, part, {}).value));
  options.reference = &result.outputs;
  CHECK(evaluate(session, data, options).score.divergence == Approx(0).margin(1e-12));

  write_npz(folder / "odd.npz", {{"x", npy("<f4", {2, 6}, random_floats(12, 3))},
                                 {"y", npy("<i8", {2, 4}, std::vector<std::int64_t>(8, 0))}});
  CHECK_THAT(error_of([&] { evaluate(session, load_dataset(folder / "odd.npz")); }),
             says("odd.npz: 4 labels a sample") && says("6 outputs"));
}
