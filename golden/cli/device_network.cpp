// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/device_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "golden/cli/layer_vectors.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"

namespace tally {

// One group of a layer. The program for activations of both signs has shorter segments and is made
// only if a negative activation turns up.
struct DeviceNetwork::Part {
  std::size_t group = 0;
  std::unique_ptr<Program> non_negative;
  std::unique_ptr<Program> both_signs;
  std::unique_ptr<Level2Check> check;
};

struct DeviceNetwork::Layer {
  const QuantizedLayer* quantized = nullptr;
  const LayerInfo* info = nullptr;
  std::vector<Part> parts;
  LayerRun record;
};

DeviceNetwork::DeviceNetwork(const ModelRunner& runner, const std::vector<QuantizedLayer>& layers,
                             std::vector<ProductPlan> products, const PeConfig& config,
                             std::unique_ptr<Device> tested)
    : emulator_(std::make_unique<EmulatorDevice>(config)),
      tested_(std::move(tested)),
      products_(std::move(products)),
      product_runs_(products_.size()) {
  for (std::size_t i = 0; i < products_.size(); ++i) product_runs_[i].name = products_[i].name;
  if (tested_) checker_ = std::make_unique<CheckerDevice>(*emulator_, *tested_);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto layer = std::make_unique<Layer>();
    layer->quantized = &layers[i];
    layer->info = &runner.layers()[i];
    layer->record.name = layer->info->name;
    for (std::size_t g = 0; g < layer->info->groups; ++g) {
      Part part;
      part.group = g;
      // Made here so that a layer the device cannot do is refused before any work.
      part.non_negative = std::make_unique<Program>(
          make_program(device_layer(layers[i], *layer->info, g, config, true), config));
      layer->record.tiles += static_cast<std::int64_t>(part.non_negative->tiles.size());
      if (!tested_) part.check = std::make_unique<Level2Check>(layers[i], *layer->info, g);
      layer->parts.push_back(std::move(part));
    }
    layers_.push_back(std::move(layer));
  }
}

DeviceNetwork::~DeviceNetwork() = default;

Substitution DeviceNetwork::substitution() {
  Substitution substitution;
  substitution.check_finite = true;  // NaN would quietly count as zero
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    substitution.layers[i].replace = [this, i](const LayerCall& call) { run(*layers_[i], call); };
  }
  for (std::size_t i = 0; i < products_.size(); ++i) {
    substitution.products[i].replace = [this, i](const ProductCall& call) {
      run(product_runs_[i], products_[i], call);
    };
  }
  return substitution;
}

void DeviceNetwork::run(Layer& layer, const LayerCall& call) {
  LayerVectors vectors(*layer.info, call);
  for (Part& part : layer.parts) {
    std::vector<std::uint16_t> outputs;
    run_group(layer, part, vectors.gather(part.group), outputs);
    vectors.scatter(part.group, outputs);
  }
  layer.record.vectors += static_cast<std::int64_t>(vectors.vectors());
}

void DeviceNetwork::run(LayerRun& record, const ProductPlan& product, const ProductCall& call) {
  const ProductInfo& sizes = call.product;
  const LayerInfo info = instance_info(sizes);
  const PeConfig& config = emulator_->config();
  std::fill_n(call.output, call.instances * sizes.output_size(), 0.0F);
  std::vector<float> row(sizes.k);
  std::vector<std::uint16_t> a(sizes.a_size());
  std::vector<std::uint16_t> b(sizes.b_size());
  const auto to_halves = [&](std::vector<std::uint16_t>& to, std::size_t at) {
    for (std::size_t i = 0; i < sizes.k; ++i) to[at * sizes.k + i] = half_from_float(row[i]);
  };
  Layer instance;
  instance.info = &info;
  instance.record = std::move(record);
  for (std::size_t i = 0; i < call.samples * sizes.heads; ++i) {
    for (std::size_t m = 0; m < sizes.rows; ++m) {
      sizes.a_row(call.a + i * sizes.a_size(), m, row.data());
      to_halves(a, m);
    }
    for (std::size_t n = 0; n < sizes.columns; ++n) {
      sizes.b_column(call.b + i * sizes.b_size(), n, row.data());
      to_halves(b, n);
    }
    const QuantizedLayer quantized = product_instance(product, b);
    instance.quantized = &quantized;
    Part part;
    part.non_negative = std::make_unique<Program>(
        make_program(device_layer(quantized, info, 0, config, true), config));
    if (!tested_) part.check = std::make_unique<Level2Check>(quantized, info, 0);
    instance.record.tiles =
        static_cast<std::int64_t>(part.non_negative->tiles.size() * sizes.heads);
    std::vector<std::uint16_t> outputs;
    run_group(instance, part, a, outputs);
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      call.output[i * sizes.output_size() + o] = half_to_float(outputs[o]);
    }
    instance.record.vectors += static_cast<std::int64_t>(sizes.rows);
  }
  record = std::move(instance.record);
}

