// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/layer_vectors.hpp"

#include <algorithm>

#include "golden/core/half.hpp"

namespace tally {

LayerVectors::LayerVectors(const LayerInfo& info, const LayerCall& call)
    : info_(info),
      call_(call),
      im2col_(info, call.input_shape),
      samples_(std::min(call.samples * (im2col_.samples() / call.batch), im2col_.samples())),
      halves_(im2col_.input_elements()) {
  for (std::size_t i = 0; i < halves_.size(); ++i) halves_[i] = half_from_float(call.input[i]);
  std::fill_n(call.output, im2col_.output_elements(), 0.0F);
}

std::vector<std::uint16_t> LayerVectors::gather(std::size_t group) const {
  const std::size_t k = im2col_.k();
  std::vector<std::uint16_t> activations(vectors() * k);
  for (std::size_t s = 0; s < samples_; ++s) {
    for (std::size_t p = 0; p < positions(); ++p) {
      im2col_.gather<std::uint16_t>(halves_.data(), s, p, group, 0,
                                    activations.data() + (s * positions() + p) * k);
    }
  }
  return activations;
}

void LayerVectors::scatter(std::size_t group, std::span<const std::uint16_t> results) {
  const std::size_t width = info_.outputs_per_group();
  for (std::size_t s = 0; s < samples_; ++s) {
    for (std::size_t p = 0; p < positions(); ++p) {
      for (std::size_t o = 0; o < width; ++o) {
        call_.output[im2col_.output_index(s, p, group * width + o)] =
            half_to_float(results[(s * positions() + p) * width + o]);
      }
    }
  }
}

}  // namespace tally
