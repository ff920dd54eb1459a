// SPDX-License-Identifier: Apache-2.0
// The contract of the program: JSON fields, exit codes, what goes where.
#include <catch2/catch.hpp>
#include <string>

#include "golden/plan/plan.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

TEST_CASE("search, eval, run and report give their JSON fields and agree with each other") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  Answer answer = bench.tally(
      "search net.xml --calib data.npz --data data.npz --max-loss 5 -o plan.json --json");
  REQUIRE(answer.code == 0);
  const Json search = Json::parse(answer.out);  // nothing but the object on standard output
  REQUIRE(has_fields(search, {"metric", "float_metric", "samples", "average_bits", "stored_bits"}));
  CHECK(search["stored_bits"].get<double>() == search["average_bits"].get<double>() + 1);
  CHECK(search["samples"] == kSamples);
  const Plan plan = read_plan(bench.file("plan.json"));
  CHECK(plan.evaluation.plan_metric == search["metric"].get<double>());

  answer = bench.tally("eval net.xml --plan plan.json --data data.npz --json");
  REQUIRE(answer.code == 0);
  const Json eval = Json::parse(answer.out);
  REQUIRE(has_fields(eval, {"metric", "float_metric", "samples"}));
  CHECK(eval["metric"] == search["metric"]);
  CHECK(eval["float_metric"] == search["float_metric"]);

  for (const std::string device : {"rtl", "emulator"}) {
    answer = bench.tally("run net.xml --plan plan.json --data data.npz --samples 10 --json -o " +
                         device + ".json --device " + device);
    INFO(answer.err);
    REQUIRE(answer.code == 0);
    const Json run = Json::parse(answer.out);
    REQUIRE(has_fields(run, {"metric", "float_metric", "samples", "compared", "mismatches",
                             "cycles", "utilization"}));
    CHECK(run["compared"] == 10 * (24 + kClasses));
    CHECK(run["mismatches"] == 0);
    if (device == "rtl") {
      CHECK(run["cycles"].get<std::int64_t>() > 0);
      CHECK(run["utilization"].get<double>() > 0);
    } else {  // no clock: nothing to report, and not a zero
      CHECK(run["cycles"].is_null());
      CHECK(run["utilization"].is_null());
    }
    CHECK(run["batch"] == 10);
    CHECK(run["samples"] == 10);
  }
  answer = bench.tally("report plan.json --run rtl.json --run emulator.json -o report.html --json");
  REQUIRE(answer.code == 0);
  CHECK(Json::parse(answer.out)["report"] == "report.html");
  const std::string html = text_of(bench.file("report.html"));
  CHECK_THAT(html, Catch::Contains("agree bit for bit") && Catch::Contains("280") &&
                       Catch::Contains("10 samples at a time") && Catch::Contains("no clock"));
  CHECK(html.find("http") == std::string::npos);
}

TEST_CASE("a convolution with padding, groups and signed data runs on the emulator as computed") {
  const CliBench bench;
  const auto x = input({-1, 4, 6, 6});
  const auto convolution =
      named(std::make_shared<op::Convolution>(x, random_constant({8, 4, 3, 3}, 11),
                                              ov::Strides{1, 1}, ov::CoordinateDiff{1, 1},
                                              ov::CoordinateDiff{1, 1}, ov::Strides{1, 1}),
            "conv");
  const auto grouped =
      named(std::make_shared<op::GroupConvolution>(
                relu(convolution), random_constant({2, 3, 4, 3, 3}, 12), ov::Strides{2, 2},
                ov::CoordinateDiff{1, 1}, ov::CoordinateDiff{1, 1}, ov::Strides{1, 1}),
            "grouped");
  const auto flat = std::make_shared<op::Reshape>(grouped, integers({0, -1}), true);
  bench.save(
      "net.xml",
      named(std::make_shared<op::MatMul>(flat, random_constant({kClasses, 54}, 13), false, true),
            "fc"),
      x);
  const std::size_t samples = 40;
  std::vector<std::int64_t> y(samples, 1);
  write_npz(bench.file("data.npz"),
            {{"x", npy("<f4", {samples, 4, 6, 6}, random_floats(samples * 144, 14))},
             {"y", npy("<i8", {samples}, y)}});
  REQUIRE(bench
              .tally("search net.xml --calib data.npz --data data.npz --max-loss 100 --bits 4 "
                     "-o plan.json")
              .code == 0);
  for (const std::string device : {"emulator", "rtl"}) {
    const std::string samples_text = device == "rtl" ? "2" : "40";
    const Answer answer =
        bench.tally("run net.xml --plan plan.json --data data.npz --json --device " + device +
                    " --samples " + samples_text);
    INFO(answer.err);
    REQUIRE(answer.code == 0);
    const Json run = Json::parse(answer.out);
    CHECK(run["mismatches"] == 0);
    CHECK(run["compared"] == std::stoi(samples_text) * (8 * 36 + 6 * 9 + 4));
  }
}

