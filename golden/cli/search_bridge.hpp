// SPDX-License-Identifier: Apache-2.0
// Between the network (golden/model), the search on plain data (golden/search) and plan files.
#pragma once

#include <string>
#include <vector>

#include "golden/model/calibration.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/plan.hpp"
#include "golden/search/layer_search.hpp"

namespace tally {

/// A layer and its calibration data for the search; refers to both arguments.
LayerData layer_data(const LayerInfo& info, const LayerActivations& activations);

/// The layer's exact outputs on the calibration rows, bias included: [row_count][outputs].
std::vector<float> exact_outputs(const LayerInfo& info, const LayerActivations& activations);

/// OpenVINO computes the layer on these quantized activations and weights and this bias.
LayerSubstitution substitution_of(const FakeLayer& layer);

/// What the search found, as a layer of a plan: with tables, histograms, segment and the checksum
/// of the codes.
LayerPlan layer_plan(const LayerParams& params, const LayerInfo& info,
                     const LayerActivations& activations);

}  // namespace tally
