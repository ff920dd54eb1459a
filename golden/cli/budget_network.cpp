// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/budget_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "golden/cli/layer_vectors.hpp"
#include "golden/core/error.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {
// One group of a layer: the program that loads, and one for each further budget.
struct BudgetNetwork::Part {
  std::size_t group = 0;
  std::vector<Program> programs;
};

struct BudgetNetwork::Layer {
  const LayerInfo* info = nullptr;
  std::vector<Part> parts;
};

BudgetNetwork::BudgetNetwork(const ModelRunner& runner, const std::vector<QuantizedLayer>& layers,
                             Device& device, Device* reference, const std::vector<int>& budgets)
    : device_(device), reference_(reference) {
  for (const int budget : budgets) runs_.push_back({budget});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerPlan& plan = layers[i].plan;
    if (plan.number_system != "reveal") {
      throw Error(fmt::format("layer {}: number system {} has no budget to lower", plan.name,
                              plan.number_system));
    }
    const int most = plan.group * max_digits(hardware_encoding(plan.hese));
    for (const int budget : budgets) {
      if (budget < 1 || budget > most) {
        throw Error(fmt::format("layer {}: budget is {}, not in 1 .. {}", plan.name, budget, most));
      }
    }
    auto layer = std::make_unique<Layer>();
    layer->info = &runner.layers()[i];
    QuantizedLayer loaded = layers[i];
    loaded.plan.budget = budgets.front();
    for (std::size_t g = 0; g < layer->info->groups; ++g) {
      Part part;
      part.group = g;
      part.programs.push_back(make_program(
          device_layer(loaded, *layer->info, g, device.config(), false), device.config()));
      for (std::size_t b = 1; b < budgets.size(); ++b) {
        part.programs.push_back(reuse_program(part.programs.front(), budgets[b], plan.terms));
      }
      layer->parts.push_back(std::move(part));
    }
    layers_.push_back(std::move(layer));
  }
}

BudgetNetwork::~BudgetNetwork() = default;

Substitution BudgetNetwork::substitution() {
  Substitution substitution;
  substitution.check_finite = true;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    substitution.layers[i].replace = [this, i](const LayerCall& call) { run(*layers_[i], call); };
  }
  return substitution;
}

void BudgetNetwork::run(Layer& layer, const LayerCall& call) {
  LayerVectors vectors(*layer.info, call);
  const std::size_t k = layer.info->k;
  const std::size_t budgets = runs_.size();
  for (Part& part : layer.parts) {
    const std::vector<std::uint16_t> all = vectors.gather(part.group);
    // Vector v belongs to sample v / positions, and the sample's place in its group to a budget.
    std::vector<std::vector<std::size_t>> numbers(budgets);
    std::vector<std::vector<std::uint16_t>> activations(budgets);
    for (std::size_t v = 0; v < vectors.vectors(); ++v) {
      const std::size_t b = v / vectors.positions() % budgets;
      const auto from = all.begin() + static_cast<std::ptrdiff_t>(v * k);
      numbers[b].push_back(v);
      activations[b].insert(activations[b].end(), from, from + static_cast<std::ptrdiff_t>(k));
    }
    const std::vector<std::span<const std::uint16_t>> spans(activations.begin(), activations.end());
    const Streams streams = make_streams(part.programs, spans);
    const RunResult got = device_.run(streams);
    if ((got.status & (kFatalStatus | kCounterOverflow | kBadWeight)) != 0) {
      throw DeviceFault(fmt::format("layer {}: device {} reports {}", layer.info->name,
                                    device_.name(), status_text(got.status)));
    }
    const std::size_t each = numbers.front().size();
    const auto results = order_results(part.programs, each, got.results);
    count(part, each, got);
    if (reference_ != nullptr) {
      compare(results, order_results(part.programs, each, reference_->run(streams).results));
    }
    const std::size_t width = layer.info->outputs_per_group();
    std::vector<std::uint16_t> outputs(vectors.vectors() * width);
    for (std::size_t b = 0; b < budgets; ++b) {
      for (std::size_t i = 0; i < each; ++i) {
        std::copy_n(results[b].begin() + static_cast<std::ptrdiff_t>(i * width), width,
                    outputs.begin() + static_cast<std::ptrdiff_t>(numbers[b][i] * width));
      }
    }
    vectors.scatter(part.group, outputs);
  }
}

// Cycles between the last results of two packets belong to the second one.
void BudgetNetwork::count(const Part& part, std::size_t vectors, const RunResult& got) {
  std::size_t packet = 0;
  std::uint64_t end = 0;
  for (std::size_t t = 0; t < part.programs.front().tiles.size(); ++t) {
    for (std::size_t b = 0; b < runs_.size(); ++b, ++packet) {
      const Program& program = part.programs[b];
      const ControlWord& control = program.tiles[t].control;
      runs_[b].steps += static_cast<std::int64_t>(vectors) * groups_of(control) *
                        steps_a_group(control, program.config);
      runs_[b].weight_beats +=
          static_cast<std::int64_t>(packet_layout(control, program.config).sent);
      if (packet >= got.tile_ends.size()) continue;  // a device without a clock
      runs_[b].cycles += static_cast<std::int64_t>(got.tile_ends[packet] - end);
      end = got.tile_ends[packet];
    }
  }
}

void BudgetNetwork::compare(const std::vector<std::vector<std::uint16_t>>& got,
                            const std::vector<std::vector<std::uint16_t>>& want) {
  for (std::size_t b = 0; b < runs_.size(); ++b) {
    for (std::size_t i = 0; i < got[b].size(); ++i) {
      ++runs_[b].compared;
      if (got[b][i] != want[b][i]) ++runs_[b].mismatches;
    }
  }
}

}  // namespace tally
