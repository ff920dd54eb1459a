// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "golden/model/calibration.hpp"

namespace tally {

/// What calibration keeps of the two operands of one product: some of its instances, spread evenly
/// over the samples, heads and rows of a at random, all columns of b.
struct ProductActivations {
  size_t instances = 0;
  size_t rows = 0;       ///< of a, kept of each instance
  std::vector<float> a;  ///< [rows][instances][k]
  std::vector<float> b;  ///< [instances][columns][k]
  float min_a = 0;       ///< of all values seen
  float min_b = 0;
};

struct ProductCalibrationOptions {
  size_t first = 0;        ///< first sample
  size_t samples = 256;    ///< samples at most; 0: all
  size_t instances = 48;   ///< at most
  size_t rows = 16;        ///< at most, of each instance
  std::uint32_t seed = 1;  ///< with the same data, the same result
};

/// Runs the float network over the data and keeps the operands of every product, in the order of
/// ModelRunner::products(). Error: as calibrate().
std::vector<ProductActivations> calibrate_products(const ModelRunner& runner,
                                                   const Dataset& dataset,
                                                   const ProductCalibrationOptions& options);

}  // namespace tally
