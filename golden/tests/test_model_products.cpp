// SPDX-License-Identifier: Apache-2.0
// Products of two activations in a network: sizes, orders of the operands, taps, replacements.
#include <catch2/catch.hpp>
#include <map>

#include "golden/model/product_calibration.hpp"
#include "golden/tests/attention_model.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

// The product from its definition, in double.
void plain_product(const ProductCall& call) {
  const ProductInfo& p = call.product;
  for (size_t i = 0; i < call.instances; ++i) {
    std::vector<float> a(p.k), b(p.k);
    for (size_t m = 0; m < p.rows; ++m) {
      p.a_row(call.a + i * p.a_size(), m, a.data());
      for (size_t n = 0; n < p.columns; ++n) {
        p.b_column(call.b + i * p.b_size(), n, b.data());
        double sum = 0;
        for (size_t k = 0; k < p.k; ++k) sum += static_cast<double>(a[k]) * b[k];
        call.output[(i * p.rows + m) * p.columns + n] = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace

TEST_CASE("products of attention are found with their sizes, and count as quantizable",
          "[model][products]") {
  const ScratchFolder folder;
  for (const bool turned : {false, true}) {
    CAPTURE(turned);
    const auto x = attention_input();
    const auto runner = saved(folder / "m.xml", attention(x, turned), {x});
    REQUIRE(runner.products().size() == 2);
    const ProductInfo& scores = runner.products()[0];
    CHECK(scores.name == "scores");
    CHECK(std::vector<size_t>{scores.rows, scores.k, scores.columns, scores.heads} ==
          std::vector<size_t>{kTokens, kEach, kTokens, kHeads});
    CHECK(scores.macs == kHeads * kTokens * kEach * kTokens);
    const ProductInfo& mixed = runner.products()[1];
    CHECK(std::vector<size_t>{mixed.rows, mixed.k, mixed.columns, mixed.heads} ==
          std::vector<size_t>{kTokens, kTokens, kEach, kHeads});
    CHECK(mixed.a_by_columns == turned);
    CHECK(mixed.b_by_columns);
    CHECK(runner.info().left_out.empty());
    CHECK(runner.info().quantizable_share() == 1.0);
    CHECK(runner.info().host_operations.count("MatMul") == 0);
  }
}

TEST_CASE("a replaced product computed in double gives the network's own result",
          "[model][products]") {
  const ScratchFolder folder;
  const auto values = random_floats(7 * kTokens * kWide, 5);
  for (const bool turned : {false, true}) {
    CAPTURE(turned);
    const auto x = attention_input();
    const auto runner = saved(folder / "m.xml", attention(x, turned), {x});
    const auto expected = runner.unfolded_session(3).run(values.data(), 7);
    Substitution replaced;
    size_t samples = 0;
    for (const size_t i : {0u, 1u}) {
      replaced.products[i].replace = [&](const ProductCall& call) {
        samples += call.samples;
        plain_product(call);
      };
    }
    CHECK(largest_difference(runner.session(replaced, 3).run(values.data(), 7), expected) < 1e-5);
    CHECK(samples == 2 * 7);
    Substitution taps;
    taps.products[1].tap = [](const ProductCall&) {};
    CHECK(runner.session(taps, 3).run(values.data(), 7) ==
          runner.session({}, 3).run(values.data(), 7));
    // Values times 2 and times 1/2: a tap changes both sides, for this product only.
    taps.products[1].tap = [](const ProductCall& call) {
      for (size_t i = 0; i < call.instances * call.product.a_size(); ++i) call.new_a[i] *= 2;
      for (size_t i = 0; i < call.instances * call.product.b_size(); ++i) call.new_b[i] *= 0.5F;
    };
    CHECK(largest_difference(runner.session(taps, 3).run(values.data(), 7), expected) < 1e-5);
  }
}

TEST_CASE("products that cannot be quantized are left out with the reason", "[model][products]") {
  const ScratchFolder folder;
  const auto reason = [&](const NodePtr& y, const std::shared_ptr<op::Parameter>& x) {
    const auto runner = saved(folder / "m.xml", named(y, "p"), {x});
    CHECK(runner.products().empty());
    REQUIRE(runner.info().left_out.size() == 1);
    CHECK_THAT(runner.info().left_out[0], says("MatMul p: "));
    return runner.info().left_out[0];
  };
  const auto x = input({-1, 2, 4, 4});
  const auto row = std::make_shared<op::ReduceMean>(x, integers({1}), true);
  CHECK_THAT(reason(std::make_shared<op::MatMul>(x, row, false, true), x), says("several"));
  CHECK_THAT(reason(std::make_shared<op::MatMul>(random_constant({1, 2, 4, 4}, 1), x), x),
             says("first operand is constant"));
  const auto flat = input({-1, 4});
  CHECK_THAT(reason(std::make_shared<op::MatMul>(flat, flat, true, false), flat),
             says("no batch dimension"));
}

TEST_CASE("NaN in an operand is refused with product, side and sample", "[model][products]") {
  const ScratchFolder folder;
  const auto x = attention_input();
  const auto y = std::make_shared<op::MatMul>(std::make_shared<op::Sqrt>(x), x, false, true);
  const auto runner = saved(folder / "m.xml", named(y, "p"), {x});
  std::vector<float> values(3 * kTokens * kWide, 0.5F);
  values[2 * kTokens * kWide + 7] = -1;
  Substitution taps;
  taps.products[0].tap = [](const ProductCall&) {};
  Session session = runner.session(taps, 3);
  const std::string error = error_of([&] { session.run(values.data(), 3); });
  CHECK_THAT(error, says("product p") && says("first operand") && says("sample 2") && says("nan"));
}

TEST_CASE("calibration keeps true rows and whole second operands of instances of all samples",
          "[model][products]") {
  const ScratchFolder folder;
  const auto x = attention_input();
  const auto runner = saved(folder / "m.xml", attention(x, true), {x});
  write_attention_data(folder / "d.npz", 12);
  const auto data = load_dataset(folder / "d.npz");
  // All operands by columns of b, as the oracle: which a rows belong to it.
  std::map<std::vector<float>, std::vector<std::vector<float>>> all;
  Substitution taps;
  taps.products[1].tap = [&](const ProductCall& call) {
    const ProductInfo& p = call.product;
    for (size_t i = 0; i < call.samples * p.heads; ++i) {
      std::vector<float> b;
      for (size_t n = 0; n < p.columns; ++n) {
        for (size_t k = 0; k < p.k; ++k) b.push_back(call.b[i * p.b_size() + k * p.columns + n]);
      }
      for (size_t m = 0; m < p.rows; ++m) {
        std::vector<float> row;
        for (size_t k = 0; k < p.k; ++k) row.push_back(call.a[i * p.a_size() + k * p.rows + m]);
        all[b].push_back(row);
      }
    }
  };
  Session session = runner.session(taps, 5);
  feed(session, data, 0, 12);
  REQUIRE(all.size() == 12 * kHeads);

  ProductCalibrationOptions options;
  options.instances = 9;
  options.rows = 2;
  const auto seen = calibrate_products(runner, data, options).at(1);
  REQUIRE(seen.instances == 9);
  REQUIRE(seen.rows == 2);
  CHECK(seen.min_a >= 0);  // behind a softmax
  CHECK(seen.min_b < 0);
  int checks = 0;
  for (size_t i = 0; i < 9; ++i) {
    const auto first = seen.b.begin() + static_cast<long>(i * kEach * kTokens);
    const auto found = all.find({first, first + static_cast<long>(kEach * kTokens)});
    REQUIRE(found != all.end());
    for (size_t r = 0; r < 2; ++r) {
      const auto at = seen.a.begin() + static_cast<long>((r * 9 + i) * kTokens);
      const std::vector<float> row(at, at + static_cast<long>(kTokens));
      CHECK(std::count(found->second.begin(), found->second.end(), row) > 0);
      ++checks;
    }
  }
  CHECK(checks == 18);
  const auto again = calibrate_products(runner, data, options).at(1);
  CHECK((again.a == seen.a && again.b == seen.b));
}
