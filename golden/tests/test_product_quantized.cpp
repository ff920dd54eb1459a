// SPDX-License-Identifier: Apache-2.0
// Products of two activations, quantized on both sides: levels against brute force, results of the
// fake-quantized network and of the emulator against a direct computation in double.
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/cli/device_network.hpp"
#include "golden/cli/product_search.hpp"
#include "golden/cli/quantize_product.hpp"
#include "golden/core/half.hpp"
#include "golden/tests/attention_model.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

constexpr std::size_t kData = 40;

struct Bench {
  ScratchFolder folder;
  std::shared_ptr<op::Parameter> x = attention_input();
  ModelRunner runner = saved(folder / "m.xml", attention(x, true), {x});
  Dataset data = load();

  Dataset load() const {
    write_attention_data(folder / "d.npz", kData);
    return load_dataset(folder / "d.npz");
  }
  std::vector<ProductPlan> search(int n, const std::vector<NumberSystem>& systems) const {
    return search_products(runner, data, {kData, kData, 0, true}, n, systems, 2, nullptr);
  }
};

// The value of a code from the parameters, not from the tables of the plan.
double level(const ProductPlan& p, const OperandPlan& side, int index) {
  if (index == 0) return 0;
  if (p.number_system == "uniform") return index * side.alpha;
  return side.alpha * std::pow(static_cast<double>(p.base), index - (1 << (p.n - 1))) + side.beta;
}

// What x becomes: binary16, then the number of boundaries that it reaches.
double quantized(const ProductPlan& p, const OperandPlan& side, float x) {
  const float rounded = half_to_float(half_from_float(x));
  int index = 0;
  for (std::size_t j = 1; j < side.boundaries.size(); ++j) {
    index += half_to_float(side.boundaries[j]) <= std::abs(rounded) ? 1 : 0;
  }
  return std::copysign(level(p, side, index), rounded);
}

// Element [m][n] of instance i, and the sum of the absolute terms.
std::pair<double, double> direct(const ProductPlan& p, const ProductCall& call, std::size_t i,
                                 std::size_t m, std::size_t n) {
  const ProductInfo& s = call.product;
  double sum = 0;
  double size = 0;
  for (std::size_t k = 0; k < s.k; ++k) {
    const float a = call.a[i * s.a_size() + (s.a_by_columns ? k * s.rows + m : m * s.k + k)];
    const float b = call.b[i * s.b_size() + (s.b_by_columns ? k * s.columns + n : n * s.k + k)];
    const double term = quantized(p, p.a, a) * quantized(p, p.b, b);
    sum += term;
    // beta may cancel: the terms of the counted sum are larger than its result.
    const double abs_a = std::abs(quantized(p, p.a, a)) + 2 * std::abs(p.a.beta);
    const double abs_b = std::abs(quantized(p, p.b, b)) + 2 * std::abs(p.b.beta);
    size += term == 0 ? 0 : abs_a * abs_b;
  }
  return {sum, size};
}

}  // namespace

TEST_CASE("second operands go to the nearest level, in both number systems", "[products]") {
  const Bench bench;
  int checks = 0;
  for (const NumberSystem system : {kExponential, kUniform}) {
    for (const int n : {2, 3, 5, 7}) {
      for (const ProductPlan& p : bench.search(n, {system})) {
        CAPTURE(to_string(system), n, p.name);
        CHECK(p.stored_bits == n + 1);
        const int top = (1 << n) - 1;
        for (const float x : random_floats(500, 17)) {
          const double value = 3 * static_cast<double>(half_to_float(half_from_float(x)));
          const float half = half_to_float(half_from_float(static_cast<float>(value)));
          double nearest = std::abs(half);  // distance to zero
          for (int i = 1; i <= top; ++i) {
            nearest = std::min(nearest, std::abs(std::abs(half) - level(p, p.b, i)));
          }
          const double got = quantized(p, p.b, half);
          // A boundary is rounded up to binary16: half a unit in the last place of |x|.
          REQUIRE(std::abs(got - half) <= nearest + std::abs(half) * 0x1p-10);
          ++checks;
        }
      }
    }
  }
  REQUIRE(checks == 2 * 4 * 2 * 500);
}