TEST_CASE("the paper's method gives other parameters than ours, and n = 2..7 can be asked for") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  for (const int n : {2, 7}) {
    for (const std::string method : {"paper", "output"}) {
      const Answer answer =
          bench.tally("search net.xml --calib data.npz --data data.npz --max-loss 100 --bits " +
                      std::to_string(n) + " --method " + method + " -o " + method + ".json");
      INFO(answer.err);
      REQUIRE(answer.code == 0);
    }
    const Plan paper = read_plan(bench.file("paper.json"));
    const Plan ours = read_plan(bench.file("output.json"));
    CHECK(paper.layers[0].n == n);
    CHECK(paper.layers[0].method == "paper");
    CHECK(ours.layers[0].method == "output");
    CHECK(ours.layers[1].output_error <= paper.layers[1].output_error);
  }
}

TEST_CASE("inspect lists the layers and refuses what is no network") {
  const CliBench bench;
  bench.network("net.xml");
  const Answer answer = bench.tally("inspect net.xml --json");
  REQUIRE(answer.code == 0);
  const Json json = Json::parse(answer.out);
  REQUIRE(json["layers"].size() == 2);
  CHECK(json["layers"][0]["name"] == "fc1");
  CHECK(json["layers"][0]["relu"] == true);
  check_refused(bench, "inspect none.onnx", {"none.onnx"});
  std::ofstream(bench.file("empty.onnx"));
  check_refused(bench, "inspect empty.onnx", {"empty.onnx", "empty"});
  std::ofstream(bench.file("text.onnx")) << "this is no network";
  check_refused(bench, "inspect text.onnx", {"text.onnx"});
  const auto x = input({-1, 4});
  bench.save("relu.xml", relu(x), x);
  check_refused(bench, "inspect relu.xml", {"relu.xml", "no layer can be quantized"});
  const auto open = input({-1, -1});
  bench.save(
      "open.xml",
      named(std::make_shared<op::MatMul>(relu(open), random_constant({6, 3}, 1), false, false),
            "fc"),
      open);
  check_refused(bench, "inspect open.xml", {"open.xml", "--shape"});
  CHECK(bench.tally("inspect open.xml --shape '?,6'").code == 0);
}

TEST_CASE("help teaches by examples and wrong options are refused") {
  const CliBench bench;
  const Answer help = bench.tally("--help");
  CHECK(help.code == 0);
  CHECK_THAT(help.out, Catch::Contains("tally search golden/models/mnist_mlp.onnx") &&
                           Catch::Contains("tally run") && Catch::Contains("Exit codes"));
  for (const char* sub : {"inspect", "search", "eval", "run", "report"}) {
    CHECK(bench.tally(std::string(sub) + " --help").code == 0);
  }
  check_refused(bench, "", {});
  check_refused(bench, "fly", {});
  check_refused(bench, "run net.xml --plan p --data d --device toaster", {"toaster"});
}
