// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "golden/core/error.hpp"
#include "golden/plan/check_layer_plan.hpp"
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
void list_exponential_fields(Fields& f, LayerPlan& l, std::size_t outputs, std::size_t entries) {
  f.choice("rounding", l.rounding, {"log", "nearest"});
  f.field("base", l.base, {std::nextafter(1.0F, 2.0F), 1e6});
  f.field("offset", l.offset);
  f.field("alpha_a", l.alpha_a, kPositive);
  f.field("beta_a", l.beta_a);
  f.field("alpha_w", l.alpha_w, outputs, kPositive);
  f.field("beta_w", l.beta_w, outputs);
  f.field("levels_w", l.levels_w, entries, kNotNegative);
}

template <class Fields>
void list_digit_fields(Fields& f, LayerPlan& l, std::size_t outputs) {
  f.field("hese", l.hese);
  f.field("group", l.group, {1, 8});
  f.field("budget", l.budget, {1, 56});
  f.field("terms", l.terms, {1, 7});
  f.field("scale_a", l.scale_a, kPositive);
  f.field("scale_w", l.scale_w, outputs, kPositive);
}

template <class Fields>
void list_fields(Fields& f, LayerPlan& l) {
  f.field("name", l.name);
  f.field("kind", l.kind);
  f.choice("number_system", l.number_system, {"exponential", "uniform", "reveal"});
  f.field("method", l.method);
  f.field("n", l.n, {2, 7});
  f.field("relu", l.relu);
  f.field("has_bias", l.has_bias);
  f.field("inputs", l.inputs, {1, 0xFFFFF});
  f.field("outputs", l.outputs, {1, 1e9});
  f.field("vectors", l.vectors, {1, 1e9});
  f.field("places", l.places, {1, 1e9});
  f.field("segment", l.segment, {1, 0xFFFFF});
  // Tables are checked against n and the number of outputs, which have been read by now.
  const std::size_t entries = l.counts_digits() ? 128 : std::size_t{1} << l.n;
  const auto outputs = static_cast<std::size_t>(l.outputs);
  if (l.counts_digits()) {
    list_digit_fields(f, l, outputs);
  } else {
    list_exponential_fields(f, l, outputs, entries);
  }
  f.field("magnitudes_a", l.magnitudes_a, entries, kNotNegative);
  f.field("boundaries_a", l.boundaries_a, entries, {0, 0x7C00});
  f.field("bias", l.bias, outputs);
  f.field("codes_sha256", l.codes_sha256);
  f.field("codes", l.codes);
  f.field("rmae_a", l.rmae_a, kNotNegative);
  f.field("rmae_w", l.rmae_w, kNotNegative);
  f.field("output_error", l.output_error, kNotNegative);
  f.field("stored_bits", l.stored_bits, {2, 8});
  f.object("activations", l.activations);
  f.object("weights", l.weights);
}

template <class Fields>
void list_fields(Fields& f, OperandPlan& o) {
  f.field("alpha", o.alpha, kPositive);
  f.field("beta", o.beta);
  f.field("magnitudes", o.magnitudes, kAnyLength, kNotNegative);
  f.field("boundaries", o.boundaries, kAnyLength, {0, 0x7C00});
  f.field("rmae", o.rmae, kNotNegative);
}

template <class Fields>
void list_fields(Fields& f, ProductPlan& p) {
  f.field("name", p.name);
  f.choice("number_system", p.number_system, {"exponential", "uniform"});
  f.field("method", p.method);
  f.field("n", p.n, {2, 7});
  f.field("rows", p.rows, {1, 1e9});
  f.field("inputs", p.inputs, {1, 0xFFFFF});
  f.field("columns", p.columns, {1, 1e9});
  f.field("heads", p.heads, {1, 1e9});
  if (!p.counts_digits()) {
    f.field("base", p.base, {std::nextafter(1.0F, 2.0F), 1e6});
    f.field("offset", p.offset);
  }
  f.object("a", p.a);
  f.object("b", p.b);
  f.field("output_error", p.output_error, kNotNegative);
  f.field("stored_bits", p.stored_bits, {3, 8});
}

template <class Fields>
void list_fields(Fields& f, Evaluation& e) {
  f.choice("metric", e.metric, {"top-1", "perplexity", "embedding"});
  f.field("data", e.data);
  f.field("samples", e.samples, kNotNegative);
  const Range range = e.metric == "top-1" ? kFraction : kAny;
  f.field("float_metric", e.float_metric, e.metric == "perplexity" ? kPositive : range);
  f.field("plan_metric", e.plan_metric, range);
  f.field("uniform_n_metric", e.uniform_n_metric, range);
  f.field("uniform_n1_metric", e.uniform_n1_metric, range);
  f.field("calibration_samples", e.calibration_samples, kNotNegative);
  f.field("validation_samples", e.validation_samples, kNotNegative);
  f.field("same_samples", e.same_samples);
  f.field("validation_float_metric", e.validation_float_metric, kFraction);
  f.field("validation_metric", e.validation_metric, range);
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
  f.field("crop", p.crop, {std::numeric_limits<double>::denorm_min(), 1});
  f.field("macs", p.macs, kNotNegative);
  f.field("left_in_float", p.left_in_float);
  f.objects("layers", "layer", p.layers);
  f.objects("products", "product", p.products);
  f.object("evaluation", p.evaluation);
}

namespace {

void check_plan(const std::string& path, const Plan& plan) {
  if (plan.layers.empty()) throw Error(path + ": layers is empty");
  std::set<std::string> names;
  for (const LayerPlan& layer : plan.layers) {
    const std::string where = path + ": layer " + layer.name;
    if (!names.insert(layer.name).second) throw Error(where + ": appears twice");
    check_layer_plan(where, layer);
  }
  for (const ProductPlan& product : plan.products) {
    const std::string where = path + ": product " + product.name;
    if (!names.insert(product.name).second) throw Error(where + ": appears twice");
    check_product_plan(where, product);
  }
  if (quantized_share(plan) > 1 + 1e-9) {
    throw Error(fmt::format("{}: macs is {}, less than its layers and products make together", path,
                            plan.macs));
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
    throw Error(fmt::format(
        "{}: schema_version is {}; this program reads version {}: make the plan again with tally "
        "search",
        path, version, kPlanSchemaVersion));
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

double quantized_share(const Plan& plan) {
  double quantized = 0;
  for (const LayerPlan& layer : plan.layers) quantized += layer.macs();
  for (const ProductPlan& product : plan.products) quantized += product.macs();
  return plan.macs > 0 ? quantized / plan.macs : quantized > 0 ? 2 : 0;
}

const LayerPlan& find_layer(const Plan& plan, const std::string& plan_path,
                            const std::string& name) {
  for (const LayerPlan& layer : plan.layers) {
    if (layer.name == name) return layer;
  }
  throw Error(fmt::format("{}: layer {} is missing", plan_path, name));
}

}  // namespace tally
