// SPDX-License-Identifier: Apache-2.0
// The search through the program: killed and resumed, on any number of threads, and the comparison
// of all methods.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

Json layers_of(const CliBench& bench, const std::string& plan) {
  return Json::parse(text_of(bench.file(plan))).at("layers");
}

std::size_t units_in(const CliBench& bench, const std::string& folder) {
  std::size_t units = 0;
  for (const auto& entry : std::filesystem::directory_iterator(bench.file(folder))) {
    units += entry.path().extension() == ".unit" ? 1 : 0;
  }
  return units;
}

}  // namespace

TEST_CASE("a search killed at any point goes on from its finished units to the same plan",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const std::string search =
      "search net.xml --calib data.npz --data data.npz --max-loss 2 --threads 2";
  REQUIRE(bench.tally(search + " -o whole.json").code == 0);
  REQUIRE_FALSE(std::filesystem::exists(bench.file("whole.json.cache")));
  int checks = 0;
  for (const int units : {1, 5}) {
    const std::string cache = "cache" + std::to_string(units);
    const std::string program = "\"" TALLY_PROGRAM "\" " + search + " -o cut.json --cache " + cache;
    const std::string script = "cd " + bench.file("") + "; mkdir " + cache + "; " + program +
                               " >/dev/null 2>&1 & p=$!; while [ \"$(ls " + bench.file(cache) +
                               " 2>/dev/null | grep -c unit)\" -lt " + std::to_string(units) +
                               " ] && kill -0 $p; do sleep 0.01; done; kill -9 $p; wait $p; true";
    REQUIRE(std::system(("bash -c '" + script + "' 2>/dev/null").c_str()) == 0);
    REQUIRE_FALSE(std::filesystem::exists(bench.file("cut.json")));
    const auto kept = units_in(bench, cache);
    REQUIRE(kept >= static_cast<std::size_t>(units));
    const auto again = bench.tally(
        "search net.xml --calib data.npz --data data.npz --max-loss 2 --threads 1 "
        "-o cut.json --cache " +
        cache);
    REQUIRE(again.code == 0);
    REQUIRE(units_in(bench, cache) > kept);
    REQUIRE(layers_of(bench, "cut.json") == layers_of(bench, "whole.json"));
    std::filesystem::remove(bench.file("cut.json"));
    ++checks;
  }
  REQUIRE(checks == 2);
}

TEST_CASE("a budget of bits is kept and said, and options that contradict are refused",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const std::string search = "search net.xml --calib data.npz --data data.npz --max-loss 2";
  const auto answer = bench.tally(search + " --average-bits 3.5 -o plan.json --json");
  REQUIRE(answer.code == 0);
  REQUIRE(Json::parse(answer.out).at("average_bits") == 3.5);
  check_refused(bench, search + " --average-bits 1.5 -o new.json", {"--average-bits", "1.5"},
                "new.json");
  check_refused(bench, search + " --average-bits 3 --bits 3 -o new.json", {"--average-bits"},
                "new.json");
  check_refused(bench, search + " --method paper --number-system uniform -o new.json",
                {"paper", "uniform"}, "new.json");
}

TEST_CASE(
    "corrected weights are stored as codes that every command computes with, unless asked not",
    "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  std::string search = "search net.xml --calib data.npz --data data.npz --bits 2 ";
  const auto with_codes = [&](const std::string& plan) {
    int count = 0;
    for (const Json& layer : layers_of(bench, plan)) count += layer.at("codes") != "" ? 1 : 0;
    return count;
  };
  for (const std::string system : {"exponential", "uniform", "uniform,exponential"}) {
    const bool list = system == "uniform,exponential";  // quantized as it stands
    if (system == "uniform") search.replace(search.find("--bits 2"), 8, "--average-bits 3");
    if (list) search.replace(search.find("--average-bits 3"), 16, "--bits 2");
    const auto answer = bench.tally(search + "--number-system " + system + " -o plan.json --json");
    REQUIRE(answer.code == 0);
    const auto kept =
        bench.tally(search + "--keep-weights --number-system " + system + " -o kept.json --json");
    REQUIRE(kept.code == 0);
    CHECK(with_codes("kept.json") == 0);
    const auto eval = bench.tally("eval net.xml --plan plan.json --data data.npz --json");
    REQUIRE(eval.code == 0);
    CHECK(Json::parse(eval.out).at("metric") == Json::parse(answer.out).at("metric"));
    CHECK((with_codes("plan.json") > 0) == !list);
    const auto uniform = [](const Answer& of) {
      const Json json = Json::parse(of.out);
      return std::pair(json.at("uniform_n_metric"), json.at("uniform_n1_metric"));
    };
    CHECK((uniform(answer) == uniform(kept)) == list);
    if (list) continue;
    const auto run = bench.tally(
        "run net.xml --plan plan.json --data data.npz --samples 8 --device emulator -o run.json");
    REQUIRE(run.code == 0);  // every value within the tolerance of the codes' network
    Json damaged = Json::parse(text_of(bench.file("plan.json")));
    for (Json& layer : damaged.at("layers")) layer["codes"] = "";
    std::ofstream(bench.file("other.json")) << damaged;
    check_refused(bench, "eval net.xml --plan other.json --data data.npz",
                  {"other.json", "SHA-256"});
    damaged = Json::parse(text_of(bench.file("plan.json")));
    for (Json& layer : damaged.at("layers")) {
      std::string codes = layer.at("codes");
      if (codes.empty()) continue;
      codes[0] = codes[0] == 'B' ? 'C' : 'B';
      layer["codes"] = codes;
      break;
    }
    std::ofstream(bench.file("other.json")) << damaged;
    check_refused(bench, "report other.json -o new.html", {"other.json", "layer fc", "SHA-256"},
                  "new.html");
  }
}

