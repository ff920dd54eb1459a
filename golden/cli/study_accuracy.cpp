// SPDX-License-Identifier: Apache-2.0
// The studies that measure accuracy.
#include <fmt/format.h>

#include <cmath>

#include "golden/cli/progress.hpp"
#include "golden/cli/studies.hpp"

namespace tally {
namespace {

constexpr const char* kFitted =
    "Every layer alike: INT8 with a scale an output channel, scales of least squared error behind "
    "the limit on terms, biases corrected on the calibration data.";

// A row of a table of accuracies: pairs, accuracy and loss.
StudyRow accuracy_row(const StudyNetwork& network, const std::string& name, double bound,
                      const StudyNetwork::Result& result) {
  return {name,
          {bound, result.pairs.present, 1e-6 * bound * network.multiplications(),
           100 * result.accuracy, 100 * (network.float_accuracy() - result.accuracy)}};
}

StudyTable accuracy_table(const std::string& name) {
  return {name,
          "network",
          {"term pairs, bound", "really present", "million pairs a sample, bound", "accuracy, %",
           "loss, points"},
          {2, 2, 2, 2, 2},
          {}};
}

StudyRow float_row(const StudyNetwork& network) {
  return {"float", {0, 0, 0, 100 * network.float_accuracy(), 0}};
}

}  // namespace

void study_terms(const StudyNetwork& network, Study& study) {
  study.notes = {kFitted,
                 "Term pairs are those of one multiplication. Bound: what synchronized hardware "
                 "takes, (b-1)^2 for uniform numbers of b bits and k*s/g for Term Revealing (g = "
                 "8). Really present: digits that are there, zeros of the data included."};
  StudyTable table = accuracy_table("Accuracy against term pairs");
  StudySeries uniform{"uniform, 4 to 8 bits", {}, {}};
  std::vector<StudySeries> reveal = {
      {"reveal, s = 1", {}, {}}, {"reveal, s = 2", {}, {}}, {"reveal, s = 3", {}, {}}};
  const std::vector<int> budgets = {4, 6, 8, 10, 12, 16, 20};
  ProgressLine line("study", "networks",
                    static_cast<std::int64_t>(5 + reveal.size() * budgets.size()));
  std::int64_t done = 0;
  for (int bits = 4; bits <= 8; ++bits) {
    DigitOptions options = uniform_options(bits);
    options.encoding = DigitEncoding::kBinary;
    const auto result = network.measure(options);
    const double bound = (bits - 1.0) * (bits - 1.0);
    table.rows.push_back(accuracy_row(network, digits_text(options), bound, result));
    uniform.x.push_back(bound);
    uniform.y.push_back(100 * result.accuracy);
    line.update(++done);
  }
  for (std::size_t i = 0; i < reveal.size(); ++i) {
    for (const int budget : budgets) {
      const DigitOptions options = reveal_options(8, budget, static_cast<int>(i) + 1);
      const auto result = network.measure(options);
      const double bound = result.pairs.bound;
      table.rows.push_back(accuracy_row(network, digits_text(options), bound, result));
      reveal[i].x.push_back(bound);
      reveal[i].y.push_back(100 * result.accuracy);
      line.update(++done);
    }
  }
  table.rows.push_back(float_row(network));
  study.tables = {table};
  study.plots = {{"Accuracy against term pairs a multiplication",
                  "term pairs a multiplication, bound",
                  "accuracy, %",
                  {uniform}}};
  StudyPlot& plot = study.plots.front();
  plot.series.insert(plot.series.end(), reveal.begin(), reveal.end());
}

void study_groups(const StudyNetwork& network, Study& study) {
  study.notes = {kFitted,
                 "alpha = k / g digits a weight are kept of each group of g, s = 3 of each data "
                 "value. The hardware has g = 1, 2, 4 and 8; g = 16 is the golden model's."};
  StudyTable table = accuracy_table("Group sizes at equal alpha");
  StudyPlot plot{"Accuracy against the size of a group", "group size g", "accuracy, %", {}};
  const std::vector<double> alphas = {0.5, 0.75, 1, 1.5, 2};
  const std::vector<int> groups = {1, 2, 4, 8, 16};
  ProgressLine line("study", "networks", static_cast<std::int64_t>(alphas.size() * groups.size()));
  std::int64_t done = 0;
  for (const double alpha : alphas) {
    StudySeries series{fmt::format("alpha = {}", alpha), {}, {}};
    for (const int group : groups) {
      line.update(++done);
      const double budget = alpha * group;
      if (budget < 1 || budget != std::floor(budget)) continue;  // no whole number of digits
      const DigitOptions options = reveal_options(group, static_cast<int>(budget), 3);
      const auto result = network.measure(options);
      const std::string name = fmt::format("alpha = {}, g = {}", alpha, group);
      table.rows.push_back(accuracy_row(network, name, result.pairs.bound, result));
      series.x.push_back(group);
      series.y.push_back(100 * result.accuracy);
    }
    plot.series.push_back(series);
  }
  table.rows.push_back(float_row(network));
  study.tables = {table};
  study.plots = {plot};
}

}  // namespace tally
