// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "golden/core/error.hpp"
#include "golden/plan/json_fields.hpp"

namespace tally {

template <class Fields>
void list_fields(Fields& f, Histogram& h) {
  f.field("low", h.low);
  f.field("high", h.high);
  f.field("zeros", h.zeros, kNotNegative);
  f.field("counts", h.counts, kAnyLength, kNotNegative);
}

template <class Fields>
void list_fields(Fields& f, LayerPlan& l) {
  f.field("name", l.name);
  f.field("kind", l.kind);
  f.choice("number_system", l.number_system, {"exponential", "uniform", "reveal"});
  f.field("method", l.method);
  f.choice("rounding", l.rounding, {"log", "nearest"});
  f.field("n", l.n, {2, 7});
  f.field("base", l.base, {std::nextafter(1.0F, 2.0F), 1e6});
  f.field("offset", l.offset);
  f.field("relu", l.relu);
  f.field("has_bias", l.has_bias);
  f.field("inputs", l.inputs, {1, 0xFFFFF});
  f.field("outputs", l.outputs, {1, 1e9});
  f.field("vectors", l.vectors, {1, 1e9});
  f.field("segment", l.segment, {1, 0xFFFFF});
  // Tables are checked against n and the number of outputs, which have been read by now.
  const std::size_t entries = std::size_t{1} << l.n;
  const auto outputs = static_cast<std::size_t>(l.outputs);
  f.field("alpha_a", l.alpha_a, kPositive);
  f.field("beta_a", l.beta_a);
  f.field("magnitudes_a", l.magnitudes_a, entries, kNotNegative);
  f.field("boundaries_a", l.boundaries_a, entries, {0, 0x7C00});
  f.field("alpha_w", l.alpha_w, outputs, kPositive);
  f.field("beta_w", l.beta_w, outputs);
  f.field("levels_w", l.levels_w, entries, kNotNegative);
  f.field("bias", l.bias, outputs);
  f.field("codes_sha256", l.codes_sha256);
  f.field("rmae_a", l.rmae_a, kNotNegative);
  f.field("rmae_w", l.rmae_w, kNotNegative);
  f.field("output_error", l.output_error, kNotNegative);
  f.field("stored_bits", l.stored_bits, {2, 8});
  f.object("activations", l.activations);
  f.object("weights", l.weights);
}

template <class Fields>
void list_fields(Fields& f, Evaluation& e) {
  f.field("data", e.data);
  f.field("samples", e.samples, kNotNegative);
  f.field("float_metric", e.float_metric, kFraction);
  f.field("plan_metric", e.plan_metric, kFraction);
  f.field("uniform_n_metric", e.uniform_n_metric, kFraction);
  f.field("uniform_n1_metric", e.uniform_n1_metric, kFraction);
  f.field("calibration_samples", e.calibration_samples, kNotNegative);
  f.field("validation_samples", e.validation_samples, kNotNegative);
  f.field("validation_float_metric", e.validation_float_metric, kFraction);
  f.field("validation_metric", e.validation_metric, kFraction);
  f.field("max_loss_points", e.max_loss_points);
  f.field("average_bits", e.average_bits, {2, 7});
  f.field("stored_bits", e.stored_bits, {3, 8});
  f.field("stop_reason", e.stop_reason);
  f.field("limiting_layer", e.limiting_layer);
}

template <class Fields>
void list_fields(Fields& f, Plan& p) {
  f.field("schema_version", p.schema_version);
  f.field("tools", p.tools);
  f.field("command", p.command);
  f.field("model", p.model);
  f.field("model_sha256", p.model_sha256);
  f.field("input_shape", p.input_shape, kAnyLength, kNotNegative);
  f.field("mean", p.mean, kAnyLength);
  f.field("scale", p.scale, kAnyLength);
  f.field("crop", p.crop, kFraction);
  f.objects("layers", "layer", p.layers);
  f.object("evaluation", p.evaluation);
}

namespace {

constexpr int kHistogramLimit = 100000;

// Entry 0 stands for zero; the magnitudes alpha * level + beta of the others must be positive and
// strictly increasing, or a code would have two meanings.
void check_levels(const std::string& where, const char* name, const std::vector<double>& levels,
                  double alpha, double beta, const std::string& channel) {
  if (levels[0] != 0) throw Error(fmt::format("{}: {}[0] is {}, not 0", where, name, levels[0]));
  double last = 0;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const double magnitude = alpha * levels[i] + beta;
    if (!(magnitude > last) || !std::isfinite(magnitude)) {
      throw Error(fmt::format("{}: {}[{}] = {} gives magnitude {}{}, not above {}", where, name, i,
                              levels[i], magnitude, channel, last));
    }
    last = magnitude;
  }
}

// The tables of an exponential layer repeat base, alpha and beta; a file in which they disagree was
// edited by hand. The tolerance lets pow differ between machines.
void check_exponential(const std::string& where, const LayerPlan& layer) {
  const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); };
  const int zero_exponent = 1 << (layer.n - 1);
  for (int i = 1; i < 1 << layer.n; ++i) {
    const double power = std::pow(static_cast<double>(layer.base), i - zero_exponent);
    const double magnitude = layer.alpha_a * power + layer.beta_a;
    if (!same(layer.levels_w[i], power)) {
      throw Error(fmt::format("{}: levels_w[{}] is {}, not base^{} = {}", where, i,
                              layer.levels_w[i], i - zero_exponent, power));
    }
    if (!same(layer.magnitudes_a[i], magnitude)) {
      throw Error(fmt::format("{}: magnitudes_a[{}] is {}, not alpha_a * base^{} + beta_a = {}",
                              where, i, layer.magnitudes_a[i], i - zero_exponent, magnitude));
    }
  }
}

