// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/searched_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "golden/cli/commands.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/quantize_product.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/core/error.hpp"
#include "golden/model/layer_pass.hpp"
#include "golden/search/cached_search.hpp"
#include "golden/search/parallel.hpp"

namespace tally {
namespace {

// Changes whenever a plan would be measured otherwise for the same key.
constexpr int kMeasurementVersion = 1;
constexpr std::size_t kLeast = 16;
constexpr std::size_t kFew = 256;
constexpr std::size_t kRows = 2048;
constexpr std::size_t kPlanValues = 1 << 18;

void check_varied(const Dataset& data, std::size_t begin, std::size_t count, const char* what,
                  const Session& session) {
  std::vector<float> first(session.input_elements());
  std::vector<float> other(session.input_elements());
  data.fill(begin, 1, session.inputs(), first.data());
  for (std::size_t i = begin + 1; i < begin + count; ++i) {
    data.fill(i, 1, session.inputs(), other.data());
    if (other != first) return;
  }
  throw Error(fmt::format("{}: the {} calibration samples that {} are all the same", data.path(),
                          count, what));
}

// Larger is better, 1 for a perfect network: top-1 accuracy, else 1 less the share that was lost
// against the float network (loss_points of golden/model).
double metric_value(const EvalResult& exact, const EvalResult& result) {
  if (result.score.metric == Metric::kTop1) return result.accuracy;
  return 1 - loss_points(exact.score, result.score) / 100;
}

EvalResult evaluate_outputs(const ModelRunner& runner, const Dataset& data,
                            const Substitution& substitution, std::size_t first, std::size_t limit,
                            const std::string& label, const std::vector<float>* reference = nullptr,
                            int threads = 0) {
  Session session = runner.session(substitution, batch_of(runner), threads);
  EvalOptions options;
  options.first = first;
  options.limit = limit;
  options.keep_outputs = true;
  options.reference = reference;
  // Without labels only the float network itself can judge.
  if (data.labels_per_sample() == 0) options.metric = Metric::kEmbedding;
  ProgressLine line(label, "samples", 0);
  if (!label.empty()) {
    options.progress = [&](std::size_t done, std::size_t total) {
      line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
    };
  }
  return evaluate(session, data, options);
}

CalibrationSplit split_samples(const Dataset& data, std::int64_t tuning, std::int64_t validation) {
  if (data.size() < kLeast) {
    throw Error(fmt::format("{}: {} samples are too few for calibration, at least {} are needed",
                            data.path(), data.size(), kLeast));
  }
  const auto wanted = [&](std::int64_t samples, std::int64_t usual, const char* name) {
    // The usual number means "or all"; any other was asked for.
    if (samples != usual && samples > static_cast<std::int64_t>(data.size())) {
      throw Error(fmt::format("{}: {} is {}, there are {} samples", data.path(), name, samples,
                              data.size()));
    }
    if (samples < static_cast<std::int64_t>(kLeast)) {
      throw Error(fmt::format("{} is {}, below {}", name, samples, kLeast));
    }
    return static_cast<std::size_t>(samples);
  };
  CalibrationSplit parts;
  parts.tuning = wanted(tuning, SearchOptions{}.calibration_samples, "--calib-samples");
  parts.validation = wanted(validation, SearchOptions{}.validation_samples, "--validation-samples");
  if (data.size() < kFew) {
    parts.shared = true;
    parts.tuning = std::min(parts.tuning, data.size());
    parts.validation = std::min(parts.validation, data.size());
  } else {
    // Half of the data by default; who asks for more gets it, as long as some are left to choose
    // on.
    const bool asked = tuning != SearchOptions{}.calibration_samples;
    parts.tuning = std::min(parts.tuning, asked ? data.size() : data.size() / 2);
    if (data.size() - parts.tuning < kLeast) {
      throw Error(fmt::format(
          "{}: --calib-samples {} leaves {} of {} samples to choose on, at least {} are needed",
          data.path(), tuning, data.size() - parts.tuning, data.size(), kLeast));
    }
    parts.validation = std::min(parts.validation, data.size() - parts.tuning);
    parts.first_validation = data.size() - parts.validation;
  }
  return parts;
}

CalibrationSplit within_memory(CalibrationSplit parts, const ModelRunner& runner,
                               double gigabytes) {
  const auto elements = [](const std::vector<std::size_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>());
  };
  double widest = 1;
  for (const LayerInfo& layer : runner.layers()) {
    widest = std::max(widest, elements(layer.input_shape) + elements(layer.output_shape));
  }
  // Measured on EfficientNet-lite0: OpenVINO, our copies and the layer's own work hold about five
  // times what goes into and comes out of the widest layer.
  constexpr double kCopies = 5;
  const double fit = 1e9 * gigabytes / (kCopies * sizeof(float) * widest);
  const auto most = std::max(kLeast, static_cast<std::size_t>(std::min(fit, 1e15)));
  if (most < parts.tuning) {
    parts.left_out = parts.tuning - most;
    parts.tuning = most;
  }
  return parts;
}

}  // namespace

