// SPDX-License-Identifier: Apache-2.0
// Uniform, reveal and mixed plans through the program: search, eval, run, budget, study, report.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "golden/plan/plan.hpp"
#include "golden/plan/study.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

const std::string kSearch = "search net.xml --calib data.npz --data data.npz --max-loss 100 ";

// Searches with these options and gives the plan.
Plan searched(const CliBench& bench, const std::string& options, const std::string& file) {
  const Answer answer = bench.tally(kSearch + options + " -o " + file + " --json");
  INFO(answer.err);
  REQUIRE(answer.code == 0);
  const Plan plan = read_plan(bench.file(file));
  const Json json = Json::parse(answer.out);
  REQUIRE(json["number_systems"].size() == plan.layers.size());
  CHECK(json["stored_bits"].get<double>() == json["average_bits"].get<double>() + 1);
  return plan;
}

Json ran(const CliBench& bench, const std::string& plan, const std::string& device, int samples) {
  const Answer answer =
      bench.tally("run net.xml --plan " + plan + " --data data.npz --json --device " + device +
                  " --samples " + std::to_string(samples) + " -o run.json");
  INFO(answer.err);
  REQUIRE(answer.code == 0);
  Json run = Json::parse(answer.out);
  CHECK(run["mismatches"] == 0);
  CHECK(run["compared"] == samples * (24 + static_cast<int>(kClasses)));
  return run;
}

}  // namespace

TEST_CASE("uniform, reveal and mixed plans are searched, and both devices compute what they say") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const Plan uniform = searched(bench, "--number-system uniform --bits 7", "uniform.json");
  CHECK(uniform.layers[0].number_system == "uniform");
  CHECK(uniform.layers[0].budget == 4 * uniform.layers[0].group);
  CHECK(uniform.layers[0].terms == 4);
  CHECK(uniform.evaluation.average_bits == 7);
  const Plan binary = searched(
      bench, "--number-system uniform --bits 7 --encoding binary --group 4", "binary.json");
  CHECK(binary.layers[1].budget == 28);
  CHECK(binary.layers[1].terms == 7);
  CHECK_FALSE(binary.layers[1].hese);
  const Plan reveal =
      searched(bench, "--number-system reveal --group 8 --budget 10 --terms 2", "reveal.json");
  CHECK(reveal.layers[1].number_system == "reveal");
  CHECK(reveal.layers[1].budget == 10);
  CHECK(reveal.layers[1].terms == 2);
  CHECK(reveal.evaluation.average_bits == 7);

  const Plan mixed = searched(bench, "--number-system exponential,uniform --bits 4", "mixed.json");
  CHECK(mixed.layers[0].number_system == "exponential");
  CHECK(mixed.layers[0].n == 4);
  CHECK(mixed.layers[1].number_system == "uniform");
  CHECK(mixed.evaluation.average_bits == 5.5);
  Plan other = reveal;
  other.layers[1] = read_plan(bench.file("mixed.json")).layers[1];
  write_plan(bench.file("other.json"), other);
  for (const std::string plan : {"uniform", "binary", "reveal", "mixed", "other"}) {
    INFO(plan);
    ran(bench, plan + ".json", "emulator", 40);
    CHECK(ran(bench, plan + ".json", "rtl", 2)["cycles"].get<int>() > 0);
    const Answer eval = bench.tally("eval net.xml --plan " + plan + ".json --data data.npz");
    CHECK(eval.code == 0);
    CHECK(bench.tally("report " + plan + ".json --run run.json -o report.html").code == 0);
    CHECK_THAT(text_of(bench.file("report.html")), Catch::Contains("Term pairs"));
  }
}

TEST_CASE("reveal without a budget takes the fewest term pairs within the bound") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  // A loss of 100 points allows everything: one term pair a group.
  const Plan cheap = searched(bench, "--number-system reveal", "cheap.json");
  CHECK(cheap.layers[0].budget == 1);
  CHECK(cheap.layers[0].terms == 1);
  const Answer answer = bench.tally(
      "search net.xml --calib data.npz --data data.npz --max-loss 2 --number-system reveal "
      "-o good.json --json");
  REQUIRE(answer.code == 0);
  const Plan good = read_plan(bench.file("good.json"));
  CHECK(good.layers[0].budget * good.layers[0].terms > 1);
  CHECK(Json::parse(answer.out)["within_bound"] == true);
}

TEST_CASE("auto by cycles costs no more than the bound allows and runs as planned") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  for (const std::string config : {"default", "fast"}) {
    const Plan plan =
        searched(bench, "--number-system auto --cost cycles --config " + config, config + ".json");
    CHECK(plan.layers.size() == 2);
    ran(bench, config + ".json", "emulator", 20);
  }
}

