// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "golden/core/distribution_fit.hpp"

namespace tally {

/// One layer of the distribution study.
struct LayerDistributions {
  std::string name;
  DistributionFit activations;
  DistributionFit weights;
  /// The tensor that Algorithm 1 starts from: the one an exponential curve fits better.
  bool starts_with_weights() const {
    return weights.rss_of(Curve::kExponential) < activations.rss_of(Curve::kExponential);
  }
};

/// Mean RSS over the layers by Curve, of activations or weights: a row of Table I or II.
std::array<double, 5> mean_rss(const std::vector<LayerDistributions>& layers, bool weights);

/// Histogram of |t| as an area and the exponential and half-normal curves on it: Figures 1 and 2.
/// `title` is what a screen reader says.
std::string distribution_svg(const DistributionFit& fit, const std::string& title);

/// The study as one HTML page that needs nothing else.
std::string render_distributions(const std::string& model, const std::string& data,
                                 const std::string& samples, RssUnit unit,
                                 const std::vector<LayerDistributions>& layers);

}  // namespace tally
