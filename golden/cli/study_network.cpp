// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/study_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/search_bridge.hpp"
#include "golden/core/error.hpp"
#include "golden/core/half.hpp"
#include "golden/search/parallel.hpp"

namespace tally {
namespace {

constexpr std::size_t kStudyValues = 1 << 16;  // of a layer's input data

}  // namespace

StudyNetwork::StudyNetwork(const StudyOptions& options)
    : options_(options),
      runner_(open_model(options.input)),
      data_(open_data(options.input, options.data)) {
  require_classes(data_, "study");
  samples_ = sample_limit(data_, options.samples);
  const Dataset calibration = open_data(options.input, options.calibration);
  CalibrationOptions how;
  if (options.calibration_samples < 1) {
    throw Error(fmt::format("--calib-samples is {}, below 1", options.calibration_samples));
  }
  how.samples = std::min(static_cast<std::size_t>(options.calibration_samples), calibration.size());
  how.max_values = kStudyValues;
  activations_ = calibrate(runner_, calibration, how);
  float_accuracy_ = evaluate_network(runner_, data_, {}, "float", 0, samples_).accuracy;
}

std::vector<DigitFit> StudyNetwork::fit(const DigitOptions& options) const {
  std::vector<DigitFit> fits(activations_.size());
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  parallel_for(fits.size(), threads, [&](std::size_t i) {
    fits[i] = fit_digits(layer_data(runner_.layers()[i], activations_[i]), options);
  });
  return fits;
}

StudyNetwork::Result StudyNetwork::measure(const DigitOptions& options) const {
  Result result;
  Substitution substitution;
  const std::vector<DigitFit> fits = fit(options);
  for (std::size_t i = 0; i < fits.size(); ++i) {
    substitution.layers[i] = substitution_of(fits[i].fake);
    const double share = runner_.layers()[i].macs / multiplications();
    result.pairs.bound += share * fits[i].params.pairs.bound;
    result.pairs.present += share * fits[i].params.pairs.present;
  }
  result.accuracy =
      evaluate_network(runner_, data_, substitution, digits_text(options), 0, samples_).accuracy;
  return result;
}

std::vector<QuantizedLayer> StudyNetwork::quantize(const DigitOptions& options) const {
  std::vector<QuantizedLayer> layers;
  const std::vector<DigitFit> fits = fit(options);
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const LayerInfo& info = runner_.layers()[i];
    const LayerPlan plan = layer_plan(fits[i].params.layer_params(), info, activations_[i],
                                      options.encoding, options.group);
    layers.push_back(quantize_layer(plan, info, options_.input.model));
  }
  return layers;
}

double StudyNetwork::multiplications() const {
  double sum = 0;
  for (const LayerInfo& layer : runner_.layers()) sum += static_cast<double>(layer.macs);
  return sum;
}

std::vector<StudyNetwork::Integers> StudyNetwork::integers() const {
  std::vector<Integers> all;
  const std::vector<DigitFit> fits = fit(uniform_options());
  for (std::size_t i = 0; i < fits.size(); ++i) {
    Integers one;
    one.weights = fits[i].params.weights;
    for (const float x : activations_[i].values) {
      const int index = quantize_index(half_from_float(x), fits[i].params.boundaries);
      one.data.push_back(static_cast<std::int8_t>(x < 0 ? -index : index));
    }
    all.push_back(std::move(one));
  }
  return all;
}

Study StudyNetwork::study(const CommonOptions& common, const std::string& title) const {
  Study study;
  study.kind = options_.kind;
  study.title = title;
  study.tools = tool_versions();
  study.command = common.command;
  study.model = std::filesystem::path(options_.input.model).filename().string();
  study.model_sha256 = runner_.info().checksum;
  study.data = std::filesystem::path(options_.data).filename().string();
  study.samples = samples();
  return study;
}

std::string digits_text(const DigitOptions& options) {
  if (options.keeps_all()) return fmt::format("uniform, {} bits", options.bits);
  return fmt::format("reveal, g = {}, k = {}, s = {}", options.group, options.full_budget(),
                     options.full_terms());
}

}  // namespace tally
