// SPDX-License-Identifier: Apache-2.0
#include "golden/model/calibration.hpp"

#include <algorithm>

#include "golden/model/activation_collector.hpp"

namespace tally {

std::vector<LayerActivations> calibrate(const ModelRunner& runner, const Dataset& dataset,
                                        const CalibrationOptions& options,
                                        const Substitution& base) {
  const size_t left = dataset.size() - std::min(options.first, dataset.size());
  const size_t samples = options.samples == 0 ? left : std::min(options.samples, left);
  std::vector<ActivationCollector> collectors;
  Substitution taps = base;
  taps.check_finite = true;
  for (size_t i = 0; i < runner.layers().size(); ++i) {
    collectors.emplace_back(runner.layers()[i], options, samples, i);
  }
  for (size_t i = 0; i < collectors.size(); ++i) {
    taps.layers[i].input_tap = [&collector = collectors[i],
                                inner = taps.layers[i].input_tap](const LayerCall& call) {
      if (inner) inner(call);
      collector.add(call, call.output);
    };
  }
  Session session = runner.session(taps);
  feed(session, dataset, options.first, options.samples, options.progress);
  std::vector<LayerActivations> result;
  for (auto& collector : collectors) result.push_back(collector.take());
  return result;
}

}  // namespace tally
