// SPDX-License-Identifier: Apache-2.0
// tally distributions: which distribution the tensors follow, and where Algorithm 1 would start.
#include "golden/cli/command_distributions.hpp"

#include <algorithm>
#include <filesystem>

#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"
#include "golden/cli/output_guard.hpp"
#include "golden/cli/progress.hpp"
#include "golden/model/calibration.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/report/distribution_page.hpp"

namespace tally {
namespace {

std::vector<LayerActivations> activations_of(const ModelRunner& runner, const Dataset& data,
                                             std::size_t samples) {
  ProgressLine line("calibration", "samples", 0);
  CalibrationOptions options;
  options.samples = samples;
  options.progress = [&](std::size_t done, std::size_t total) {
    line.update(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), "");
  };
  return calibrate(runner, data, options);
}

Json rss_json(const std::array<double, 5>& rss) {
  Json json = Json::object();
  for (const Curve curve : kCurves) json[to_string(curve)] = rss[static_cast<std::size_t>(curve)];
  return json;
}

void say_row(const CommonOptions& common, const std::string& name, const std::array<double, 5>& rss,
             const std::string& note) {
  say(common, "{:<28} {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g}  {}", name, rss[0], rss[1],
      rss[2], rss[3], rss[4], note);
}

}  // namespace

int distributions_command(const CommonOptions& common, const DistributionsOptions& options) {
  if (!options.output.empty()) {
    check_output(options.output, {options.input.model, options.calibration});
  }
  const ModelRunner runner = open_model(options.input);
  const Dataset data = open_data(options.input, options.calibration);
  const std::size_t samples =
      std::min<std::size_t>(data.size(), static_cast<std::size_t>(options.calibration_samples));
  const RssUnit unit = options.unit == "mean" ? RssUnit::kMean : RssUnit::kValue;
  const auto activations = activations_of(runner, data, samples);
  std::vector<LayerDistributions> layers;
  for (std::size_t i = 0; i < activations.size(); ++i) {
    const LayerInfo& info = runner.layers()[i];
    const std::string layer = options.input.model + ": layer " + info.name;
    layers.push_back(
        {info.name,
         fit_distributions(SortedMagnitudes(activations[i].values, layer + ", activations"), unit),
         fit_distributions(SortedMagnitudes(info.weights, layer + ", weights"), unit)});
  }

  say(common, "RSS of |t|, {}, {} samples",
      unit == RssUnit::kMean ? "in units of its mean" : "in its own unit", samples);
  say(common, "{:<28} {:>11} {:>11} {:>11} {:>11} {:>11}", "", "Normal", "Exponential", "Pareto",
      "Uniform", "Half-normal");
  Json list = Json::array();
  for (const LayerDistributions& layer : layers) {
    const std::string start = layer.starts_with_weights() ? "weights" : "activations";
    say_row(common, layer.name + " activations", layer.activations.rss,
            layer.starts_with_weights() ? "" : "<- the search starts here");
    say_row(common, layer.name + " weights", layer.weights.rss,
            layer.starts_with_weights() ? "<- the search starts here" : "");
    list.push_back({{"name", layer.name},
                    {"activations", rss_json(layer.activations.rss)},
                    {"weights", rss_json(layer.weights.rss)},
                    {"start", start}});
  }
  say_row(common, "mean, activations (Table I)", mean_rss(layers, false), "");
  say_row(common, "mean, weights (Table II)", mean_rss(layers, true), "");
  if (!options.output.empty()) {
    const auto name = [](const std::string& path) {
      return std::filesystem::path(path).filename().string();
    };
    write_file(options.output,
               render_distributions(name(options.input.model), name(options.calibration),
                                    std::to_string(samples), unit, layers));
  }
  print_json(common, {{"unit", options.unit},
                      {"samples", samples},
                      {"mean_activations", rss_json(mean_rss(layers, false))},
                      {"mean_weights", rss_json(mean_rss(layers, true))},
                      {"layers", std::move(list)}});
  return 0;
}

}  // namespace tally
