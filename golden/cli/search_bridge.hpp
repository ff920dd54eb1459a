// SPDX-License-Identifier: Apache-2.0
// Between the network (golden/model), the search on plain data (golden/search) and plan files.
#pragma once

#include <string>
#include <vector>

#include "golden/core/group_selection.hpp"
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

/// Digits that the hardware keeps of a layer's weights and data.
struct DigitChoice {
  TermLimit limit;
  int terms = 0;
};

/// Those of a reveal layer; of a uniform one as many as its values have, in groups of `group`.
DigitChoice digit_choice(const LayerParams& params, DigitEncoding encoding, int group);

/// What the search found, as a layer of a plan: with tables, histograms, segment and the checksum
/// of the codes.
/// Uniform layers get digits of `encoding` in groups of `group`; of reveal layers the parameters
/// say it.
LayerPlan layer_plan(const LayerParams& params, const LayerInfo& info,
                     const LayerActivations& activations,
                     DigitEncoding encoding = DigitEncoding::kHese, int group = 1);

}  // namespace tally
