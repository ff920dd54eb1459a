// SPDX-License-Identifier: Apache-2.0
#include "golden/model/layer_compute.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "golden/core/product.hpp"
#include "golden/model/im2col.hpp"

namespace tally {

namespace {

// Output positions taken together; fixed, so that sums come out alike however many threads there
// are.
constexpr size_t kBlock = 8 * kPanelColumns;

bool all_equal(const std::vector<size_t>& values, size_t value) {
  return std::all_of(values.begin(), values.end(), [=](size_t v) { return v == value; });
}

// Output positions are input positions: nothing to gather.
bool is_pointwise(const LayerInfo& layer) {
  return layer.kind == LayerKind::kConvolution && all_equal(layer.kernel, 1) &&
         all_equal(layer.stride, 1) && all_equal(layer.pad_begin, 0) && all_equal(layer.pad_end, 0);
}

bool is_depthwise_2d(const LayerInfo& layer) {
  return layer.kind == LayerKind::kGroupConvolution && layer.kernel.size() == 2 &&
         layer.k == layer.kernel[0] * layer.kernel[1];
}

// Runs body(i) for i = 0..count-1, shared out over the threads.
template <typename Body>
void share(size_t count, int threads, const Body& body) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    auto own = body();
    for (size_t i = next++; i < count; i = next++) own(i);
  };
  std::vector<std::jthread> pool;
  for (int t = 1; t < threads && static_cast<size_t>(t) < count; ++t) pool.emplace_back(work);
  work();
}

struct Call {
  const LayerInfo& layer;
  std::span<const size_t> input_shape;
  const float* input;
  std::span<const float> weights, bias;
  float* output;

  float finish(float sum, size_t o) const {
    const float value = sum + bias[o];
    return layer.relu ? std::max(value, 0.0F) : value;
  }
};

// One plane of a depthwise convolution: kernel elements in order, each added to a row of outputs.
void depthwise_plane(const Call& call, size_t sample, size_t o) {
  const LayerInfo& layer = call.layer;
  const auto in_h = static_cast<std::ptrdiff_t>(call.input_shape[2]);
  const auto in_w = static_cast<std::ptrdiff_t>(call.input_shape[3]);
  const auto outputs = [&](std::ptrdiff_t in, size_t axis) {
    const size_t reach = (layer.kernel[axis] - 1) * layer.dilation[axis] + 1;
    const size_t padded = static_cast<size_t>(in) + layer.pad_begin[axis] + layer.pad_end[axis];
    return static_cast<std::ptrdiff_t>((padded - reach) / layer.stride[axis] + 1);
  };
  const std::ptrdiff_t out_h = outputs(in_h, 0);
  const std::ptrdiff_t out_w = outputs(in_w, 1);
  const size_t channel = o / layer.outputs_per_group();
  const float* const plane =
      call.input + (sample * layer.groups + channel) * static_cast<size_t>(in_h * in_w);
  float* row = call.output + (sample * layer.outputs + o) * static_cast<size_t>(out_h * out_w);
  const auto step = static_cast<std::ptrdiff_t>(layer.stride[1]);
  for (std::ptrdiff_t y = 0; y < out_h; ++y, row += out_w) {
    std::fill_n(row, out_w, 0.0F);
    const float* w = call.weights.data() + o * layer.k;
    for (size_t ky = 0; ky < layer.kernel[0]; ++ky) {
      const auto at_y = y * static_cast<std::ptrdiff_t>(layer.stride[0]) +
                        static_cast<std::ptrdiff_t>(ky * layer.dilation[0]) -
                        static_cast<std::ptrdiff_t>(layer.pad_begin[0]);
      for (size_t kx = 0; kx < layer.kernel[1]; ++kx, ++w) {
        if (at_y < 0 || at_y >= in_h) continue;
        const auto shift = static_cast<std::ptrdiff_t>(kx * layer.dilation[1]) -
                           static_cast<std::ptrdiff_t>(layer.pad_begin[1]);
        // Outputs whose input x * step + shift lies inside the row.
        const std::ptrdiff_t first = shift < 0 ? (-shift + step - 1) / step : 0;
        const std::ptrdiff_t last = std::min(out_w, (in_w - shift + step - 1) / step);
        if (first >= last) continue;
        add_scaled(*w, plane + at_y * in_w + first * step + shift, layer.stride[1],
                   static_cast<size_t>(last - first), row + first);
      }
    }
    for (std::ptrdiff_t x = 0; x < out_w; ++x) row[x] = call.finish(row[x], o);
  }
}

