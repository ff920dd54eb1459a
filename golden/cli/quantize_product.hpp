// SPDX-License-Identifier: Apache-2.0
// From a product of a plan to what computes with it: a fake-quantized product, device layers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/cli/quantize_layer.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/plan.hpp"

namespace tally {

/// The plan's products in the order of runner.products(), or none if the plan leaves all of them in
/// float. Error, starting with `plan_path`: one that the model lacks or the plan lacks, other sizes
/// than the model's, levels that the hardware cannot compute.
std::vector<ProductPlan> products_of(const Plan& plan, const std::string& plan_path,
                                     const ModelRunner& runner);

/// OpenVINO multiplies what the codes of both sides are worth: level 2 of docs/number-systems.md.
ProductSubstitution fake_quantized(const ProductPlan& product);

/// Puts the fake-quantized products, in the order of ModelRunner::products(), into a substitution.
Substitution with_products(Substitution substitution, const std::vector<ProductPlan>& products);

/// One instance as a layer: its weights are the codes of b, made here from binary16 values
/// [columns][k]; no bias, no ReLU.
QuantizedLayer product_instance(const ProductPlan& product, std::span<const std::uint16_t> b);

/// The layer that product_instance() is an instance of.
LayerInfo instance_info(const ProductInfo& product);

}  // namespace tally