void DeviceNetwork::run_group(Layer& layer, Part& part,
                              const std::vector<std::uint16_t>& activations,
                              std::vector<std::uint16_t>& outputs) {
  Device& device = checker_ ? static_cast<Device&>(*checker_) : *emulator_;
  const bool negative = std::any_of(activations.begin(), activations.end(), [](std::uint16_t x) {
    return half_is_negative(x) && half_magnitude(x) != 0;
  });
  if (negative && !part.both_signs) {
    part.both_signs = std::make_unique<Program>(make_program(
        device_layer(*layer.quantized, *layer.info, part.group, device.config(), false),
        device.config()));
  }
  const std::uint64_t compared = checker_ ? checker_->compared() : 0;
  const std::uint64_t mismatches = checker_ ? checker_->mismatches() : 0;
  const std::uint64_t states = checker_ ? checker_->status_mismatches() : 0;
  LayerResult result =
      run_layer(device, negative ? *part.both_signs : *part.non_negative, activations);
  // The planner's proof says it cannot happen; if it does, the numbers are wrong: never go on.
  if ((result.status & (kCounterOverflow | kBadWeight)) != 0) {
    throw DeviceFault(fmt::format("layer {}: the device reports {}", layer.info->name,
                                  status_text(result.status)));
  }
  LayerRun& record = layer.record;
  record.multiplications +=
      static_cast<std::int64_t>(activations.size() * layer.info->outputs_per_group());
  if (layer.quantized->plan.counts_digits() && result.term_pairs > 0) {
    record.term_pairs =
        record.term_pairs.value_or(0) + static_cast<std::int64_t>(result.term_pairs);
  }
  if (checker_) {
    record.cycles = record.cycles.value_or(0) + static_cast<std::int64_t>(result.cycles);
    record.counting_cycles =
        record.counting_cycles.value_or(0) + static_cast<std::int64_t>(result.steps);
    record.compared += static_cast<std::int64_t>(checker_->compared() - compared);
    // A status that differs is a difference of the hardware too, though no value shows it.
    record.mismatches += static_cast<std::int64_t>(checker_->mismatches() - mismatches +
                                                   checker_->status_mismatches() - states);
  } else {
    const std::int64_t before = part.check->compared();
    const std::int64_t before_bad = part.check->mismatches();
    part.check->compare(activations, result.outputs);
    record.compared += part.check->compared() - before;
    record.mismatches += part.check->mismatches() - before_bad;
    record.worst_error = std::max(record.worst_error, part.check->worst());
  }
  outputs = std::move(result.outputs);
}

std::vector<LayerRun> DeviceNetwork::layer_runs() const {
  std::vector<LayerRun> runs;
  for (const auto& layer : layers_) runs.push_back(layer->record);
  runs.insert(runs.end(), product_runs_.begin(), product_runs_.end());
  for (LayerRun& run : runs) run.utilization = share_of_cycles(run.counting_cycles, run.cycles);
  return runs;
}

std::optional<double> share_of_cycles(std::optional<std::int64_t> counting,
                                      std::optional<std::int64_t> cycles) {
  if (!counting || !cycles) return std::nullopt;
  return utilization(static_cast<std::uint64_t>(*counting), static_cast<std::uint64_t>(*cycles));
}

const PeConfig& choose_config(const std::string& name, const std::vector<QuantizedLayer>& layers,
                              const std::vector<ProductPlan>& products) {
  if (name != "auto") return find_pe_config(name);
  int widest = 0;  // digits need no wide exponents
  for (const QuantizedLayer& layer : layers) {
    if (!layer.plan.counts_digits()) widest = std::max(widest, layer.plan.n);
  }
  for (const ProductPlan& product : products) {
    if (!product.counts_digits()) widest = std::max(widest, product.n);
  }
  const PeConfig& usual = find_pe_config("default");
  return widest <= usual.max_n ? usual : find_pe_config("paper");
}

}  // namespace tally