// Packs up to kPanelColumns positions from `first` on as [k][kPanelColumns].
void pack_positions(const Im2col& view, const Call& call, bool pointwise, size_t first,
                    size_t count, size_t group, std::vector<float>& column, float* packed) {
  const size_t k = view.k();
  if (!pointwise) {
    for (size_t j = 0; j < count; ++j) {
      const size_t at = first + j;
      view.gather(call.input, at / view.positions(), at % view.positions(), group, 0.0F,
                  column.data());
      for (size_t i = 0; i < k; ++i) packed[i * kPanelColumns + j] = column[i];
    }
    return;
  }
  for (size_t j = 0; j < count;) {  // runs of positions of one sample
    const size_t sample = (first + j) / view.positions();
    const size_t position = (first + j) % view.positions();
    const size_t run = std::min(count - j, view.positions() - position);
    const float* from = call.input + sample * k * view.positions() + position;
    for (size_t i = 0; i < k; ++i, from += view.positions()) {
      std::copy_n(from, run, packed + i * kPanelColumns + j);
    }
    j += run;
  }
}

// Outputs of one group at the positions that were packed.
void multiply_packed(const Im2col& view, const Call& call, size_t first, size_t count, size_t group,
                     const float* packed) {
  const size_t each = call.layer.outputs_per_group();
  const size_t k = view.k();
  Panel panel;
  std::array<size_t, kPanelColumns> at;
  for (size_t j = 0; j < count; ++j) {
    at[j] = view.output_index((first + j) / view.positions(), (first + j) % view.positions(), 0);
  }
  const size_t step = view.output_index(0, 0, 1) - view.output_index(0, 0, 0);
  for (size_t o = group * each; o < (group + 1) * each; o += kPanelRows) {
    const size_t outputs = std::min(kPanelRows, (group + 1) * each - o);
    PanelRows rows;
    for (size_t i = 0; i < kPanelRows; ++i) {
      rows[i] = call.weights.data() + (o + std::min(i, outputs - 1)) * k;
    }
    multiply_panel(rows, packed, k, panel);
    for (size_t i = 0; i < outputs; ++i) {
      const float* const sums = panel.data() + i * kPanelColumns;
      for (size_t j = 0; j < count; ++j) {
        call.output[at[j] + (o + i) * step] = call.finish(sums[j], o + i);
      }
    }
  }
}

}  // namespace

void compute_layer(const LayerInfo& layer, std::span<const size_t> input_shape, const float* input,
                   std::span<const float> weights, std::span<const float> bias, float* output,
                   int threads) {
  const Im2col view(layer, input_shape);
  const Call call{layer, input_shape, input, weights, bias, output};
  if (is_depthwise_2d(layer)) {
    share(view.samples() * layer.outputs, threads, [&] {
      return [&](size_t i) { depthwise_plane(call, i / layer.outputs, i % layer.outputs); };
    });
    return;
  }
  const bool pointwise = is_pointwise(layer);
  const size_t all = view.samples() * view.positions();
  share((all + kBlock - 1) / kBlock, threads, [&] {
    return [&, column = std::vector<float>(view.k()),
            packed = std::vector<float>(view.k() * kPanelColumns)](size_t block) mutable {
      const size_t end = std::min(all, (block + 1) * kBlock);
      for (size_t g = 0; g < view.groups(); ++g) {
        for (size_t first = block * kBlock; first < end; first += kPanelColumns) {
          const size_t count = std::min(kPanelColumns, end - first);
          pack_positions(view, call, pointwise, first, count, g, column, packed.data());
          multiply_packed(view, call, first, count, g, packed.data());
        }
      }
    };
  });
}

}  // namespace tally
