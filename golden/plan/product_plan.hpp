// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// One side of a product of two activations: code i means magnitudes[i], i = number of boundaries
/// <= |x|, as LayerPlan's magnitudes_a and boundaries_a.
struct OperandPlan {
  double alpha = 0;                       // uniform: the scale
  double beta = 0;                        // 0 in uniform
  std::vector<double> magnitudes;         // 2^n; 128 in uniform
  std::vector<std::uint16_t> boundaries;  // as many; [1] is the zero threshold
  double rmae = 0;                        // Eq. 6 on the calibration data
};

/// Parameters of a product of two activations (attention): found offline, one set a side; the codes
/// of both sides are made while the network runs. Exponential: both sides share n and base.
struct ProductPlan {
  std::string name;           // of the operation in the model
  std::string number_system;  // exponential or uniform
  std::string method;         // how the parameters were found
  int n = 0;                  // bits of a code without the sign, 2..7
  std::int64_t rows = 0;      // of the first operand
  std::int64_t inputs = 0;    // K
  std::int64_t columns = 0;   // of the second operand
  std::int64_t heads = 1;     // products of one sample
  float base = 0;             // exponential: above 1
  bool offset = false;        // exponential: some beta is not zero
  OperandPlan a;              // enters as data
  OperandPlan b;              // its columns enter as weights
  double output_error = 0;    // squared error of the product over its power, calibration data
  int stored_bits = 0;        // of a value of either side, sign included: n + 1

  bool counts_digits() const { return number_system != "exponential"; }
  /// Multiplications for one sample.
  double macs() const {
    return static_cast<double>(rows) * static_cast<double>(inputs) * static_cast<double>(columns) *
           static_cast<double>(heads);
  }
};

/// Throws Error, starting with `where` (file and product), unless the tables say the same as the
/// parameters and mean one value a code; for read_plan and write_plan.
void check_product_plan(const std::string& where, const ProductPlan& product);

}  // namespace tally
