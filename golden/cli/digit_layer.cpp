// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/digit_layer.hpp"

namespace tally {

std::vector<double> digit_magnitudes(double scale, DigitEncoding encoding, int terms) {
  std::vector<double> magnitudes;
  for (int i = 0; i <= 127; ++i) {
    magnitudes.push_back(scale * digits_value(keep_largest(encode_digits(i, encoding), terms)));
  }
  return magnitudes;
}

TermLimit term_limit(const LayerPlan& plan) {
  return {hardware_encoding(plan.hese), plan.group, plan.budget};
}

}  // namespace tally
