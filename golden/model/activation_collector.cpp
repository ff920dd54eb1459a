// SPDX-License-Identifier: Apache-2.0
#include "golden/model/activation_collector.hpp"

#include <algorithm>

#include "golden/model/im2col.hpp"

namespace tally {

ActivationCollector::ActivationCollector(const LayerInfo& layer, const CalibrationOptions& options,
                                         size_t samples, size_t layer_index)
    : layer_(layer),
      max_values_(options.max_values),
      max_rows_(options.max_rows),
      samples_(samples),
      random_((std::uint64_t{options.seed} << 32) + layer_index) {}

void ActivationCollector::add(const LayerCall& call, const float* input) {
  const Im2col view(layer_, call.input_shape);
  // A fixed batch that had to be filled up ends in copies: leave them out.
  const size_t elements = view.input_elements() / call.batch * call.samples;
  for (size_t i = 0; i < elements; ++i) add_value(input[i]);
  // Row number r of all belongs to sample r * samples / max_rows, so rows spread evenly.
  const size_t of_sample = view.samples() * view.positions() / call.batch;
  for (size_t s = 0; s < call.samples; ++s, ++seen_) {
    const size_t upto = std::min(max_rows_, (seen_ + 1) * max_rows_ / samples_);
    while (result_.row_count < upto) {
      const size_t at = s * of_sample + below(of_sample);
      const size_t old = result_.rows.size();
      result_.rows.resize(old + view.groups() * view.k());
      for (size_t g = 0; g < view.groups(); ++g) {
        view.gather(input, at / view.positions(), at % view.positions(), g, 0.0f,
                    &result_.rows[old + g * view.k()]);
      }
      ++result_.row_count;
    }
  }
}

void ActivationCollector::add_value(float value) {
  result_.min = result_.count == 0 ? value : std::min(result_.min, value);
  result_.max = result_.count == 0 ? value : std::max(result_.max, value);
  result_.zeros += value == 0;
  ++result_.count;
  if (result_.values.size() < max_values_) {
    result_.values.push_back(value);
    return;
  }
  const auto slot = below(result_.count);  // reservoir sampling
  if (slot < max_values_) result_.values[slot] = value;
}

}  // namespace tally
