// SPDX-License-Identifier: Apache-2.0
#include "golden/report/storage.hpp"

namespace tally {

Storage storage_of(const LayerPlan& layer) {
  constexpr double kFloatBits = 32;
  Storage s;
  s.values = layer.inputs * layer.outputs;
  const auto values = static_cast<double>(s.values);
  const auto outputs = static_cast<double>(layer.outputs);
  s.fp32 = kFloatBits * values;
  s.int8 = 8 * values;
  s.codes = layer.stored_bits * values;
  s.codes_as_paper = layer.n * values;
  const int coefficients = !layer.counts_digits() && layer.offset ? 4 : 1;
  s.tables = coefficients * kFloatBits * outputs + (layer.counts_digits() ? 0 : kFloatBits) +
             16.0 * static_cast<double>(layer.boundaries_a.size() - 1);
  s.int8_tables = kFloatBits * (outputs + 1);
  return s;
}

Storage total_storage(const Plan& plan) {
  Storage sum;
  for (const LayerPlan& layer : plan.layers) {
    const Storage s = storage_of(layer);
    sum.values += s.values;
    sum.fp32 += s.fp32;
    sum.int8 += s.int8;
    sum.codes += s.codes;
    sum.codes_as_paper += s.codes_as_paper;
    sum.tables += s.tables;
    sum.int8_tables += s.int8_tables;
  }
  return sum;
}

}  // namespace tally