TEST_CASE("digits out of range and options that do not belong together are refused by value") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const auto refused = [&](const std::string& options, const std::vector<std::string>& words) {
    check_refused(bench, kSearch + options + " -o new.json", words, "new.json");
  };
  refused("--number-system reveal --group 3", {"--group is 3"});
  refused("--number-system reveal --group 16", {"--group is 16"});
  refused("--number-system reveal --budget 33", {"--budget is 33", "1 .. 32"});
  refused("--number-system reveal --budget -1", {"--budget is -1"});
  refused("--number-system reveal --terms 5", {"--terms is 5", "1 .. 4"});
  refused("--number-system reveal --terms 8 --encoding binary", {"--terms is 8", "1 .. 7"});
  refused("--number-system uniform --budget 8", {"reveal", "uniform"});
  refused("--number-system reveal --bits 5", {"reveal"});
  refused("--number-system uniform --cost cycles", {"--cost cycles", "auto"});
  refused("--number-system auto --cost cycles --bits 3", {"--bits", "--cost cycles"});
  refused("--number-system auto --cost cycles --average-bits 3", {"--average-bits", "cycles"});
  refused("--number-system exponential,uniform --average-bits 3", {"--average-bits", "list"});
  refused("--bits 2 --config small", {"--config", "--cost cycles"});
  refused("--bits 2 --encoding binary", {"--encoding", "exponential"});
  refused("--bits 2 --group 4", {"--group", "exponential"});
  refused("--bits 2 --rss-unit mean", {"--rss-unit", "--method paper"});
  refused("--number-system ternary", {"ternary"});
  refused("--number-system exponential,ternary", {"ternary"});
  refused("--number-system uniform,uniform,uniform", {"lists 3 layers", "net.xml has 2"});

  const Plan plan = searched(bench, "--number-system reveal --budget 8 --terms 2", "plan.json");
  const Json good = Json::parse(text_of(bench.file("plan.json")));
  const auto broken = [&](const char* pointer, const Json& value,
                          const std::vector<std::string>& words) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    std::ofstream(bench.file("bad.json")) << bad.dump();
    check_refused(bench,
                  "run net.xml --plan bad.json --data data.npz --device emulator -o new.json",
                  words, "new.json");
  };
  broken("/layers/0/group", 3, {"bad.json", "layer fc1", "group is 3"});
  broken("/layers/0/budget", 40, {"bad.json", "layer fc1", "budget is 40", "32"});
  broken("/layers/1/terms", 6, {"bad.json", "layer fc2", "terms is 6", "4"});
  broken("/layers/1/scale_a", 0, {"bad.json", "layer fc2", "scale_a"});
  broken("/layers/1/n", 5, {"bad.json", "layer fc2", "n is 5"});
  broken("/layers/1/number_system", "uniform", {"bad.json", "layer fc2", "budget is 8"});
  broken("/schema_version", 1, {"bad.json", "schema_version is 1", "tally search"});
  // Right by themselves, but not of this model.
  broken("/layers/0/kind", "Convolution", {"bad.json", "layer fc1", "Convolution in the plan"});
  broken("/layers/0/relu", !good["layers"][0]["relu"], {"bad.json", "layer fc1", "relu is"});
  broken("/layers/0/has_bias", false, {"bad.json", "layer fc1", "has_bias is false in the plan"});
  broken("/layers/0/places", 5, {"bad.json", "layer fc1", "places is 5 in the plan, 1 in"});
  broken("/input_shape", {3, 3}, {"bad.json", "input_shape is [3, 3]"});
}

