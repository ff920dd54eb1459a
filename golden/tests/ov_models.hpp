// SPDX-License-Identifier: Apache-2.0
// Tiny networks for tests, built with OpenVINO's own API and saved as .xml + .bin.
#pragma once

#include <cmath>
#include <filesystem>
#include <memory>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <random>
#include <string>
#include <vector>

#include "golden/model/im2col.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/tests/data_files.hpp"

namespace tally::testing {

namespace op = ov::opset13;
using NodePtr = std::shared_ptr<ov::Node>;

/// Reproducible numbers in [-1, 1).
inline std::vector<float> random_floats(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(static_cast<double>(random()) / 2147483648.0 - 1.0);
  }
  return values;
}

inline std::shared_ptr<op::Constant> constant(const ov::Shape& shape,
                                              const std::vector<float>& values) {
  return op::Constant::create(ov::element::f32, shape, values);
}

inline std::shared_ptr<op::Constant> random_constant(const ov::Shape& shape, unsigned seed) {
  return constant(shape, random_floats(ov::shape_size(shape), seed));
}

inline std::shared_ptr<op::Constant> integers(const std::vector<std::int64_t>& values) {
  return op::Constant::create(ov::element::i64, {values.size()}, values);
}

inline std::shared_ptr<op::Parameter> input(const ov::PartialShape& shape,
                                            const ov::element::Type& type = ov::element::f32) {
  auto parameter = std::make_shared<op::Parameter>(type, shape);
  parameter->set_friendly_name("x");
  parameter->output(0).get_tensor().set_names({"x"});
  return parameter;
}

inline NodePtr named(const NodePtr& node, const std::string& name) {
  node->set_friendly_name(name);
  return node;
}

inline NodePtr relu(const NodePtr& node) { return std::make_shared<op::Relu>(node); }
inline NodePtr add(const NodePtr& a, const NodePtr& b) { return std::make_shared<op::Add>(a, b); }

/// Saves the network and loads it through ModelRunner.
inline ModelRunner saved(const std::filesystem::path& path, const NodePtr& result,
                         const std::vector<std::shared_ptr<op::Parameter>>& inputs,
                         const LoadOptions& options = {}) {
  const auto model = std::make_shared<ov::Model>(ov::OutputVector{result->output(0)},
                                                 ov::ParameterVector(inputs.begin(), inputs.end()));
  ov::serialize(model, path.string());
  return ModelRunner::load(path, options);
}

/// The layer in double from its definition, nothing shared with im2col: coordinates, not offsets.
inline std::vector<double> plain_layer(const LayerInfo& layer, const std::vector<size_t>& in_shape,
                                       const std::vector<size_t>& out_shape, const float* x) {
  const auto finish = [&](double sum, size_t o) {
    sum += static_cast<double>(layer.bias[o]);
    return layer.relu ? std::max(sum, 0.0) : sum;
  };
  std::vector<double> y;
  if (layer.kind == LayerKind::kMatMul) {
    const size_t rows = ov::shape_size(ov::Shape(in_shape)) / layer.k;
    for (size_t r = 0; r < rows; ++r) {
      for (size_t o = 0; o < layer.outputs; ++o) {
        double sum = 0;
        for (size_t i = 0; i < layer.k; ++i) {
          sum += static_cast<double>(layer.weights[o * layer.k + i]) *
                 static_cast<double>(x[r * layer.k + i]);
        }
        y.push_back(finish(sum, o));
      }
    }
    return y;
  }
  REQUIRE(layer.kernel.size() == 2);
  const auto signed_size = [](size_t v) { return static_cast<long>(v); };
  const long height = signed_size(in_shape[2]);
  const long width = signed_size(in_shape[3]);
  const size_t group_in = in_shape[1] / layer.groups;
  for (size_t n = 0; n < in_shape[0]; ++n) {
    for (size_t o = 0; o < layer.outputs; ++o) {
      const size_t group = o / (layer.outputs / layer.groups);
      for (size_t oy = 0; oy < out_shape[2]; ++oy) {
        for (size_t ox = 0; ox < out_shape[3]; ++ox) {
          double sum = 0;
          for (size_t c = 0; c < group_in; ++c) {
            for (size_t ky = 0; ky < layer.kernel[0]; ++ky) {
              for (size_t kx = 0; kx < layer.kernel[1]; ++kx) {
                const long iy = signed_size(oy * layer.stride[0] + ky * layer.dilation[0]) -
                                signed_size(layer.pad_begin[0]);
                const long ix = signed_size(ox * layer.stride[1] + kx * layer.dilation[1]) -
                                signed_size(layer.pad_begin[1]);
                if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
                const size_t at = ((n * in_shape[1] + group * group_in + c) * in_shape[2] +
                                   static_cast<size_t>(iy)) *
                                      in_shape[3] +
                                  static_cast<size_t>(ix);
                const size_t k = (c * layer.kernel[0] + ky) * layer.kernel[1] + kx;
                sum += static_cast<double>(layer.weights[o * layer.k + k]) *
                       static_cast<double>(x[at]);
              }
            }
          }
          y.push_back(finish(sum, o));
        }
      }
    }
  }
  return y;
}

/// Largest |a - b|; the sizes must agree.
inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(!a.empty());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

}  // namespace tally::testing