CalibrationSplit split_calibration(const ModelRunner& runner, const Dataset& data,
                                   const SearchOptions& options) {
  return within_memory(split_samples(data, options.calibration_samples, options.validation_samples),
                       runner, options.memory);
}

std::string calibration_text(const Dataset& data, const CalibrationSplit& parts) {
  std::string text =
      parts.shared
          ? fmt::format(
                "{}: {} samples tune and {} choose, of the same {}: too few to hold any back",
                data.path(), parts.tuning, parts.validation, data.size())
          : fmt::format("{}: {} samples tune, {} others choose", data.path(), parts.tuning,
                        parts.validation);
  if (parts.left_out > 0) {
    text += fmt::format("; {} more would not fit into --memory", parts.left_out);
  }
  if (data.labels_per_sample() == 0) {
    text +=
        "; no labels, so a plan is judged by the likeness of its outputs to the float network's";
  }
  return text;
}

SearchedNetwork::SearchedNetwork(const ModelRunner& runner, const Dataset& data,
                                 const CalibrationSplit& parts, int threads, ResultStore* store,
                                 std::vector<ProductPlan> products)
    : runner_(runner),
      data_(data),
      parts_(parts),
      threads_(threads),
      store_(store),
      products_(std::move(products)) {
  float_ = evaluate_outputs(runner_, data_, checked(runner_, {}), parts_.first_validation,
                            parts_.validation, "float network");
  const Session one = runner_.session({}, 1);
  check_varied(data_, 0, parts_.tuning, "tune", one);
  check_varied(data_, parts_.first_validation, parts_.validation, "choose", one);
  activations_.resize(runner_.layers().size());
  targets_.resize(runner_.layers().size());
  visit_layers(runner_, data_, calibration_options(), threads_,
               [&](std::size_t i, const LayerActivations& seen) -> std::optional<QuantizedCall> {
                 targets_[i] = exact_outputs(runner_.layers()[i], seen);
                 activations_[i] = seen;
                 activations_[i].rows = {};
                 return std::nullopt;
               });
}

CalibrationOptions SearchedNetwork::calibration_options() const {
  CalibrationOptions options;
  options.samples = parts_.tuning;
  options.max_values = kPlanValues;
  // Means and variances of a channel's output are only as good as the rows are many.
  options.max_rows = kRows;
  return options;
}

NetworkHooks SearchedNetwork::hooks() {
  NetworkHooks hooks;
  hooks.measure = [this](const PartialPlan& plan) { return measure(plan, 0); };
  hooks.measure_all = [this](const auto& plans, const auto& done) {
    return measure_all(plans, done);
  };
  hooks.pass = [this](const LayerTuner& tuner) { pass(tuner); };
  hooks.same_samples = parts_.shared;
  return hooks;
}

// A network on one thread, as many at once as there are threads: much of a measurement (preparing
// the network, quantizing activations) has no other parallelism.
std::vector<Measurement> SearchedNetwork::measure_all(
    const std::vector<PartialPlan>& plans, const std::function<void(std::size_t)>& done) const {
  std::vector<Measurement> measured(plans.size());
  std::mutex mutex;  // for done
  parallel_for(plans.size(), threads_, [&](std::size_t i) {
    measured[i] = measure(plans[i], 1);
    const std::lock_guard lock(mutex);
    done(i);
  });
  return measured;
}

