// SPDX-License-Identifier: Apache-2.0
// The report: well-formed, needs nothing but itself, and says what the files say.
#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <string>
#include <vector>

#include "golden/core/error.hpp"
#include "golden/report/format.hpp"
#include "golden/report/histogram_svg.hpp"
#include "golden/report/report.hpp"
#include "golden/report/report_view.hpp"
#include "golden/report/storage.hpp"
#include "golden/tests/sample_plan.hpp"

using namespace tally;

namespace {

ReportInput sample_input() {
  ReportInput input;
  input.plan = sample_plan();
  input.plan_path = "plan.json";
  input.runs = {sample_run()};
  UtilizationTable table;
  table.tools = {"tally 0.1.0"};
  table.command = {"tally", "utilization"};
  table.rows = {{"ping-pong, offset", "default", 5, true, 512, 512, 8, 253952, 131072, 0.516, 0.5}};
  input.utilization = table;
  return input;
}

// Tags that are opened and not closed, or closed and not opened; empty for well-formed HTML.
std::string unbalanced_tag(const std::string& html) {
  static const std::regex tag(R"(<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*?)(/?)>)");
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), tag); it != std::sregex_iterator();
       ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || name == "br" || (*it)[4] == "/") continue;
    if ((*it)[1] != "/") {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "/" + name;
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

}  // namespace

TEST_CASE("the report is well-formed and loads nothing from anywhere") {
  const std::string html = render_report(sample_input());
  REQUIRE(html.size() > 10000);
  CHECK(unbalanced_tag(html) == "");
  CHECK(unbalanced_tag("<p><b></p>") == "/p");  // the check itself finds faults
  for (const char* outside :
       {"http:", "https:", "<script", "<link", "<iframe", "@import", "url(", "src=", "href="}) {
    CAPTURE(outside);
    CHECK(html.find(outside) == std::string::npos);
  }
  CHECK(html.find("{{") == std::string::npos);
}

TEST_CASE("the report shows the figures of the plan, of the run and of the utilization table") {
  const std::string html = render_report(sample_input());
  for (const char* figure :
       {"98.42 %",
        "98.31 %",
        "94.12 %",
        "98.37 %",
        "+0.11",
        "10,000 samples",
        "fc1",
        "fc2",
        "1.3",
        "784 → 5",
        "300 output values",
        "0 mismatches",
        "43,210",
        "20 samples",
        "51.6 %",
        "every layer with one bit less loses more than 0.5 points",
        "OpenVINO 2026.4.1",
        "tally run model.onnx --device rtl",
        "agree bit for bit",
        "Products of two activations",
        "2 × [3 × 4] · [4 × 5]",
        "do 81.8 % of the network",
        "18.2 % stay in float on the host",
        "Uniform quantization of the same storage is more accurate by 0.06 points (6 samples), "
        "which is less than the standard error"}) {
    CAPTURE(figure);
    CHECK(html.find(figure) != std::string::npos);
  }
}

TEST_CASE("a mismatch, and the lack of a hardware run, are headlines") {
  ReportInput input = sample_input();
  input.runs[0].mismatches = input.runs[0].layers[1].mismatches = 3;
  CHECK_THAT(render_report(input), Catch::Contains("Hardware and golden model differ") &&
                                       Catch::Contains("3 of 300 output values") &&
                                       !Catch::Contains("agree bit for bit"));
  input.runs.clear();
  input.utilization.reset();
  CHECK_THAT(render_report(input), Catch::Contains("Not yet run on the hardware") &&
                                       !Catch::Contains("agree bit for bit"));
}

TEST_CASE("a run of another model is refused, and names are escaped") {
  ReportInput input = sample_input();
  input.runs[0].model_sha256 = std::string(64, '1');
  CHECK_THROWS_AS(render_report(input), Error);
  input = sample_input();
  input.plan.layers[0].name = input.runs[0].layers[0].name = "a<b>&\"c";
  const std::string html = render_report(input);
  CHECK(html.find("a<b>") == std::string::npos);
  CHECK(html.find("a&lt;b&gt;&amp;") != std::string::npos);
}

TEST_CASE("a run that leaves a layer out, or whose layers do not add up, is refused") {
  ReportInput input = sample_input();
  input.runs[0].layers.pop_back();  // the product
  CHECK_THROWS_WITH(render_report(input),
                    Catch::Contains("plan.json") && Catch::Contains("scores"));
  input = sample_input();
  input.runs[0].layers.erase(input.runs[0].layers.begin());
  CHECK_THROWS_WITH(render_report(input), Catch::Contains("fc1"));
  input = sample_input();
  input.runs[0].layers[0].mismatches = 1;
  CHECK_THROWS_WITH(render_report(input),
                    Catch::Contains("0 mismatches, its layers add up to 300 and 1"));
}

