// SPDX-License-Identifier: Apache-2.0
// The study of cycles: what Term Revealing saves on the hardware, by its own cycle counters.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "golden/cli/device_network.hpp"
#include "golden/cli/progress.hpp"
#include "golden/cli/studies.hpp"
#include "golden/device/rtl_device.hpp"
#include "golden/model/evaluate.hpp"

namespace tally {
namespace {

struct Mode {
  std::string name;
  DigitOptions digits;
};

// Conventional bit-serial hardware, all signed digits, and Term Revealing cheaper and cheaper.
std::vector<Mode> modes() {
  DigitOptions conventional = uniform_options();
  conventional.encoding = DigitEncoding::kBinary;
  conventional.group = 8;
  DigitOptions exact = uniform_options();
  exact.group = 8;
  std::vector<Mode> modes = {{"conventional, 7 x 7 binary digits", conventional},
                             {"all signed digits, k = 4g, s = 4", exact}};
  for (const int budget : {12, 8, 7, 6}) {
    const DigitOptions options = reveal_options(8, budget, 2);
    modes.push_back({digits_text(options), options});
  }
  return modes;
}

struct Measured {
  double cycles = 0;
  double counting = 0;
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
};

Measured run_on_hardware(const StudyNetwork& network, const std::vector<QuantizedLayer>& layers,
                         const char* config, std::size_t samples) {
  const PeConfig& pe = find_pe_config(config);
  DeviceNetwork device(network.runner(), layers, {}, pe, std::make_unique<RtlDevice>(pe));
  Session session = network.runner().session(device.substitution(), samples);
  feed(session, network.data(), 0, samples);
  Measured sum;
  for (const LayerRun& layer : device.layer_runs()) {
    sum.cycles += static_cast<double>(layer.cycles.value_or(0));
    sum.counting += static_cast<double>(layer.counting_cycles.value_or(0));
    sum.compared += layer.compared;
    sum.mismatches += layer.mismatches;
  }
  return sum;
}

}  // namespace

std::int64_t study_cycles(const StudyNetwork& network, const StudyOptions& options, Study& study) {
  const auto samples = static_cast<std::size_t>(options.hardware_samples);
  study.notes = {
      fmt::format("Cycles of the Verilated processing element on {} samples at a time, from the "
                  "first activation in to the last result out of each layer; every output value is "
                  "compared with the emulator.",
                  samples),
      "Accuracy and loss against float on all samples of the data. Term Revealing with the biases "
      "corrected. Configuration default takes one term pair a step, fast all digits of a data "
      "value "
      "(ParallelTerms)."};
  std::int64_t compared = 0;
  std::int64_t mismatches = 0;
  const std::vector<Mode> all = modes();
  ProgressLine line("study", "runs", static_cast<std::int64_t>(2 * all.size()));
  std::int64_t done = 0;
  std::vector<double> accuracy;
  for (const Mode& mode : all) accuracy.push_back(network.measure(mode.digits).accuracy);
  for (const char* config : {"default", "fast"}) {
    StudyTable table{fmt::format("Cycles, configuration {}", config),
                     "mode",
                     {"cycles a sample", "lanes counting, %", "fewer than conventional, times",
                      "fewer than all signed digits, times", "accuracy, %", "loss, points"},
                     {0, 1, 2, 2, 2, 2},
                     {}};
    std::vector<double> cycles;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Measured m = run_on_hardware(network, network.quantize(all[i].digits), config, samples);
      compared += m.compared;
      mismatches += m.mismatches;
      cycles.push_back(m.cycles / static_cast<double>(samples));
      table.rows.push_back({all[i].name,
                            {cycles[i], 100 * m.counting / m.cycles, cycles[0] / cycles[i],
                             cycles[std::min<std::size_t>(i, 1)] / cycles[i], 100 * accuracy[i],
                             100 * (network.float_accuracy() - accuracy[i])}});
      line.update(++done, all[i].name);
    }
    study.tables.push_back(table);
    StudySeries series{config, {}, {}};
    for (std::size_t i = 0; i < cycles.size(); ++i) {
      series.x.push_back(cycles[0] / cycles[i]);
      series.y.push_back(100 * (network.float_accuracy() - accuracy[i]));
    }
    if (study.plots.empty()) {
      study.plots.push_back({"Loss against cycles saved",
                             "fewer cycles than conventional, times",
                             "loss, points",
                             {}});
    }
    study.plots.front().series.push_back(series);
  }
  study.notes.push_back(
      fmt::format("{} of {} output values differ from the emulator.", mismatches, compared));
  return mismatches;
}

}  // namespace tally
