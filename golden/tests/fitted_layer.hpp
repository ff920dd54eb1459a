// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "golden/core/segments.hpp"
#include "golden/program/program.hpp"
#include "golden/search/digit_fit.hpp"

namespace tally::testing {

/// A fitted layer as the device computes it, in segments proved for counters of 10 bits.
inline DeviceLayer fitted_device_layer(const DigitParams& p, const std::string& name, bool relu) {
  DeviceLayer layer;
  layer.name = name;
  layer.number_system = p.options.keeps_all() ? kUniform : kReveal;
  layer.n = 7;
  layer.hese = p.options.encoding == DigitEncoding::kHese;
  layer.group = p.options.group;
  layer.budget = p.options.full_budget();
  layer.terms = p.options.full_terms();
  layer.relu = relu;
  layer.boundaries = p.boundaries;
  const std::size_t outputs = p.scale_w.size();
  layer.inputs = p.weights.size() / outputs;
  layer.weights.assign(p.weights.begin(), p.weights.end());
  layer.segment = largest_segment(p.weights, outputs, p.options.weight_limit(), 10);
  for (std::size_t o = 0; o < outputs; ++o) {
    layer.channels.push_back(
        {.c1 = static_cast<float>(p.scale_a * p.scale_w[o]), .bias = p.bias[o]});
  }
  return layer;
}

}  // namespace tally::testing