TEST_CASE("calibration data that are too few or all the same are refused", "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  bench.data("few.npz", kFeatures, -1, 0.5F, 15);
  const std::vector<float> constant(40 * kFeatures, 0.25F);
  const std::vector<std::int64_t> labels(40, 1);
  write_npz(bench.file("same.npz"),
            {{"x", npy("<f4", {40, kFeatures}, constant)}, {"y", npy("<i8", {40}, labels)}});
  const auto with = [](const std::string& data) {
    return "search net.xml --calib " + data + " --data data.npz --max-loss 2 -o new.json";
  };
  check_refused(bench, with("few.npz"), {"few.npz", "15", "too few"}, "new.json");
  check_refused(bench, with("same.npz"), {"same.npz", "all the same"}, "new.json");
  for (const std::string option : {"--calib-samples", "--validation-samples"}) {
    check_refused(bench, with("same.npz") + " " + option + " 5001",
                  {"same.npz", option, "5001", "40 samples"}, "new.json");
  }
}

TEST_CASE("what tunes and what chooses is said, and as many samples tune as were asked for",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("small.npz", kFeatures, -1, 0.5F, 40);
  bench.data("large.npz", kFeatures, -1, 0.5F, 300);
  const auto search = [](const std::string& data, const std::string& options,
                         const std::string& output = "found.json") {
    return "search net.xml --calib " + data + " --data small.npz --max-loss 2 --bits 3 " + options +
           " -o " + output;
  };
  const auto said = [&](const std::string& data, const std::string& options) {
    const auto answer = bench.tally(search(data, options));
    REQUIRE(answer.code == 0);
    return answer.out;
  };
  CHECK_THAT(said("small.npz", ""), Catch::Contains("40 samples tune and 40 choose, of the same"));
  CHECK_THAT(said("large.npz", ""), Catch::Contains("150 samples tune, 150 others choose"));
  CHECK_THAT(said("large.npz", "--calib-samples 250"),
             Catch::Contains("250 samples tune, 50 others choose"));
  // One sample holds 5 copies of what goes into and comes out of the widest layer, as float.
  CHECK_THAT(said("large.npz", "--memory 0.00004"),
             Catch::Contains("50 samples tune, 150 others choose; 100 more would not fit"));
  check_refused(bench, search("large.npz", "--memory 0", "refused.json"), {"--memory", "0 GB"},
                "refused.json");
  check_refused(bench, search("large.npz", "--calib-samples 290", "refused.json"),
                {"large.npz", "290", "10 of 300"}, "refused.json");
}

TEST_CASE("a comparison refuses a system named twice or unknown", "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const auto with = [](const std::string& systems) {
    return "compare net.xml --calib data.npz --data data.npz --budgets 3 --systems " + systems +
           " -o c.json";
  };
  check_refused(bench, with("uniform,uniform"), {"--systems", "uniform", "twice"}, "c.json");
  check_refused(bench, with("decimal"), {"--systems", "decimal"}, "c.json");
}

