// SPDX-License-Identifier: Apache-2.0
// A small, complete plan and run for tests of files and reports; the numbers are made up.
#pragma once

#include <cmath>

#include "golden/core/signed_digits.hpp"
#include "golden/plan/plan.hpp"
#include "golden/plan/run_record.hpp"

namespace tally {

inline LayerPlan sample_layer(const std::string& name, int n, std::int64_t inputs,
                              std::int64_t outputs) {
  LayerPlan layer;
  layer.name = name;
  layer.kind = "MatMul";
  layer.number_system = "exponential";
  layer.method = "output";
  layer.rounding = "nearest";
  layer.n = n;
  layer.base = 1.3F;
  layer.relu = true;
  layer.has_bias = true;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.segment = inputs;
  layer.alpha_a = 0.1;
  layer.beta_a = 1.0 / 3;
  const int entries = 1 << n;
  layer.levels_w = {0};
  layer.magnitudes_a = {0};
  layer.boundaries_a = {0};
  for (int i = 1; i < entries; ++i) {
    layer.levels_w.push_back(std::pow(static_cast<double>(layer.base), i - entries / 2));
    layer.magnitudes_a.push_back(layer.alpha_a * layer.levels_w.back() + layer.beta_a);
    layer.boundaries_a.push_back(static_cast<std::uint16_t>(0x3000 + 64 * i));
  }
  for (std::int64_t c = 0; c < outputs; ++c) {
    layer.alpha_w.push_back(0.01 + 0.001 * static_cast<double>(c));
    layer.beta_w.push_back(-0.001);
    layer.bias.push_back(0.1F * static_cast<float>(c));
  }
  layer.codes_sha256 = std::string(64, 'a');
  layer.rmae_a = 0.0421;
  layer.rmae_w = 0.0317;
  layer.output_error = 0.00125;
  layer.stored_bits = n + 1;
  std::vector<float> values;
  for (int i = 0; i < 4000; ++i) {
    values.push_back(static_cast<float>(std::sin(i * 0.37) * std::exp(-(i % 97) / 30.0)));
  }
  layer.weights = histogram_of(values, 160);
  for (float& value : values) value = value < 0.05F ? 0.0F : 3 * value;
  layer.activations = histogram_of(values, 160);
  return layer;
}

/// The same layer as Term Revealing: g = 4, k = 6, s = 2.
inline LayerPlan sample_reveal_layer(const std::string& name, std::int64_t inputs,
                                     std::int64_t outputs) {
  const LayerPlan other = sample_layer(name, 7, inputs, outputs);
  LayerPlan layer;
  layer.name = name;
  layer.kind = other.kind;
  layer.number_system = "reveal";
  layer.method = "squared error";
  layer.n = 7;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.segment = inputs;
  layer.hese = true;
  layer.group = 4;
  layer.budget = 6;
  layer.terms = 2;
  layer.scale_a = 0.02;
  layer.scale_w.assign(static_cast<std::size_t>(outputs), 0.001);
  layer.boundaries_a = other.boundaries_a;
  for (int i = 0; i <= 127; ++i) {
    const SignedDigits digits = keep_largest(encode_digits(i, DigitEncoding::kHese), layer.terms);
    layer.magnitudes_a.push_back(layer.scale_a * digits_value(digits));
  }
  layer.bias = other.bias;
  layer.codes_sha256 = other.codes_sha256;
  layer.stored_bits = 8;
  layer.weights = other.weights;
  layer.activations = other.activations;
  return layer;
}

/// A product of two activations in uniform, n = 7.
inline ProductPlan sample_product(const std::string& name) {
  ProductPlan product;
  product.name = name;
  product.number_system = "uniform";
  product.method = "output";
  product.n = 7;
  product.rows = 3;
  product.inputs = 4;
  product.columns = 5;
  product.heads = 2;
  product.stored_bits = 8;
  product.output_error = 0.002;
  for (OperandPlan* side : {&product.a, &product.b}) {
    side->alpha = 0.02;
    side->rmae = 0.01;
    for (int i = 0; i < 128; ++i) {
      side->magnitudes.push_back(side->alpha * i);
      side->boundaries.push_back(static_cast<std::uint16_t>(i == 0 ? 0 : 0x2000 + 64 * i));
    }
  }
  return product;
}

inline Plan sample_plan() {
  Plan plan;
  plan.tools = {"tally 0.1.0", "OpenVINO 2026.4.1"};
  plan.command = {"tally", "search", "model.onnx", "--max-loss", "0.5"};
  plan.model = "model.onnx";
  plan.model_sha256 = std::string(64, '0');
  plan.input_shape = {0, 784};
  plan.layers = {sample_layer("fc1", 3, 784, 5), sample_layer("fc2", 4, 5, 10)};
  plan.products = {sample_product("scores")};
  plan.macs = 784 * 5 + 5 * 10 + 2 * 3 * 4 * 5 + 910;  // 910 stay in float
  Evaluation& e = plan.evaluation;
  e.data = "t10k-images-idx3-ubyte";
  e.samples = 10000;
  e.float_metric = 0.9842;
  e.plan_metric = 0.9831;
  e.uniform_n_metric = 0.9412;
  e.uniform_n1_metric = 0.9837;
  e.calibration_samples = 512;
  e.validation_samples = 2000;
  e.validation_float_metric = 0.985;
  e.validation_metric = 0.9835;
  e.max_loss_points = 0.5;
  e.average_bits = 3.5;
  e.stored_bits = 4.5;
  e.stop_reason = "every layer with one bit less loses more than 0.5 points";
  e.limiting_layer = "fc2";
  return plan;
}

inline RunRecord sample_run() {
  RunRecord run;
  run.tools = {"tally 0.1.0", "OpenVINO 2026.4.1"};
  run.command = {"tally", "run", "model.onnx", "--device", "rtl"};
  run.model_sha256 = std::string(64, '0');
  run.device = "rtl";
  run.config = "default";
  run.reference = "emulator on the same bytes, bit for bit";
  run.data = "t10k-images-idx3-ubyte";
  run.samples = 20;
  run.batch = 10;
  run.metric = 1.0;
  run.float_metric = 1.0;
  run.compared = 300;
  run.cycles = 43210;
  run.utilization = 0.53;
  run.seconds = 1.25;
  run.layers = {{"fc1", 1, 20, 100, 0, 78400, {}, 0, 40000, 21000, 0.525},
                {"fc2", 1, 20, 200, 0, 1000, 1400, 0, 3210, 1700, 0.53},
                {"scores", 2, 20, 0, 0, 0, {}, 0, 0, 0, 0.0}};
  return run;
}

}  // namespace tally
