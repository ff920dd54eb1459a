// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/model/im2col.hpp"
#include "golden/model/model_runner.hpp"

namespace tally {

/// One call of a layer as a device sees it: activation vectors in, result vectors out, [sample]
/// [position], both binary16. The whole input is rounded once; positions in the padding are 0.0, as
/// on the host. Samples that only fill up a fixed batch are left out; their outputs become 0.
class LayerVectors {
 public:
  /// Clears the call's output. Refers to both arguments.
  LayerVectors(const LayerInfo& info, const LayerCall& call);

  /// Vectors of one group.
  std::size_t vectors() const { return samples_ * im2col_.positions(); }
  std::size_t positions() const { return im2col_.positions(); }

  /// The group's activations, [vectors][k].
  std::vector<std::uint16_t> gather(std::size_t group) const;

  /// Takes the group's results, [vectors][outputs of a group], into the call's output.
  void scatter(std::size_t group, std::span<const std::uint16_t> results);

 private:
  const LayerInfo& info_;
  const LayerCall& call_;
  Im2col im2col_;
  std::size_t samples_;
  std::vector<std::uint16_t> halves_;
};

}  // namespace tally
