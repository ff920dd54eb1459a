// SPDX-License-Identifier: Apache-2.0
// Studies as files and as pictures: what is written is read back, every point is drawn.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "golden/core/error.hpp"
#include "golden/plan/json_fields.hpp"
#include "golden/plan/study.hpp"
#include "golden/report/line_plot_svg.hpp"
#include "golden/report/study_view.hpp"
#include "golden/tests/data_files.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

Study sample_study() {
  Study study;
  study.kind = "terms";
  study.title = "Accuracy against term pairs";
  study.notes = {"measured"};
  study.model = "net.onnx";
  study.model_sha256 = std::string(64, '0');
  study.data = "test.npz";
  study.samples = 1200;
  study.tables = {{"by pairs",
                   "network",
                   {"pairs", "accuracy, %"},
                   {0, 2},
                   {{"uniform 8", {49, 98.5}}, {"reveal 8/2", {2, 98.25}}}}};
  study.plots = {
      {"accuracy",
       "term pairs",
       "accuracy, %",
       {{"uniform", {9, 49}, {97.5, 98.5}}, {"reveal & more", {2, 3, 4}, {98, 98.2, 98.3}}}}};
  return study;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a study survives writing and reading exactly") {
  const ScratchFolder folder;
  const std::string path = (folder / "study.json").string();
  write_study(path, sample_study());
  const Study back = read_study(path);
  CHECK(back.tables.at(0).rows.at(1).values == std::vector<double>{2, 98.25});
  CHECK(back.plots.at(0).series.at(1).y == sample_study().plots[0].series[1].y);
  const std::string again = (folder / "again.json").string();
  write_study(again, back);
  CHECK(read_json(path) == read_json(again));
}

TEST_CASE("a study whose rows do not fit its columns is neither written nor read") {
  const ScratchFolder folder;
  const std::string path = (folder / "study.json").string();
  Study study = sample_study();
  study.tables[0].rows[1].values.push_back(1);
  CHECK_THROWS_WITH(write_study(path, study), Catch::Contains("by pairs") &&
                                                  Catch::Contains("reveal 8/2") &&
                                                  Catch::Contains("3 values for 2 columns"));
  CHECK_FALSE(std::filesystem::exists(path));
  study = sample_study();
  study.plots[0].series[0].y.pop_back();
  CHECK_THROWS_WITH(write_study(path, study), Catch::Contains("uniform"));
  study = sample_study();
  study.kind = "guess";
  CHECK_THROWS_WITH(write_study(path, study), Catch::Contains("guess"));
}

TEST_CASE("a plot draws a mark for every finite point and names every series") {
  StudyPlot plot = sample_study().plots[0];
  CHECK(count(line_plot_svg(plot), "<circle") == 5);
  plot.series[1].y[1] = std::numeric_limits<double>::quiet_NaN();
  const std::string svg = line_plot_svg(plot);
  CHECK(count(svg, "<circle") == 4);
  CHECK(count(svg, "nan") == 0);
  CHECK(count(svg, ">uniform<") == 1);
  CHECK(count(svg, "reveal &amp; more") == 1);
  CHECK(count(svg, "term pairs") == 1);
  plot.series.clear();  // nothing measured: an empty picture, not a crash
  CHECK(count(line_plot_svg(plot), "<circle") == 0);
}

TEST_CASE("the section of a study shows its numbers with the decimals of their column") {
  const Json view = study_view(sample_study());
  const Json& cells = view["tables"][0]["table_rows"][1]["cells"];
  CHECK(cells[0]["text"] == "2");
  CHECK(cells[1]["text"] == "98.25");
  CHECK(view["study_samples"] == "1,200");
}
