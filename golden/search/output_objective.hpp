// SPDX-License-Identifier: Apache-2.0
// The error of a layer's output as a function of six numbers that are free to take any value; not
// for callers outside golden/search.
#pragma once

#include <cstdint>
#include <vector>

#include "golden/search/layer_search.hpp"

namespace tally {

/// Six unbounded coordinates for one layer's levels. Whatever they are, the levels are positive,
/// strictly increasing and fit the hardware's range. Uniform levels use log_top_* and log_zero.
struct LevelCoordinates {
  double log_range = 0;   // log of r, b^(2 Rmax) = 2^r: how steep the exponential part is
  double log_top_a = 0;   // log of top level / largest activation
  double log_bend_a = 0;  // log of log(bottom / top) / log(2^-r): 0 means beta = 0
  double log_zero = 0;    // log of zero threshold / bottom level of the activations
  double log_top_w = 0;   // as above for weights, relative to the channel's largest |w|
  double log_bend_w = 0;
};

/// The levels that coordinates stand for. alpha and beta of weights are per unit of the channel's
/// largest |w|. Uniform: alpha is the scale.
struct LayerLevels {
  ExponentialParams a;
  ExponentialParams unit_w;
  double zero_threshold = 0;  // of activations
  std::vector<std::uint16_t> boundaries;
  std::vector<double> magnitudes_a;       // as many as boundaries
  std::vector<double> unit_magnitudes_w;  // and the real points between them
  std::vector<double> unit_points_w;
};

class OutputObjective {
 public:
  /// Keeps a sample of rows and output channels (weighted_sample.hpp). Throws Error as
  /// check_layer_data.
  OutputObjective(const LayerData& layer, const Candidate& candidate,
                  const LayerSearchOptions& options);

  LayerLevels levels(const LevelCoordinates& x) const;

  /// Squared error of the clipped outputs, each channel's mean error taken away (the bias corrects
  /// it), over the variance of the target, both estimated from the sample; nearest-value rounding.
  /// Not thread-safe: one object a thread.
  double operator()(const LevelCoordinates& x);

  /// Largest |w| of the channel; of the tensor when not per channel, or the channel is next to
  /// zero.
  double weight_scale(std::size_t output) const { return scales_[output]; }

 private:
  struct UnitWeight {
    float magnitude;      // |w| / scale of its channel
    float signed_scale;   // that scale, negative if w is
    std::uint32_t index;  // in w_
  };

  void weighted_means(const std::vector<float>& y, std::vector<float>& means) const;
  double squared_about_means(std::vector<float>& y);  // leaves the distances in y
  LayerLevels exponential_levels(const LevelCoordinates& x) const;
  LayerLevels uniform_levels(const LevelCoordinates& x) const;

  std::size_t inputs_, each_;
  Candidate candidate_;
  bool offset_;
  float low_, high_;      // the network clips outputs to this range
  int data_limit_;        // of uniform activations
  double largest_range_;  // of r
  double largest_a_;
  std::vector<double> scales_;  // [all outputs]
  std::size_t rows_ = 0;
  std::vector<std::size_t> outputs_;                 // the sampled ones, ascending
  std::vector<float> row_weights_, output_weights_;  // of the sampled ones
  std::vector<std::size_t> groups_;                  // theirs, each once
  std::vector<std::uint16_t> halves_;                // [rows][groups_][inputs]
  std::vector<UnitWeight> sorted_;                   // of the sampled channels, by magnitude
  std::vector<float> target_;                        // [rows][sampled], clipped
  std::vector<float> means_;                         // [sampled] of the target before clipping
  double variance_ = 0;                              // of target_, summed over rows and channels
  std::vector<float> x_, w_, y_;                     // scratch
  std::vector<float> shift_;                         // scratch, [sampled]
};

}  // namespace tally