TEST_CASE("the report says on what a plan was chosen, and names what stays in float") {
  ReportInput input = sample_input();
  const std::string held = "others held back from them";
  CHECK_THAT(render_report(input), Catch::Contains(held));
  input.plan.evaluation.same_samples = true;
  input.plan.left_in_float = {"up1: ConvTranspose has no quantized form"};
  CHECK_THAT(render_report(input), !Catch::Contains(held) &&
                                       Catch::Contains("the same ones, too few to hold any back") &&
                                       Catch::Contains("<li>up1: ConvTranspose"));
}

TEST_CASE("a mixed plan shows digits, term pairs three ways and cycles by number system") {
  ReportInput input = sample_input();
  input.plan.layers[1] = sample_reveal_layer("fc2", 5, 10);
  const std::string html = render_report(input);
  CHECK(unbalanced_tag(html) == "");
  // bound 6 * 2 / 4, present 1400 / 1000, conventional 49
  CHECK_THAT(html, Catch::Contains("<td>3.00</td><td>1.40</td><td>49</td><td>16.33 ×</td>"));
  CHECK_THAT(html, Catch::Contains("exponential and reveal, this plan"));
  CHECK_THAT(html, Catch::Contains(">exponential</td><td>1</td><td>78,400</td><td>40,000</td>") &&
                       Catch::Contains(">reveal</td><td>1</td><td>1,000</td><td>3,210</td>"));
  CHECK_THAT(render_report(sample_input()), !Catch::Contains("Term pairs"));
}

TEST_CASE("levels of digits are drawn once each, the unreachable ones not at all") {
  LayerPlan layer = sample_reveal_layer("fc", 8, 4);
  const std::vector<double> levels = activation_levels(layer);
  REQUIRE(layer.activations.low == 0);
  CHECK(std::adjacent_find(levels.begin(), levels.end()) == levels.end());
  CHECK(levels.size() < 128);  // two digits make fewer values
  for (std::size_t i = 8; i < 128; ++i) layer.boundaries_a[i] = 0x7C00;
  CHECK(activation_levels(layer).back() == Approx(0.02 * 7));
  CHECK(weight_levels(layer).size() == 255);
}

TEST_CASE("compression is counted with the sign, without it, and with the tables") {
  const LayerPlan layer = sample_layer("fc", 3, 100, 10);
  const Storage s = storage_of(layer);
  CHECK(s.values == 1000);
  CHECK(s.fp32 == 32000);
  CHECK(s.int8 == 8000);
  CHECK(s.codes == 4000);           // 3 bits and the sign
  CHECK(s.codes_as_paper == 3000);  // 1 - n/8 of the paper
  CHECK(s.tables == 4 * 32 * 10 + 32 + 16 * 7);
  CHECK(s.int8_tables == 32 * 11);
}

TEST_CASE("every level is drawn over its histogram, mirrored only for signed data") {
  LayerPlan layer = sample_layer("fc", 3, 100, 10);
  REQUIRE(layer.activations.low == 0);
  CHECK(activation_levels(layer).size() == 8);
  CHECK(weight_levels(layer).size() == 15);
  CHECK(weight_levels(layer).back() == Approx(1));
  layer.activations.low = -layer.activations.high;
  CHECK(activation_levels(layer).size() == 15);
  const std::string svg = histogram_svg(layer.weights, weight_levels(layer), "t");
  const std::string lines = svg.substr(svg.find("class=\"level\""));
  const std::string path = lines.substr(0, lines.find("/>"));
  CHECK(std::count(path.begin(), path.end(), 'M') == 15);
}

TEST_CASE("numbers are formatted for people") {
  CHECK(thousands(1234567) == "1,234,567");
  CHECK(thousands(-1234) == "-1,234");
  CHECK(thousands(999) == "999");
  CHECK(points(0.0011) == "+0.11");
  CHECK(points(-0.00001) == "0.00");
  CHECK(percent(0.9842) == "98.42 %");
  CHECK(command_text({"tally", "run", "my model.onnx", "it's"}) ==
        "tally run 'my model.onnx' 'it'\\''s'");
}