TEST_CASE("lower budgets on loaded weights give what plans of these budgets give, in fewer steps") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  const Plan plan = searched(bench, "--number-system reveal --budget 12 --terms 3", "plan.json");
  const Answer answer = bench.tally(
      "budget net.xml --plan plan.json --data data.npz --device emulator --budgets 12,8,3 --json");
  INFO(answer.err);
  REQUIRE(answer.code == 0);
  const Json json = Json::parse(answer.out);
  REQUIRE(json["budgets"].size() == 3);
  CHECK(json["samples"] == kSamples);
  for (std::size_t b = 0; b < 3; ++b) {
    const Json& row = json["budgets"][b];
    // The same layers with that budget in the plan: scales and biases stay.
    Plan lower = plan;
    for (LayerPlan& layer : lower.layers) layer.budget = row["budget"].get<int>();
    write_plan(bench.file("lower.json"), lower);
    const Answer run =
        bench.tally("run net.xml --plan lower.json --data data.npz --device emulator --json");
    REQUIRE(run.code == 0);
    CHECK(Json::parse(run.out)["metric"] == row["metric"]);
    CHECK(row["cycles"].is_null());
    // Weights come with the first budget only: 2 tiles of 16 rows, then 1 of 24.
    CHECK((row["weight_beats"].get<int>() > 0) == (b == 0));
  }
  // The hardware does the same, and its cycles do not rise as the budget falls.
  const Answer rtl = bench.tally(
      "budget net.xml --plan plan.json --data data.npz --device rtl --budgets 12,8,3 --samples 10 "
      "--json");
  INFO(rtl.err);
  REQUIRE(rtl.code == 0);
  const Json rows = Json::parse(rtl.out)["budgets"];
  for (std::size_t b = 0; b < 3; ++b) {
    CHECK(rows[b]["mismatches"] == 0);
    CHECK(rows[b]["compared"] == 10 * (24 + static_cast<int>(kClasses)));
    CHECK(rows[b]["cycles"].get<int>() > 0);
    // On so few inputs evaluating the counters can take longer than counting.
    if (b > 0) CHECK(rows[b]["cycles"].get<int>() <= rows[b - 1]["cycles"].get<int>());
  }
  const double steps = json["budgets"][0]["steps"];
  CHECK(json["budgets"][1]["steps"].get<double>() == Approx(steps * 8 / 12));
  CHECK(json["budgets"][2]["steps"].get<double>() == Approx(steps * 3 / 12));

  const std::string budget = "budget net.xml --plan plan.json --data data.npz --device emulator ";
  check_refused(bench, budget + "--budgets 8,12", {"--budgets", "12 after 8"});
  check_refused(bench, budget + "--budgets 40,8", {"layer fc1", "budget is 40"});
  check_refused(bench, budget + "--budgets 8,0", {"layer fc1", "budget is 0"});
  check_refused(bench, budget + "--budgets 8 --samples 0", {"--samples is 0"});
  searched(bench, "--bits 4", "plan.json");
  check_refused(bench, budget + "--budgets 8", {"layer fc1", "exponential", "no budget"});
}

TEST_CASE("studies are written, read by the report, and say what they measured") {
  const CliBench bench;
  bench.network("net.xml");
  bench.data("data.npz");
  searched(bench, "--bits 3", "plan.json");
  std::string studies;
  for (const std::string kind : {"terms", "groups", "encodings", "distribution"}) {
    const Answer answer = bench.tally(
        "study " + kind + " net.xml --calib data.npz --calib-samples 60 --data data.npz -o " +
        kind + ".json --page " + kind + ".html --json");
    INFO(answer.err);
    REQUIRE(answer.code == 0);
    CHECK(Json::parse(answer.out)["kind"] == kind);
    const Study study = read_study(bench.file(kind + ".json"));
    REQUIRE_FALSE(study.tables.empty());
    REQUIRE_FALSE(study.plots.empty());
    CHECK(study.samples == kSamples);
    CHECK_THAT(text_of(bench.file(kind + ".html")),
               Catch::Contains("<svg") && Catch::Contains(study.title) && !Catch::Contains("{{"));
    studies += " --study " + kind + ".json";
  }
  const Answer cycles = bench.tally(
      "study cycles net.xml --calib data.npz --calib-samples 60 --data data.npz -o cycles.json");
  INFO(cycles.err);
  CHECK(cycles.code == 0);
  const Study measured = read_study(bench.file("cycles.json"));
  REQUIRE(measured.tables.size() == 2);
  for (const StudyTable& table : measured.tables) {
    REQUIRE(table.rows.size() == 6);
    CHECK(table.rows[0].values[2] == 1);                       // conventional against itself
    CHECK(table.rows[3].values[0] < table.rows[1].values[0]);  // fewer than all signed digits
    CHECK(table.rows[1].values[0] < table.rows[0].values[0]);  // fewer than 7 x 7
  }
  const Study terms = read_study(bench.file("terms.json"));
  CHECK(terms.tables[0].rows.size() == 5 + 3 * 7 + 1);
  CHECK(bench.tally("report plan.json -o report.html" + studies).code == 0);
  CHECK_THAT(text_of(bench.file("report.html")),
             Catch::Contains("Group sizes at equal alpha") && Catch::Contains("radix-2 Booth"));
  check_refused(bench, "study terms net.xml --calib data.npz --data data.npz -o data.npz",
                {"would overwrite"});
  check_refused(bench, "study cycles net.xml --calib data.npz --data data.npz --hardware-samples 0",
                {"--hardware-samples is 0"});
  check_refused(bench, "study love net.xml --calib data.npz --data data.npz", {"love"});
}
