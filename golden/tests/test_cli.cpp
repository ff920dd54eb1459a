// SPDX-License-Identifier: Apache-2.0
// The real program on small networks: its contract (JSON fields, exit codes, what goes where) and
// every kind of bad input.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "golden/plan/json_fields.hpp"
#include "golden/plan/plan.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

bool has_fields(const Json& json, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    INFO("field " << name);
    CHECK(json.contains(name));
    if (!json.contains(name)) return false;
  }
  return true;
}

// Refused: exit code 2, all words in the message, nothing on standard output, no file called
// `output`.
void check_refused(const CliBench& bench, const std::string& arguments,
                   const std::vector<std::string>& words, const std::string& output = "",
                   const std::string& before = "") {
  const Answer answer = bench.tally(arguments, before);
  CAPTURE(arguments, answer.err);
  CHECK(answer.code == 2);
  CHECK(answer.out.empty());
  for (const std::string& word : words) CHECK_THAT(answer.err, Catch::Contains(word));
  if (!output.empty()) CHECK_FALSE(std::filesystem::exists(bench.file(output)));
}

const std::string kSearch = " --calib data.npz --data data.npz --max-loss 5 --bits 3 -o new.json";

}  // namespace

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
    CHECK((run["cycles"].get<std::int64_t>() > 0) == (device == "rtl"));
    CHECK(run["samples"] == 10);
  }
  answer = bench.tally("report plan.json --run rtl.json --run emulator.json -o report.html --json");
  REQUIRE(answer.code == 0);
  CHECK(Json::parse(answer.out)["report"] == "report.html");
  const std::string html = text_of(bench.file("report.html"));
  CHECK_THAT(html, Catch::Contains("agree bit for bit") && Catch::Contains("280"));
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

TEST_CASE("weights that are not finite or all zero are refused with layer and value") {
  const CliBench bench;
  bench.data("data.npz");
  bench.network("nan.xml", 1, std::numeric_limits<float>::quiet_NaN());
  check_refused(bench, "search nan.xml" + kSearch, {"nan.xml", "fc2", "nan"}, "new.json");
  bench.network("inf.xml", 1, std::numeric_limits<float>::infinity());
  check_refused(bench, "search inf.xml" + kSearch, {"inf.xml", "fc2", "inf"}, "new.json");
  bench.network("zero.xml", 0, 0);
  check_refused(bench, "search zero.xml" + kSearch, {"zero.xml", "fc2", "zero"}, "new.json");
}

TEST_CASE("bad data are refused by name and leave no plan") {
  const CliBench bench;
  bench.network("net.xml");
  const auto refused = [&](const std::vector<std::string>& words) {
    check_refused(bench, "search net.xml" + kSearch, words, "new.json");
  };
  refused({"data.npz"});  // missing
  std::ofstream(bench.file("data.npz"));
  refused({"data.npz", "empty"});
  bench.data("data.npz");
  std::filesystem::resize_file(bench.file("data.npz"),
                               std::filesystem::file_size(bench.file("data.npz")) / 2);
  refused({"data.npz"});
  bench.data("data.npz", kFeatures + 1);  // wrong shape
  refused({"data.npz", "17", "16"});
  bench.data("data.npz", kFeatures, -1, 0.5F, 0);
  refused({"data.npz", "sample"});
  bench.data("data.npz", kFeatures, kClasses);  // a label past the classes
  refused({"data.npz", "label", "4"});
  bench.data("data.npz", kFeatures, -1, std::numeric_limits<float>::quiet_NaN());
  refused({"data.npz", "nan"});
  bench.data("data.npz", kFeatures, -1, std::numeric_limits<float>::infinity());
  refused({"data.npz", "inf"});
  bench.data("data.npz", kFeatures, -1, 0.5F, 10);  // too few to tune and to choose
  refused({"data.npz", "10 samples", "too few"});
  write_npz(bench.file("data.npz"), {{"x", npy("<f4", {2, kFeatures}, random_floats(32, 1))},
                                     {"y", npy("<i8", {3}, std::vector<std::int64_t>{0, 1, 2})}});
  refused({"data.npz", "2", "3"});  // as many labels as samples
}

