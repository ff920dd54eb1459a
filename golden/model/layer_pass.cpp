// SPDX-License-Identifier: Apache-2.0
#include "golden/model/layer_pass.hpp"

#include <algorithm>
#include <numeric>

#include "golden/core/level_table.hpp"
#include "golden/model/activation_collector.hpp"
#include "golden/model/input_quantizer.hpp"
#include "golden/model/layer_compute.hpp"

namespace tally {

namespace {

size_t size_of(std::span<const size_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
}

void visit_in_one_run(const ModelRunner& runner, const Dataset& dataset,
                      const CalibrationOptions& options, size_t samples, int threads,
                      const LayerVisitor& visit, Substitution pass) {
  for (size_t i = 0; i < runner.layers().size(); ++i) {
    pass.layers[i].replace = [&, i](const LayerCall& call) {
      std::optional<QuantizedCall> change;
      {
        ActivationCollector collector(call.layer, options, samples, i);
        collector.add(call, call.input);
        change = visit(i, collector.take());
      }
      if (!change) {
        compute_layer(call.layer, call.input_shape, call.input, call.layer.weights, call.layer.bias,
                      call.output, threads);
        return;
      }
      std::vector<float> quantized(size_of(call.input_shape));
      fake_quantize({call.input, quantized.size()}, *change->halves, quantized);
      compute_layer(call.layer, call.input_shape, quantized.data(), change->weights, change->bias,
                    call.output, threads);
    };
  }
  Session session = runner.session(pass, samples);
  feed(session, dataset, options.first, samples, options.progress);
}

void visit_one_by_one(const ModelRunner& runner, const Dataset& dataset,
                      const CalibrationOptions& options, size_t samples, const LayerVisitor& visit,
                      Substitution prefix) {
  for (size_t i = 0; i < runner.layers().size(); ++i) {
    ActivationCollector collector(runner.layers()[i], options, samples, i);
    Substitution pass = prefix;
    pass.layers[i].input_tap = [&](const LayerCall& call) { collector.add(call, call.input); };
    Session session = runner.session(pass);
    feed(session, dataset, options.first, samples, options.progress);
    const auto change = visit(i, collector.take());
    if (!change) continue;
    LayerSubstitution& layer = prefix.layers[i];
    layer.input_tap = InputQuantizer(change->halves);
    layer.weights = change->weights;
    layer.bias = change->bias;
  }
}

}  // namespace

void visit_layers(const ModelRunner& runner, const Dataset& dataset,
                  const CalibrationOptions& options, int threads, const LayerVisitor& visit,
                  const Substitution& base) {
  const size_t left = dataset.size() - std::min(options.first, dataset.size());
  const size_t samples = options.samples == 0 ? left : std::min(options.samples, left);
  // What a layer of several places sees must be known before it is decided at its first.
  const bool several = std::any_of(runner.layers().begin(), runner.layers().end(),
                                   [](const LayerInfo& layer) { return layer.places > 1; });
  if (several || runner.info().fixed_batch.value_or(samples) < samples) {
    visit_one_by_one(runner, dataset, options, samples, visit, base);
  } else {
    visit_in_one_run(runner, dataset, options, samples, threads, visit, base);
  }
}

}  // namespace tally