Measurement SearchedNetwork::measure(const PartialPlan& plan, int session_threads) const {
  if (std::all_of(plan.begin(), plan.end(), [](const auto* p) { return p == nullptr; })) {
    return {metric_value(float_, float_), 0};
  }
  std::string key;
  if (store_ != nullptr) {
    KeyBuilder builder;
    builder.add(runner_.info().checksum).add(float_.score.metric).add(float_.score.value);
    builder.add(kMeasurementVersion).add(std::span<const float>(float_.outputs));
    if (data_.labels_per_sample() > 0) {
      builder.add(std::span<const std::int64_t>(data_.labels(float_.classes)));
    }
    for (const LayerParams* layer : plan) {
      builder.add(layer == nullptr ? std::string() : to_bytes(*layer));
    }
    for (const ProductPlan& product : products_) {
      for (const OperandPlan* side : {&product.a, &product.b}) {
        builder.add(std::span<const double>(side->magnitudes));
        builder.add(std::span<const std::uint16_t>(side->boundaries));
      }
    }
    key = builder.key();
    if (const auto bytes = store_->get(key)) {
      const auto json = nlohmann::json::from_cbor(*bytes, true, false);
      if (json.is_array() && json.size() == 2) return {json[0], json[1]};
    }
  }
  // Taps only where something is quantized: elsewhere they would keep OpenVINO from fusing layers.
  const EvalResult result =
      evaluate_outputs(runner_, data_, substitution(plan), parts_.first_validation,
                       parts_.validation, "", &float_.outputs, session_threads);
  const Measurement measured{metric_value(float_, result), result.score.divergence};
  if (store_ != nullptr) {
    const auto bytes =
        nlohmann::json::to_cbor(nlohmann::json::array({measured.metric, measured.divergence}));
    store_->put(key, {bytes.begin(), bytes.end()});
  }
  return measured;
}

void SearchedNetwork::pass(const LayerTuner& tuner) const {
  const auto visit = [&](std::size_t i,
                         const LayerActivations& seen) -> std::optional<QuantizedCall> {
    const LayerInfo& info = runner_.layers()[i];
    LayerData data = layer_data(info, seen);
    data.target = targets_[i];
    data.shared_gain = i + 1 == runner_.layers().size();
    const LayerParams* const params = [&] {
      try {
        return tuner(i, data);
      } catch (const Error& error) {
        throw Error(fmt::format("{}: {}", data_.path(), error.what()));
      }
    }();
    if (params == nullptr) return std::nullopt;
    FakeLayer fake = fake_layer(*params);
    return QuantizedCall{
        std::make_shared<const std::vector<float>>(dequantized_halves(fake.activations)),
        std::move(fake.weights), std::move(fake.bias)};
  };
  visit_layers(runner_, data_, calibration_options(), threads_, visit,
               with_products({}, products_));
}

Substitution SearchedNetwork::substitution(const PartialPlan& plan) const {
  Substitution result = with_products({}, products_);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i] != nullptr) result.layers[i] = substitution_of(fake_layer(*plan[i]));
  }
  return result;
}

Substitution SearchedNetwork::substitution(const std::vector<LayerParams>& layers) const {
  return substitution(whole_plan(layers));
}

double metric_on(const ModelRunner& runner, const Dataset& data, const EvalResult& exact,
                 const Substitution& substitution, const std::string& label) {
  return evaluate_outputs(runner, data, checked(runner, substitution), 0, 0, label, &exact.outputs)
      .score.value;
}

EvalResult exact_on(const ModelRunner& runner, const Dataset& data, std::size_t limit) {
  return evaluate_outputs(runner, data, checked(runner, {}), 0, limit, "float network");
}

Comparison compare_on(const ModelRunner& runner, const Dataset& data, const EvalResult& exact,
                      const Substitution& substitution, const std::string& label) {
  const EvalResult result =
      evaluate_outputs(runner, data, checked(runner, substitution), 0, 0, label, &exact.outputs);
  return {result.samples, metric_value(exact, exact), metric_value(exact, result),
          result.score.agreement, result.score.divergence};
}

}  // namespace tally
