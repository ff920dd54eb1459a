// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tally {

/// value = (raw - mean) / scale with one pair for all channels or one a channel.
class Normalizer {
 public:
  /// Empty `mean` is 0, empty `scale` is `default_scale`. Error: a zero or non-finite scale, a
  /// non-finite mean, two lists of different lengths above 1.
  Normalizer(std::vector<float> mean, std::vector<float> scale, float default_scale,
             const std::string& path);

  /// Normalizes `count` values in place. Channel of element i: (i / stride) % channels.
  /// Error: per-channel numbers that are not as many as the channels.
  void apply(float* values, size_t count, size_t channels, size_t stride) const;

 private:
  std::vector<float> mean_;
  std::vector<float> scale_;
  std::string path_;
};

}  // namespace tally
