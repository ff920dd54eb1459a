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
      samples_(samples * layer.places),
      random_((std::uint64_t{options.seed} << 32) + layer_index),
      value_random_((std::uint64_t{options.seed} << 32) + layer_index + (std::uint64_t{1} << 31)) {}

void ActivationCollector::add(const LayerCall& call, const float* input) {
  const Im2col view(layer_, call.input_shape);
  // A fixed batch that had to be filled up ends in copies: leave them out.
  const size_t elements = view.input_elements() / call.batch * call.samples;
  if (result_.count == 0 && elements > 0) {
    expected_ = elements / call.samples * samples_;
    plan_next_value();
  }
  if (elements > 0) add_values({input, elements});
  const size_t of_sample = view.samples() * view.positions() / call.batch;
  if (seen_ == 0) {
    positions_ = of_sample * samples_;
    max_rows_ = std::min(max_rows_, positions_);
    plan_next_row();
  }
  for (size_t s = 0; s < call.samples; ++s, ++seen_) {
    const size_t begin = seen_ * of_sample;
    for (; result_.row_count < max_rows_ && next_row_ < begin + of_sample; plan_next_row()) {
      const size_t at = s * of_sample + next_row_ - begin;
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

// One output position, at random, of each of max_rows_ equal parts of all that will come.
void ActivationCollector::plan_next_row() {
  if (result_.row_count >= max_rows_) return;
  const std::uint64_t begin = result_.row_count * positions_ / max_rows_;
  const std::uint64_t end = (result_.row_count + 1) * positions_ / max_rows_;
  next_row_ = begin + below(end - begin);
}

// One value, at random, of each of max_values_ equal parts of all that will come: as even as a
// sample can be, and nothing is done for the values between. All, if they are few.
void ActivationCollector::plan_next_value() {
  const std::uint64_t i = result_.values.size();
  if (expected_ <= max_values_) {
    next_value_ = i;
  } else if (i < max_values_) {
    const std::uint64_t begin = i * expected_ / max_values_;
    const std::uint64_t end = (i + 1) * expected_ / max_values_;
    next_value_ = begin + value_random_() % (end - begin);
  } else {
    next_value_ = expected_;
  }
}

void ActivationCollector::add_values(std::span<const float> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  result_.min = result_.count == 0 ? *low : std::min(result_.min, *low);
  result_.max = result_.count == 0 ? *high : std::max(result_.max, *high);
  result_.zeros += static_cast<size_t>(std::count(values.begin(), values.end(), 0.0F));
  while (next_value_ < result_.count + values.size()) {
    result_.values.push_back(values[next_value_ - result_.count]);
    plan_next_value();
  }
  result_.count += values.size();
}

}  // namespace tally