void check_layer(const std::string& where, const LayerPlan& layer) {
  check_levels(where, "magnitudes_a", layer.magnitudes_a, 1, 0, "");
  for (std::size_t c = 0; c < layer.alpha_w.size(); ++c) {
    check_levels(where, "levels_w", layer.levels_w, layer.alpha_w[c], layer.beta_w[c],
                 fmt::format(" in output channel {}", c));
  }
  const auto& t = layer.boundaries_a;
  if (t[0] != 0) throw Error(fmt::format("{}: boundaries_a[0] is {}, not 0", where, t[0]));
  for (std::size_t i = 1; i < t.size(); ++i) {
    if (t[i] == 0 || t[i] < t[i - 1]) {
      throw Error(
          fmt::format("{}: boundaries_a[{}] = 0x{:04x} after 0x{:04x}: boundaries must be "
                      "positive and not descend",
                      where, i, t[i], t[i - 1]));
    }
  }
  if (layer.number_system == "exponential") check_exponential(where, layer);
  if (layer.stored_bits != layer.n + 1) {
    throw Error(fmt::format("{}: stored_bits is {}, not n + 1 = {}", where, layer.stored_bits,
                            layer.n + 1));
  }
  for (const Histogram* h : {&layer.activations, &layer.weights}) {
    if (h->counts.size() > kHistogramLimit || h->low > h->high) {
      throw Error(fmt::format("{}: a histogram of {} bins over {} .. {}", where, h->counts.size(),
                              h->low, h->high));
    }
  }
}

void check_plan(const std::string& path, const Plan& plan) {
  if (plan.layers.empty()) throw Error(path + ": layers is empty");
  std::set<std::string> names;
  for (const LayerPlan& layer : plan.layers) {
    const std::string where = path + ": layer " + layer.name;
    if (!names.insert(layer.name).second) throw Error(where + ": appears twice");
    check_layer(where, layer);
  }
}

}  // namespace

void Histogram::add(double value) {
  if (value == 0) {
    ++zeros;
    return;
  }
  const auto bins = static_cast<double>(counts.size());
  const double bin = std::floor((value - low) / (high - low) * bins);
  ++counts[static_cast<std::size_t>(std::clamp(bin, 0.0, bins - 1))];
}

Histogram histogram_of(const std::vector<float>& values, int bins) {
  Histogram histogram;
  for (const float value : values) {
    histogram.low = std::min(histogram.low, static_cast<double>(value));
    histogram.high = std::max(histogram.high, static_cast<double>(value));
  }
  histogram.high = std::max(histogram.high, -histogram.low);
  if (histogram.low < 0) histogram.low = -histogram.high;
  histogram.counts.assign(static_cast<std::size_t>(bins), 0);
  for (const float value : values) histogram.add(value);
  return histogram;
}

Plan read_plan(const std::string& path) {
  const Json json = read_json(path);
  FieldReader reader(json, path);
  // The version decides whether the other fields mean what this program thinks: look at it first.
  int version = 0;
  reader.field("schema_version", version);
  if (version != kPlanSchemaVersion) {
    throw Error(fmt::format("{}: schema_version is {}; this program reads version {}", path,
                            version, kPlanSchemaVersion));
  }
  Plan plan;
  list_fields(reader, plan);
  reader.finish();
  check_plan(path, plan);
  return plan;
}

void write_plan(const std::string& path, const Plan& plan) {
  check_plan(path, plan);
  write_record(path, plan);
}

void check_plan_is_for(const Plan& plan, const std::string& plan_path,
                       const std::string& model_path, const std::string& model_checksum) {
  if (model_checksum != plan.model_sha256) {
    throw Error(fmt::format("{}: was made for another model: {} with SHA-256 {}, but {} has {}",
                            plan_path, plan.model, plan.model_sha256, model_path, model_checksum));
  }
}

const LayerPlan& find_layer(const Plan& plan, const std::string& plan_path,
                            const std::string& name) {
  for (const LayerPlan& layer : plan.layers) {
    if (layer.name == name) return layer;
  }
  throw Error(fmt::format("{}: layer {} is missing", plan_path, name));
}

}  // namespace tally
