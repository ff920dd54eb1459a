// SPDX-License-Identifier: Apache-2.0
// Going through a network layer by layer, deciding at each how it is computed from there on.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "golden/model/calibration.hpp"

namespace tally {

/// A layer on other activations, weights and bias than the network's.
struct QuantizedCall {
  std::shared_ptr<const std::vector<float>> halves;  ///< dequantized_halves() of the activations
  std::vector<float> weights;                        ///< [outputs][k]
  std::vector<float> bias;                           ///< [outputs]
};

/// Sees what calibration keeps of layer `index`, as the layers before it make it; says how the
/// layer is computed in the rest of the pass: nothing means in float.
using LayerVisitor =
    std::function<std::optional<QuantizedCall>(size_t index, const LayerActivations& seen)>;

/// Calls `visit` for every layer of the network in order, over the same samples. All samples go
/// through in one inference, so that the whole pass costs as much as running the network once; the
/// rows kept are those that calibrate() keeps. A network of a fixed batch below the number of
/// samples, or with layers of several places, runs once a layer instead; a layer of several places
/// is still in float at all of them when it is visited. Memory: the activations of all samples at
/// the widest place, and what is kept of one layer. Products
/// are computed as `base` says, which has no layers. Error: as calibrate(), and whatever `visit`
/// throws.
void visit_layers(const ModelRunner& runner, const Dataset& dataset,
                  const CalibrationOptions& options, int threads, const LayerVisitor& visit,
                  const Substitution& base = {});

}  // namespace tally
