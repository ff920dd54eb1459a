// SPDX-License-Identifier: Apache-2.0
// The studies of values alone: how many digits they have, and what dropping some costs.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

#include "golden/cli/studies.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {
namespace {

struct NamedEncoding {
  const char* name;
  DigitEncoding encoding;
};
constexpr NamedEncoding kEncodings[] = {{"binary", DigitEncoding::kBinary},
                                        {"radix-2 Booth", DigitEncoding::kBooth},
                                        {"signed (NAF)", DigitEncoding::kHese}};
constexpr int kMostDigits = 8;

// What a study looks at: all layers' weights, all layers' data, and every integer once.
struct Values {
  std::string name;
  std::vector<std::int8_t> integers;
};

std::vector<Values> all_values(const StudyNetwork& network) {
  std::vector<Values> values = {
      {"weights", {}}, {"data, zeros included", {}}, {"every integer -127 .. 127", {}}};
  for (const StudyNetwork::Integers& layer : network.integers()) {
    values[0].integers.insert(values[0].integers.end(), layer.weights.begin(), layer.weights.end());
    values[1].integers.insert(values[1].integers.end(), layer.data.begin(), layer.data.end());
  }
  for (int v = -127; v <= 127; ++v) values[2].integers.push_back(static_cast<std::int8_t>(v));
  return values;
}

// Root of: squared error of the `terms` largest digits over the sum of squares.
double truncation_error(std::span<const std::int8_t> integers, DigitEncoding encoding, int terms) {
  double error = 0;
  double power = 0;
  for (const int v : integers) {
    const int lost = v - digits_value(keep_largest(encode_digits(v, encoding), terms));
    error += static_cast<double>(lost) * lost;
    power += static_cast<double>(v) * v;
  }
  return power > 0 ? std::sqrt(error / power) : 0;
}

}  // namespace

void study_encodings(const StudyNetwork& network, Study& study) {
  study.notes = {
      "Root mean square error of a value of which only the s largest digits are kept, in per cent "
      "of the root mean square of the values. INT8 integers of the quantized network; Booth "
      "recodes bit by bit (digit e = bit e-1 - bit e)."};
  for (const Values& values : all_values(network)) {
    StudyTable table{"Truncation error: " + values.name, "digits kept, s", {}, {}, {}};
    StudyPlot plot{table.name, "digits kept, s", "error, % of the root mean square", {}};
    for (const NamedEncoding& e : kEncodings) {
      table.columns.push_back(std::string(e.name) + ", %");
      table.decimals.push_back(2);
      plot.series.push_back({e.name, {}, {}});
    }
    for (int terms = 1; terms <= 6; ++terms) {
      StudyRow row{fmt::format("{}", terms), {}};
      for (std::size_t i = 0; i < std::size(kEncodings); ++i) {
        const double error = 100 * truncation_error(values.integers, kEncodings[i].encoding, terms);
        row.values.push_back(error);
        plot.series[i].x.push_back(terms);
        plot.series[i].y.push_back(error);
      }
      table.rows.push_back(row);
    }
    study.tables.push_back(table);
    study.plots.push_back(plot);
  }
}

void study_distribution(const StudyNetwork& network, Study& study) {
  study.notes = {
      "Share of values with so many digits that are not zero, and the average. INT8 integers of "
      "the quantized network."};
  for (const Values& values : all_values(network)) {
    StudyTable table{"Digits of a value: " + values.name, "encoding", {}, {}, {}};
    StudyPlot plot{table.name, "digits that are not zero", "share of the values, %", {}};
    for (int d = 0; d <= kMostDigits; ++d) {
      table.columns.push_back(fmt::format("{} digits, %", d));
      table.decimals.push_back(2);
    }
    table.columns.push_back("average");
    table.decimals.push_back(3);
    for (const NamedEncoding& e : kEncodings) {
      std::array<double, kMostDigits + 1> share{};
      double average = 0;
      for (const int v : values.integers) {
        const int digits = digit_count(encode_digits(v, e.encoding));
        share[static_cast<std::size_t>(digits)] +=
            100.0 / static_cast<double>(values.integers.size());
        average += digits / static_cast<double>(values.integers.size());
      }
      StudyRow row{e.name, {share.begin(), share.end()}};
      row.values.push_back(average);
      table.rows.push_back(row);
      StudySeries series{e.name, {}, {share.begin(), share.end()}};
      for (int d = 0; d <= kMostDigits; ++d) series.x.push_back(d);
      plot.series.push_back(series);
    }
    study.tables.push_back(table);
    study.plots.push_back(plot);
  }
}

}  // namespace tally
