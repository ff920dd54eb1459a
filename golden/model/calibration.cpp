// SPDX-License-Identifier: Apache-2.0
#include "golden/model/calibration.hpp"

#include <algorithm>
#include <random>

#include "golden/model/im2col.hpp"

namespace tally {

namespace {

// Collects one layer. Fixed algorithms on mt19937_64 (not std::uniform_int_distribution, which
// differs between standard libraries), so that a seed means the same everywhere.
class Collector {
 public:
  Collector(const LayerInfo& layer, const CalibrationOptions& options, size_t samples,
            std::uint64_t seed)
      : layer_(layer),
        max_values_(options.max_values),
        max_rows_(options.max_rows),
        samples_(samples),
        random_(seed) {}

  void add(const LayerCall& call) {
    const Im2col view(layer_, call.input_shape);
    // A fixed batch that had to be filled up ends in copies: leave them out.
    const size_t elements = view.input_elements() / call.batch * call.samples;
    for (size_t i = 0; i < elements; ++i) add_value(call.output[i]);
    // Row number r of all belongs to sample r * samples / max_rows, so rows spread evenly.
    const size_t of_sample = view.samples() * view.positions() / call.batch;
    for (size_t s = 0; s < call.samples; ++s, ++seen_) {
      const size_t upto = std::min(max_rows_, (seen_ + 1) * max_rows_ / samples_);
      while (result_.row_count < upto) add_row(view, call.output, s * of_sample + below(of_sample));
    }
  }

  LayerActivations take() { return std::move(result_); }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void add_value(float value) {
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

  void add_row(const Im2col& view, const float* input, size_t at) {
    const size_t old = result_.rows.size();
    result_.rows.resize(old + view.groups() * view.k());
    for (size_t g = 0; g < view.groups(); ++g) {
      view.gather(input, at / view.positions(), at % view.positions(), g, 0.0f,
                  &result_.rows[old + g * view.k()]);
    }
    ++result_.row_count;
  }

  const LayerInfo& layer_;
  size_t max_values_;
  size_t max_rows_;
  size_t samples_;
  size_t seen_ = 0;
  std::mt19937_64 random_;
  LayerActivations result_;
};

}  // namespace

std::vector<LayerActivations> calibrate(const ModelRunner& runner, const Dataset& dataset,
                                        const CalibrationOptions& options,
                                        const Substitution& base) {
  const size_t left = dataset.size() - std::min(options.first, dataset.size());
  const size_t samples = options.samples == 0 ? left : std::min(options.samples, left);
  std::vector<Collector> collectors;
  Substitution taps = base;
  taps.check_finite = true;
  for (size_t i = 0; i < runner.layers().size(); ++i) {
    collectors.emplace_back(runner.layers()[i], options, samples,
                            (std::uint64_t{options.seed} << 32) + i);
  }
  for (size_t i = 0; i < collectors.size(); ++i) {
    taps.layers[i].input_tap = [&collector = collectors[i],
                                inner = taps.layers[i].input_tap](const LayerCall& call) {
      if (inner) inner(call);
      collector.add(call);
    };
  }
  Session session = runner.session(taps);
  feed(session, dataset, options.first, options.samples, options.progress);
  std::vector<LayerActivations> result;
  for (auto& collector : collectors) result.push_back(collector.take());
  return result;
}

}  // namespace tally
