// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "golden/cli/quantize_layer.hpp"
#include "golden/device/device.hpp"

namespace tally {

/// What one budget came to, all layers and samples.
struct BudgetRun {
  int budget = 0;
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
  std::int64_t cycles = 0;        // of its vectors; 0 without a clock
  std::int64_t steps = 0;         // that its vectors count
  std::int64_t weight_beats = 0;  // of weight sections sent for it
};

/// A network of reveal layers whose tiles are loaded once and then run with one budget after the
/// other: the first budget's packet carries the weights, those behind it only say `reuse` and a
/// smaller k. Term Revealing's point: accuracy against cycles by a control word at run time.
///
/// Samples come in groups of budgets().size() copies, the copy says the budget, so that each budget
/// has its own activations all through the network.
class BudgetNetwork {
 public:
  /// `budgets` descend. Error naming layer and value: a layer that counts no digits, a budget that
  /// the layer's group cannot have, slots that do not fit the weight buffer. `reference` may be
  /// null; else every result of `device` is compared with it.
  BudgetNetwork(const ModelRunner& runner, const std::vector<QuantizedLayer>& layers,
                Device& device, Device* reference, const std::vector<int>& budgets);
  ~BudgetNetwork();

  /// Replaces every layer; refers to this object.
  Substitution substitution();

  const std::vector<BudgetRun>& runs() const { return runs_; }

 private:
  struct Part;
  struct Layer;
  void run(Layer& layer, const LayerCall& call);
  void count(const Part& part, std::size_t vectors, const RunResult& got);
  void compare(const std::vector<std::vector<std::uint16_t>>& got,
               const std::vector<std::vector<std::uint16_t>>& want);

  Device& device_;
  Device* reference_;
  std::vector<BudgetRun> runs_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace tally
