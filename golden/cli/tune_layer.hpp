// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "golden/cli/quantize_layer.hpp"
#include "golden/model/calibration.hpp"

namespace tally {

/// Exponential parameters of one layer for n bits that make the error of the layer's *output* on
/// calibration rows small: the base from a grid by that error; alpha and beta of the activations and
/// of each output channel by least squares on the values nearest to each level, weights counted by
/// the power of the activation they meet; nearest-value rounding with a zero code; the bias corrected
/// by the mean output error. Error: no usable activations.
LayerPlan tune_layer(const LayerInfo& info, const LayerActivations& activations, int n,
                     const std::string& where);

/// Fills what a plan says about a layer beyond its parameters: RMAE of both tensors, output error,
/// segment, histograms, checksum of the codes.
void measure_layer(LayerPlan& plan, const LayerInfo& info, const LayerActivations& activations,
                   const std::string& where);

/// The layer's parts that do not depend on the search: names, sizes, flags.
LayerPlan layer_outline(const LayerInfo& info);

/// Sets base, alpha, beta, the levels and boundaries of a plan from parameter sets.
void set_parameters(LayerPlan& plan, const ExponentialParams& activation, double zero_a,
                    const std::vector<ExponentialParams>& weight,
                    const std::vector<double>& zero_w, Rounding rounding);

/// Adds the mean difference between the float and the quantized output over the calibration rows to
/// the plan's bias.
void correct_bias(LayerPlan& plan, const LayerInfo& info, const LayerActivations& activations,
                  const std::string& where);

/// The layer under uniform quantization in `bits` bits: a tuned scale for the activations (which use
/// the sign bit for one more bit of magnitude where none is negative) and for each output channel.
LayerSubstitution uniform_layer(const LayerInfo& info, const LayerActivations& activations,
                                int bits);

}  // namespace tally
