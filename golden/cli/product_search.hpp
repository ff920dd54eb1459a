// SPDX-License-Identifier: Apache-2.0
// Parameters of the products of two activations: both sides found offline, codes made at run time.
#pragma once

#include <vector>

#include "golden/cli/searched_network.hpp"
#include "golden/model/product_calibration.hpp"
#include "golden/plan/product_plan.hpp"
#include "golden/search/layer_search.hpp"

namespace tally {

/// A product's calibration as a layer for the search: every kept instance is a group, its b the
/// group's weights, its rows of a the group's inputs. One set of levels serves all instances, as at
/// run time nothing is known of any. Refers to `seen` and `bias`, which becomes zeros.
LayerData product_data(const ProductInfo& info, const ProductActivations& seen,
                       std::vector<float>& bias);

/// What a search of product_data() found, as a product of a plan.
ProductPlan product_plan(const LayerParams& params, const ProductInfo& info);

/// Every product of the network with n bits, in the system of least output error on the tuning part
/// of the calibration data. The result does not depend on `threads`; `store` may be null. Error
/// naming the product when it cannot be quantized.
std::vector<ProductPlan> search_products(const ModelRunner& runner, const Dataset& data,
                                         const CalibrationSplit& parts, int n,
                                         const std::vector<NumberSystem>& systems, int threads,
                                         ResultStore* store);

}  // namespace tally
