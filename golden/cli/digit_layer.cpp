// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/digit_layer.hpp"

#include "golden/core/level_table.hpp"

namespace tally {

std::vector<double> digit_magnitudes(double scale, DigitEncoding encoding, int terms) {
  std::vector<double> magnitudes;
  for (int i = 0; i <= 127; ++i) {
    magnitudes.push_back(scale * digits_value(keep_largest(encode_digits(i, encoding), terms)));
  }
  return magnitudes;
}

std::vector<std::uint8_t> int8_of_codes(std::span<const std::uint8_t> codes) {
  std::vector<std::uint8_t> integers;
  integers.reserve(codes.size());
  for (const std::uint8_t code : codes) {
    const int q = code_is_negative(code) ? -code_index(code) : code_index(code);
    integers.push_back(static_cast<std::uint8_t>(q));
  }
  return integers;
}

TermLimit term_limit(const LayerPlan& plan) {
  return {hardware_encoding(plan.hese), plan.group, plan.budget};
}

}  // namespace tally
