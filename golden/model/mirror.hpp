// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "golden/model/dataset.hpp"

namespace tally {

/// Every image of `images`, each followed by itself with left and right exchanged: twice as many
/// calibration samples from the same photos, which networks for photos see in training, too.
/// Images are [C, H, W] or [H, W, C], C = 1 or 3; filling any other shape is an error naming
/// `path`.
std::shared_ptr<const SampleSource> mirrored(std::shared_ptr<const SampleSource> images,
                                             std::string path);

}  // namespace tally
