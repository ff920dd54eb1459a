// SPDX-License-Identifier: Apache-2.0
#include "golden/model/product_calibration.hpp"

#include <algorithm>
#include <random>

namespace tally {

namespace {

class ProductCollector {
 public:
  ProductCollector(const ProductInfo& product, const ProductCalibrationOptions& options,
                   size_t samples, size_t index)
      : product_(product), samples_(samples), random_((std::uint64_t{options.seed} << 32) + index) {
    result_.instances = std::min(options.instances, samples * product.heads);
    result_.rows = std::min(options.rows, product.rows);
    result_.a.resize(result_.rows * result_.instances * product.k);
    result_.b.resize(result_.instances * product.b_size());
  }

  // Instance number i of all kept belongs to sample i * samples / instances.
  void add(const ProductCall& call) {
    const size_t real = call.samples * product_.heads;
    note(call.a, real * product_.a_size(), result_.min_a);
    note(call.b, real * product_.b_size(), result_.min_b);
    for (size_t s = 0; s < call.samples; ++s, ++seen_) {
      const size_t upto =
          std::min(result_.instances, ((seen_ + 1) * result_.instances + samples_ - 1) / samples_);
      for (; kept_ < upto; ++kept_) keep(call, s * product_.heads + random_() % product_.heads);
    }
    started_ = true;
  }

  ProductActivations take() { return std::move(result_); }

 private:
  void note(const float* values, size_t count, float& least) const {
    if (count == 0) return;
    const float low = *std::min_element(values, values + count);
    least = started_ ? std::min(least, low) : low;
  }

  void keep(const ProductCall& call, size_t instance) {
    const size_t k = product_.k;
    for (size_t r = 0; r < result_.rows; ++r) {
      // One row at random of each of equally many parts.
      const size_t begin = r * product_.rows / result_.rows;
      const size_t end = (r + 1) * product_.rows / result_.rows;
      product_.a_row(call.a + instance * product_.a_size(), begin + random_() % (end - begin),
                     &result_.a[(r * result_.instances + kept_) * k]);
    }
    for (size_t n = 0; n < product_.columns; ++n) {
      product_.b_column(call.b + instance * product_.b_size(), n,
                        &result_.b[(kept_ * product_.columns + n) * k]);
    }
  }

  const ProductInfo& product_;
  size_t samples_;
  size_t seen_ = 0;
  size_t kept_ = 0;
  bool started_ = false;
  std::mt19937_64 random_;  // not a distribution: those differ between standard libraries
  ProductActivations result_;
};

}  // namespace

std::vector<ProductActivations> calibrate_products(const ModelRunner& runner,
                                                   const Dataset& dataset,
                                                   const ProductCalibrationOptions& options) {
  std::vector<ProductActivations> result;
  if (runner.products().empty()) return result;
  const size_t left = dataset.size() - std::min(options.first, dataset.size());
  const size_t samples = options.samples == 0 ? left : std::min(options.samples, left);
  std::vector<ProductCollector> collectors;
  for (size_t i = 0; i < runner.products().size(); ++i) {
    collectors.emplace_back(runner.products()[i], options, samples, i);
  }
  Substitution taps;
  for (size_t i = 0; i < collectors.size(); ++i) {
    taps.products[i].tap = [&collector = collectors[i]](const ProductCall& call) {
      collector.add(call);
    };
  }
  Session session = runner.session(taps);
  feed(session, dataset, options.first, samples);
  for (auto& collector : collectors) result.push_back(collector.take());
  return result;
}

}  // namespace tally