TEST_CASE("n, loss and sample counts out of range are refused with the value") {
  const CliBench bench;
  bench.plan();
  const std::string search =
      "search net.xml --calib data.npz --data data.npz -o new.json --max-loss ";
  check_refused(bench, search + "5 --bits 8", {"--bits is 8", "2 .. 7"}, "new.json");
  check_refused(bench, search + "5 --bits 1", {"--bits is 1"}, "new.json");
  check_refused(bench, search + "-1", {"--max-loss is -1"}, "new.json");
  check_refused(bench, search + "5 --calib-samples 3", {"--calib-samples is 3"}, "new.json");
  check_refused(bench, "eval net.xml --data data.npz --samples 121", {"data.npz", "121", "120"});
  check_refused(bench, "run net.xml --plan plan.json --data data.npz --device rtl --samples -1",
                {"-1"});
}

TEST_CASE("a plan that is broken or for another model is refused before anything runs") {
  const CliBench bench;
  bench.plan();
  bench.network("other.xml", 0.5F);
  const std::string run = " --plan plan.json --data data.npz --device emulator -o new.json";
  check_refused(bench, "run other.xml" + run, {"plan.json", "another model", "other.xml"},
                "new.json");
  check_refused(bench, "eval other.xml --plan plan.json --data data.npz", {"another model"});
  const Json good = Json::parse(text_of(bench.file("plan.json")));
  const auto changed = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    std::ofstream(bench.file("plan.json")) << bad.dump();
  };
  changed("/layers/1/n", 9);
  check_refused(bench, "run net.xml" + run, {"plan.json", "layer fc2", "n is 9"}, "new.json");
  changed("/schema_version", 2);
  check_refused(bench, "report plan.json -o new.html", {"plan.json", "schema_version is 2"},
                "new.html");
  changed("/layers/0/codes_sha256", std::string(64, '0'));
  check_refused(bench, "run net.xml" + run, {"plan.json", "layer fc1", "SHA-256"}, "new.json");
  changed("/layers/0/name", "fc9");
  check_refused(bench, "run net.xml" + run, {"plan.json", "fc9"}, "new.json");
  std::ofstream(bench.file("plan.json")) << good.dump().substr(0, 500);
  check_refused(bench, "run net.xml" + run, {"plan.json", "not JSON"}, "new.json");
  check_refused(bench, "report none.json -o new.html", {"none.json"}, "new.html");
}

TEST_CASE("a layer too wide for the hardware's configuration is refused by name") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  REQUIRE(bench
              .tally("search net.xml --calib data.npz --data data.npz --max-loss 100 --bits 6 "
                     "-o plan.json")
              .code == 0);
  const std::string run = "run net.xml --plan plan.json --data data.npz --samples 2 --device rtl";
  check_refused(bench, run + " --config default -o new.json", {"fc1", "6"}, "new.json");
  const Answer automatic = bench.tally(run + " --json");
  REQUIRE(automatic.code == 0);
  CHECK(Json::parse(automatic.out)["config"] == "paper");
}

TEST_CASE("a full disk or a folder that is missing is an error and leaves no file") {
  const CliBench bench;
  bench.plan();
  const std::string report = "report plan.json -o ";
  check_refused(bench, report + "/dev/full", {"/dev/full", "No space left"});
  check_refused(bench, report + "none/report.html", {"none/report.html"});
  // A file size limit stands for a disk that fills up in the middle of the file.
  std::filesystem::create_directory(bench.file("disk"));
  check_refused(bench, report + "disk/report.html", {"disk/report.html", "cannot write"},
                "disk/report.html", "trap '' XFSZ; ulimit -f 4;");
  CHECK(std::filesystem::is_empty(bench.file("disk")));
  // The answer itself cannot be printed: that is no success either.
  const std::string full = "cd " + bench.file("") +
                           " && \"" TALLY_PROGRAM
                           "\" eval net.xml --data data.npz --json >/dev/full 2>err";
  const int status = std::system(full.c_str());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
  CHECK_THAT(text_of(bench.file("err")), Catch::Contains("standard output"));
}