TEST_CASE("the readings of the paper's search are selectable and change the plan",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const std::string search =
      "search net.xml --calib data.npz --data data.npz --max-loss 2 --method paper ";
  REQUIRE(bench.tally(search + "-o usual.json").code == 0);
  const Json usual = Json::parse(text_of(bench.file("usual.json")));
  for (const std::string reading : {"--alpha-rule full-scale", "--threshold-factor printed"}) {
    CAPTURE(reading);
    REQUIRE(bench.tally(search + reading + " -o other.json").code == 0);
    CHECK(Json::parse(text_of(bench.file("other.json")))["layers"] != usual["layers"]);
  }
  REQUIRE(bench.tally(search + "--rss-unit mean -o other.json").code == 0);
  check_refused(bench, search + "--rss-unit none -o none.json", {"--rss-unit"}, "none.json");
}

TEST_CASE("a comparison never overwrites what it reads, nor one output with another",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const std::string compare = "compare net.xml --calib data.npz --data data.npz --budgets 3 ";
  const std::string model = text_of(bench.file("net.xml"));
  for (const std::string outputs :
       {"-o net.xml", "-o c.json --tables net.xml", "-o c.json --html data.npz"}) {
    CAPTURE(outputs);
    const auto answer = bench.tally(compare + outputs);
    CHECK(answer.code == 2);
    CHECK_THAT(answer.err, Catch::Contains("would overwrite"));
  }
  CHECK(text_of(bench.file("net.xml")) == model);
  check_refused(bench, compare + "-o c.json --tables c.md --html ./c.md", {"c.md", "same file"},
                "c.json");
  check_refused(bench,
                "study terms net.xml --calib data.npz --data data.npz -o s.json --page ./s.json",
                {"s.json", "same file"}, "s.json");
}

TEST_CASE("a refused search leaves no cache, and the paper's search takes no budget",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  bench.data("wide.npz", kFeatures + 1);
  const std::string search = "search net.xml --data data.npz --max-loss 2 -o new.json --calib ";
  check_refused(bench, search + "wide.npz", {"wide.npz"}, "new.json");
  CHECK_FALSE(std::filesystem::exists(bench.file("new.json.cache")));
  bench.data("huge.npz", kFeatures, -1, 1e5F);  // refused when the first layer is searched
  check_refused(bench, search + "huge.npz", {"huge.npz", "fc1", "binary16"}, "new.json");
  CHECK_FALSE(std::filesystem::exists(bench.file("new.json.cache")));
  check_refused(bench, search + "data.npz --method paper --average-bits 4",
                {"--average-bits", "paper"}, "new.json");
}

TEST_CASE("the comparison holds every method, and auto is no worse than the others where it chose",
          "[cli][search]") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const auto answer = bench.tally(
      "compare net.xml --calib data.npz --data data.npz --budgets 2,3 --max-loss 5 -o c.json "
      "--tables c.md --html c.html");
  REQUIRE(answer.code == 0);
  const Json json = Json::parse(text_of(bench.file("c.json")));
  CHECK(json.at("peak_memory_mb").get<double>() > 10);
  int budgets = 0;
  for (const char* what : {"average n 2", "average n 3"}) {
    double exponential = -1, uniform = -1, automatic = -1;
    for (const Json& plan : json.at("plans")) {
      if (plan.at("what") != what) continue;
      CHECK(plan.at("test_samples") == kSamples);
      const double kl = plan.at("validation_divergence");
      if (plan.at("method") == "exponential") exponential = kl;
      if (plan.at("method") == "uniform") uniform = kl;
      if (plan.at("method") == "auto") automatic = kl;
    }
    REQUIRE(exponential >= 0);
    REQUIRE(uniform >= 0);
    REQUIRE(automatic <= std::min(exponential, uniform));
    ++budgets;
  }
  REQUIRE(budgets == 2);
  // Thresholds only rise, widths only fall.
  const Json& curve = json.at("thresholds");
  REQUIRE(curve.size() > 1);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    CHECK(curve[i].at("threshold_w") > curve[i - 1].at("threshold_w"));
    CHECK(curve[i].at("average_n") <= curve[i - 1].at("average_n"));
  }
  const std::string tables = text_of(bench.file("c.md"));
  for (const char* word : {"Table IV", "Table V", "Figure 11", "Sensitivity", "reveal 8/12/2",
                           "plain uniform, n + 1 bits", "paper"}) {
    CHECK_THAT(tables, Catch::Contains(word));
  }
  const std::string page = text_of(bench.file("c.html"));
  CHECK_THAT(page, Catch::Contains("</html>") && Catch::Contains("<svg"));
  CHECK_THAT(page, !Catch::Contains("http://") && !Catch::Contains("src="));
}
