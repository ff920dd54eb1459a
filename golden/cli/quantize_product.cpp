// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/quantize_product.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "golden/cli/digit_layer.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/core/counting.hpp"
#include "golden/core/error.hpp"

namespace tally {
namespace {

ExponentialParams levels_of(const ProductPlan& product, const OperandPlan& side) {
  return {product.n, product.base, side.alpha, side.beta};
}

void check_product(const ProductPlan& product, const ProductInfo& info, const std::string& what) {
  const auto same = [](std::int64_t planned, std::size_t is) {
    return planned == static_cast<std::int64_t>(is);
  };
  if (!same(product.rows, info.rows) || !same(product.inputs, info.k) ||
      !same(product.columns, info.columns) || !same(product.heads, info.heads)) {
    throw Error(
        fmt::format("{}: {} times [{} x {}] by [{} x {}] in the plan, {} times [{} x {}] "
                    "by [{} x {}] in the model",
                    what, product.heads, product.rows, product.inputs, product.inputs,
                    product.columns, info.heads, info.rows, info.k, info.k, info.columns));
  }
  check_level_table({product.a.magnitudes, product.a.boundaries}, what + ", first operand");
  check_level_table({product.b.magnitudes, product.b.boundaries}, what + ", second operand");
  if (product.counts_digits()) return;
  const ExponentialParams a = levels_of(product, product.a);
  const ExponentialParams b = levels_of(product, product.b);
  check_params(a, what + ", first operand");
  check_params(b, what + ", second operand");
  check_polynomial_range(product.n, product.base, info.k, what);
  coefficients(a, b, what);
}

}  // namespace

std::vector<ProductPlan> products_of(const Plan& plan, const std::string& plan_path,
                                     const ModelRunner& runner) {
  for (const ProductPlan& product : plan.products) {
    const auto& known = runner.products();
    if (std::none_of(known.begin(), known.end(),
                     [&](const ProductInfo& info) { return info.name == product.name; })) {
      throw Error(fmt::format("{}: product {} is not in the model {}", plan_path, product.name,
                              runner.info().path));
    }
  }
  std::vector<ProductPlan> products;
  if (plan.products.empty()) return products;
  for (const ProductInfo& info : runner.products()) {
    const auto found =
        std::find_if(plan.products.begin(), plan.products.end(),
                     [&](const ProductPlan& product) { return product.name == info.name; });
    if (found == plan.products.end()) {
      throw Error(fmt::format("{}: product {} is missing", plan_path, info.name));
    }
    check_product(*found, info, fmt::format("{}: product {}", plan_path, info.name));
    products.push_back(*found);
  }
  return products;
}

ProductSubstitution fake_quantized(const ProductPlan& product) {
  const auto halves = [](const OperandPlan& side) {
    return std::make_shared<const std::vector<float>>(
        dequantized_halves({side.magnitudes, side.boundaries}));
  };
  ProductSubstitution substitution;
  substitution.tap = [a = halves(product.a), b = halves(product.b)](const ProductCall& call) {
    const std::size_t size_a = call.instances * call.product.a_size();
    const std::size_t size_b = call.instances * call.product.b_size();
    fake_quantize({call.a, size_a}, *a, {call.new_a, size_a});
    fake_quantize({call.b, size_b}, *b, {call.new_b, size_b});
  };
  return substitution;
}

Substitution with_products(Substitution substitution, const std::vector<ProductPlan>& products) {
  for (std::size_t i = 0; i < products.size(); ++i) {
    substitution.products[i] = fake_quantized(products[i]);
  }
  return substitution;
}

QuantizedLayer product_instance(const ProductPlan& product, std::span<const std::uint16_t> b) {
  QuantizedLayer layer;
  const auto columns = static_cast<std::size_t>(product.columns);
  LayerPlan& plan = layer.plan;
  plan.name = product.name;
  plan.kind = "MatMul";
  plan.number_system = product.number_system;
  plan.method = product.method;
  plan.n = product.n;
  plan.inputs = product.inputs;
  plan.outputs = product.columns;
  plan.vectors = product.rows;
  plan.magnitudes_a = product.a.magnitudes;
  plan.boundaries_a = product.a.boundaries;
  plan.bias.assign(columns, 0.0F);
  plan.stored_bits = product.stored_bits;
  layer.table = {product.a.magnitudes, product.a.boundaries};
  for (const std::uint16_t x : b) {
    bool nan = false;  // refused before: Substitution::check_finite
    layer.codes.push_back(quantize_code(x, product.b.boundaries, nan));
  }
  if (product.counts_digits()) {
    LayerParams params;
    params.system = kUniform;
    params.n = product.n;
    params.boundaries = product.a.boundaries;
    const DigitChoice digits = digit_choice(params, DigitEncoding::kHese, 1);
    plan.hese = true;
    plan.group = digits.limit.group;
    plan.budget = digits.limit.budget;
    plan.terms = digits.terms;
    plan.scale_a = product.a.alpha;
    plan.scale_w.assign(columns, product.b.alpha);
    layer.codes = int8_of_codes(layer.codes);
    return layer;
  }
  plan.rounding = "nearest";
  plan.base = product.base;
  plan.offset = product.offset;
  plan.alpha_a = product.a.alpha;
  plan.beta_a = product.a.beta;
  layer.activation = levels_of(product, product.a);
  layer.weight.assign(columns, levels_of(product, product.b));
  return layer;
}

LayerInfo instance_info(const ProductInfo& product) {
  LayerInfo info;
  info.name = product.name;
  info.kind = LayerKind::kMatMul;
  info.k = product.k;
  info.outputs = product.columns;
  info.macs = product.rows * product.k * product.columns;
  return info;
}

}  // namespace tally
