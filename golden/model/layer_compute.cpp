// SPDX-License-Identifier: Apache-2.0
#include "golden/model/layer_compute.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "golden/core/product.hpp"
#include "golden/model/im2col.hpp"

namespace tally {

namespace {

// Output positions taken together; fixed, so that sums come out alike however many threads there
// are.
constexpr size_t kBlock = 128;

}  // namespace

void compute_layer(const LayerInfo& layer, std::span<const size_t> input_shape, const float* input,
                   std::span<const float> weights, std::span<const float> bias, float* output,
                   int threads) {
  const Im2col view(layer, input_shape);
  const size_t all = view.samples() * view.positions();
  const size_t blocks = (all + kBlock - 1) / kBlock;
  const size_t each = layer.outputs_per_group();
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    std::vector<float> x(kBlock * view.k());
    std::vector<float> y(kBlock * each);
    for (size_t block = next++; block < blocks; block = next++) {
      const size_t first = block * kBlock;
      const size_t count = std::min(kBlock, all - first);
      for (size_t g = 0; g < view.groups(); ++g) {
        for (size_t i = 0; i < count; ++i) {
          const size_t at = first + i;
          view.gather(input, at / view.positions(), at % view.positions(), g, 0.0f,
                      x.data() + i * view.k());
        }
        const size_t begin = g * each;
        multiply_rows({x.data(), count, view.k()},
                      {weights.data() + begin * view.k(), each, view.k()}, view.k(), y.data(),
                      each);
        for (size_t i = 0; i < count; ++i) {
          for (size_t o = 0; o < each; ++o) {
            float value = y[i * each + o] + bias[begin + o];
            if (layer.relu) value = std::max(value, 0.0F);
            const size_t at = first + i;
            output[view.output_index(at / view.positions(), at % view.positions(), begin + o)] =
                value;
          }
        }
      }
    }
  };
  std::vector<std::jthread> pool;
  for (int t = 1; t < threads && static_cast<size_t>(t) < blocks; ++t) pool.emplace_back(work);
  work();
}

}  // namespace tally