TEST_CASE("a fake-quantized product multiplies what the codes are worth", "[products]") {
  const Bench bench;
  int checks = 0;
  for (const NumberSystem system : {kExponential, kUniform}) {
    for (const int n : {3, 7}) {
      const auto products = bench.search(n, {system});
      Substitution substitution = with_products({}, products);
      for (std::size_t i = 0; i < products.size(); ++i) {
        const ProductPlan& p = products[i];
        substitution.products[i].tap =
            [&, inner = substitution.products[i].tap](const ProductCall& call) {
              inner(call);
              for (std::size_t j = 0; j < call.instances * call.product.a_size(); ++j) {
                REQUIRE(call.new_a[j] == Approx(quantized(p, p.a, call.a[j])).epsilon(1e-6));
                ++checks;
              }
              for (std::size_t j = 0; j < call.instances * call.product.b_size(); ++j) {
                REQUIRE(call.new_b[j] == Approx(quantized(p, p.b, call.b[j])).epsilon(1e-6));
                ++checks;
              }
            };
      }
      Session session = bench.runner.session(substitution, 16);
      feed(session, bench.data, 0, 16);
    }
  }
  REQUIRE(checks == 4 * 16 * 2 * (12 + 12 + 16 + 12));
}

TEST_CASE("products on the emulator equal a direct computation in double", "[products]") {
  const Bench bench;
  int checks = 0;
  for (const NumberSystem system : {kExponential, kUniform}) {
    for (const int n : {3, 5, 7}) {
      const auto products = bench.search(n, {system});
      CAPTURE(to_string(system), n);
      DeviceNetwork network(bench.runner, {}, products, choose_config("auto", {}, products),
                            nullptr);
      Substitution substitution = network.substitution();
      for (std::size_t i = 0; i < products.size(); ++i) {
        substitution.products[i].replace =
            [&, i, inner = substitution.products[i].replace](const ProductCall& call) {
              inner(call);
              const ProductInfo& s = call.product;
              for (std::size_t at = 0; at < call.samples * s.heads * s.output_size(); ++at) {
                const std::size_t instance = at / s.output_size();
                const std::size_t m = at % s.output_size() / s.columns;
                const auto [exact, size] = direct(products[i], call, instance, m, at % s.columns);
                const double tolerance = 2e-6 * size + std::max(0x1p-11 * std::abs(exact), 0x1p-25);
                REQUIRE(std::abs(call.output[at] - exact) <= tolerance);
                ++checks;
              }
            };
      }
      Session session = bench.runner.session(substitution, 8);
      feed(session, bench.data, 0, 10);  // the second batch is not full
      const auto runs = network.layer_runs();
      REQUIRE(runs.size() == 2);
      for (const LayerRun& run : runs) {
        CHECK(run.compared > 0);
        CHECK(run.mismatches == 0);
        CHECK(run.multiplications > 0);
      }
      CHECK(runs[0].name == "scores");
      CHECK(runs[0].compared == 10 * static_cast<long>(kHeads * kTokens * kTokens));
    }
  }
  REQUIRE(checks == 2 * 3 * 10 * static_cast<int>(kHeads * (kTokens * kTokens + kTokens * kEach)));
}

TEST_CASE("of two number systems a product takes the one of less output error", "[products]") {
  const Bench bench;
  const auto exponential = bench.search(3, {kExponential});
  const auto uniform = bench.search(3, {kUniform});
  const auto best = bench.search(3, {kExponential, kUniform});
  REQUIRE(best.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(best[i].output_error == std::min(exponential[i].output_error, uniform[i].output_error));
    CHECK(best[i].output_error > 0);
    CHECK(bench.search(7, {kUniform})[i].output_error < uniform[i].output_error / 10);
  }
}
