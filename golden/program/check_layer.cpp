// SPDX-License-Identifier: Apache-2.0
#include "golden/program/check_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "golden/core/control_word.hpp"
#include "golden/core/error.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {

namespace {

constexpr std::size_t kMaxInputs = (std::size_t{1} << 20) - 1;

[[noreturn]] void refuse(const DeviceLayer& layer, const std::string& why) {
  throw Error(fmt::format("layer {}: {}", layer.name, why));
}

void check_sizes(const DeviceLayer& layer) {
  if (layer.inputs < 1 || layer.inputs > kMaxInputs) {
    refuse(layer, fmt::format("{} inputs, must be 1..{}", layer.inputs, kMaxInputs));
  }
  if (layer.segment < 1 || layer.segment > kMaxInputs) {
    refuse(layer, fmt::format("segment is {}, must be 1..{}", layer.segment, kMaxInputs));
  }
  if (layer.channels.empty()) refuse(layer, "no output channels");
  const std::size_t entries = std::size_t{1} << layer.n;
  if (layer.boundaries.size() != entries) {
    refuse(layer, fmt::format("{} boundaries, must be {}", layer.boundaries.size(), entries));
  }
  const std::size_t weights = layer.channels.size() * layer.inputs;
  if (layer.weights.size() != weights) {
    refuse(layer, fmt::format("{} weights, must be {}", layer.weights.size(), weights));
  }
}

void check_coefficients(const DeviceLayer& layer) {
  for (std::size_t channel = 0; channel < layer.channels.size(); ++channel) {
    const LaneCoefficients& c = layer.channels[channel];
    for (const auto& [name, value] :
         {std::pair{"c1", c.c1}, {"c2", c.c2}, {"c3", c.c3}, {"c4", c.c4}}) {
      if (value != 0 && !std::isnormal(value)) {
        refuse(layer, fmt::format("channel {}: {} is {}, must be 0 or a normal binary32 number",
                                  channel, name, value));
      }
    }
    if (!std::isfinite(c.bias)) {
      refuse(layer, fmt::format("channel {}: bias is {}", channel, c.bias));
    }
    if (!layer.offset && (c.c2 != 0 || c.c3 != 0 || c.c4 != 0)) {
      refuse(layer, fmt::format("channel {}: offset is off, but c2, c3 or c4 is not 0", channel));
    }
  }
}

void check_exponential(const DeviceLayer& layer) {
  if (layer.hese || layer.group != 1 || layer.budget != 0 || layer.terms != 0) {
    refuse(layer,
           fmt::format("hese {}, group {}, budget {}, terms {} in exponential, must be 0, 1, "
                       "0, 0",
                       layer.hese ? 1 : 0, layer.group, layer.budget, layer.terms));
  }
  if (!std::isfinite(layer.base) || layer.base <= 1) {
    refuse(layer, fmt::format("base is {}, must be above 1", layer.base));
  }
  const int r_max = (1 << (layer.n - 1)) - 1;
  const double log2_bound =
      std::log2(static_cast<double>(layer.inputs)) + 4.0 * r_max * std::log2(double{layer.base});
  if (log2_bound >= 126) {
    refuse(layer, fmt::format("base {} with {} inputs and n = {} can overflow: K*b^(4*Rmax) is "
                              "2^{:.1f}, must be below 2^126",
                              layer.base, layer.inputs, layer.n, log2_bound));
  }
  const auto bad = std::ranges::find_if(
      layer.weights, [&](std::uint8_t code) { return ((code & 0x7F) >> layer.n) != 0; });
  if (bad != layer.weights.end()) {
    refuse(layer, fmt::format("weight {} has code 0x{:02X}, index must be below {}",
                              bad - layer.weights.begin(), *bad, 1 << layer.n));
  }
}

void check_range(const DeviceLayer& layer, const char* name, int value, int low, int high) {
  if (value < low || value > high) {
    refuse(layer, fmt::format("{} is {}, must be {}..{}", name, value, low, high));
  }
}

void check_digits(const DeviceLayer& layer) {
  const bool reveal = layer.number_system == kReveal;
  if (layer.group < 1 || layer.group > 8 || !std::has_single_bit(unsigned(layer.group))) {
    refuse(layer, fmt::format("group is {}, must be 1, 2, 4 or 8", layer.group));
  }
  const int most = max_digits(hardware_encoding(layer.hese));
  check_range(layer, "budget", layer.budget, reveal ? 1 : most * layer.group, most * layer.group);
  check_range(layer, "terms", layer.terms, reveal ? 1 : most, most);
  if (layer.segment % static_cast<std::size_t>(layer.group) != 0) {
    refuse(layer, fmt::format("segment is {}, must be a multiple of the group size {}",
                              layer.segment, layer.group));
  }
  if (layer.inputs >= kMaxDigitInputs) {
    refuse(layer,
           fmt::format("{} inputs can overflow 32 bits: K*2^14 must be below 2^31", layer.inputs));
  }
  const auto bad = std::ranges::find(layer.weights, 0x80);
  if (bad != layer.weights.end()) {
    const std::size_t at = static_cast<std::size_t>(bad - layer.weights.begin());
    refuse(layer, fmt::format("channel {}: weight {} is -128, must be -127..127", at / layer.inputs,
                              at % layer.inputs));
  }
}

}  // namespace

void check_layer(const DeviceLayer& layer, const PeConfig& config) {
  const bool exponential = layer.number_system == kExponential;
  if (!exponential && !config.digits) {
    refuse(layer,
           fmt::format("configuration '{}' is built without uniform and reveal", config.name));
  }
  if (layer.n < (exponential ? 2 : 7) || layer.n > (exponential ? config.max_n : 7)) {
    refuse(layer, exponential ? fmt::format("n is {}, but configuration '{}' is built for 2..{}",
                                            layer.n, config.name, config.max_n)
                              : fmt::format("n is {}, must be 7 in uniform and reveal", layer.n));
  }
  if (!exponential && layer.offset)
    refuse(layer, "offset is on, must be off in uniform and reveal");
  check_sizes(layer);
  if (layer.boundaries[0] != 0) refuse(layer, "boundary entry 0 is not zero");
  if (const auto why = boundaries_fault(layer.boundaries); !why.empty()) refuse(layer, why);
  exponential ? check_exponential(layer) : check_digits(layer);
  check_coefficients(layer);
}

}  // namespace tally
