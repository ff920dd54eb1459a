// SPDX-License-Identifier: Apache-2.0
// Attention's products and tied weights through the program: search, eval, run, report, bad plans.
#include <catch2/catch.hpp>
#include <fstream>

#include "golden/tests/attention_model.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

struct AttentionBench : CliBench {
  AttentionBench() {
    const auto x = attention_input();
    save("net.xml", attention(x), x);
    write_attention_data(file("data.npz"), 64);
  }
  Answer search(const std::string& options, const std::string& plan) const {
    return tally("search net.xml --calib data.npz --data data.npz --max-loss 100 " + options +
                 " --json -o " + plan);
  }
};

void write_json(const CliBench& bench, const std::string& name, const Json& json) {
  std::ofstream(bench.file(name)) << json.dump();
}

}  // namespace

TEST_CASE("attention is quantized whole, runs on the emulator and is in the report",
          "[cli][products]") {
  const AttentionBench bench;
  for (const std::string system : {"exponential", "uniform", "auto"}) {
    CAPTURE(system);
    const auto found = bench.search("--bits 4 --number-system " + system, "plan.json");
    REQUIRE(found.code == 0);
    CHECK(Json::parse(found.out).at("quantized_share") == 1.0);
    const Json plan = Json::parse(text_of(bench.file("plan.json")));
    REQUIRE(plan.at("products").size() == 2);
    CHECK(plan.at("products")[0].at("n") == 7);
    if (system != "auto") CHECK(plan.at("products")[1].at("number_system") == system);
    const auto eval = bench.tally("eval net.xml --plan plan.json --data data.npz --json");
    REQUIRE(eval.code == 0);
    CHECK(Json::parse(eval.out).at("quantized_share") == 1.0);
    CHECK(Json::parse(eval.out).at("metric") == Json::parse(found.out).at("metric"));
    const auto run = bench.tally(
        "run net.xml --plan plan.json --data data.npz --device emulator --samples 5 --json "
        "-o run.json");
    REQUIRE(run.code == 0);
    const Json result = Json::parse(run.out);
    CHECK(result.at("mismatches") == 0);
    // query, key, value: 72 values each; scores 32; mixed 24; out 4.
    CHECK(result.at("compared") == 5 * (3 * 24 + 32 + 24 + 4));
    REQUIRE(bench.tally("report plan.json --run run.json -o report.html").code == 0);
    const std::string page = text_of(bench.file("report.html"));
    CHECK_THAT(page, Catch::Contains("Products of two activations") && Catch::Contains("scores") &&
                         Catch::Contains("do 100.0 % of the network"));
  }
}

TEST_CASE("products on the Verilated hardware equal the emulator bit for bit",
          "[cli][products][rtl]") {
  const AttentionBench bench;
  REQUIRE(bench.search("--bits 3 --product-bits 3", "plan.json").code == 0);
  const auto run =
      bench.tally("run net.xml --plan plan.json --data data.npz --device rtl --samples 2 --json");
  REQUIRE(run.code == 0);
  CHECK(Json::parse(run.out).at("mismatches") == 0);
  CHECK(Json::parse(run.out).at("compared") == 2 * (3 * 24 + 32 + 24 + 4));
}

TEST_CASE("products left in float are said so", "[cli][products]") {
  const AttentionBench bench;
  REQUIRE(bench.search("--bits 4 --float-products", "plan.json").code == 0);
  // 3 x 4 x 6 x 6 and 24 x 4 of weights, 2 x 4 x 3 x 4 twice of products.
  const double share = 528.0 / 720;
  const auto eval = bench.tally("eval net.xml --plan plan.json --data data.npz --json");
  REQUIRE(eval.code == 0);
  CHECK(Json::parse(eval.out).at("quantized_share").get<double>() == Approx(share));
  const auto run =
      bench.tally("run net.xml --plan plan.json --data data.npz --device emulator --samples 2");
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("2 products of two activations stay in float"));
  REQUIRE(bench.tally("report plan.json -o report.html").code == 0);
  CHECK_THAT(text_of(bench.file("report.html")), Catch::Contains("do 73.3 % of the network"));
}

TEST_CASE("commands about layers with weights say that they leave products in float",
          "[cli][products]") {
  const AttentionBench bench;
  REQUIRE(bench.search("--bits 4", "plan.json").code == 0);
  const auto study = bench.tally(
      "study distribution net.xml --calib data.npz --calib-samples 20 --data data.npz -o s.json");
  REQUIRE(study.code == 0);
  CHECK_THAT(study.out, Catch::Contains("2 products of two activations stay in float"));
  const auto exported = bench.tally("export plan.json net.xml -o folder");
  INFO(exported.err);
  REQUIRE(exported.code == 0);
  CHECK_THAT(exported.out, Catch::Contains("2 products of two activations have no weights"));
}

TEST_CASE("commands that judge by a class refuse a text's labels by name", "[cli][metric]") {
  const AttentionBench bench;
  const auto x = attention_input();
  bench.save("text.xml", std::make_shared<op::Reshape>(attention(x), integers({0, 2, 2}), true), x);
  const std::vector<float> values = random_floats(64 * kTokens * kWide, 11);
  const std::vector<std::int64_t> y(64 * 2, 1);
  write_npz(bench.file("text.npz"),
            {{"x", npy("<f4", {64, kTokens, kWide}, values)}, {"y", npy("<i8", {64, 2}, y)}});
  check_refused(
      bench, "study terms text.xml --calib text.npz --calib-samples 20 --data text.npz -o s.json",
      {"text.npz", "2 labels a sample", "study"}, "s.json");
}

TEST_CASE("a plan whose products are not the model's is refused", "[cli][products]") {
  const AttentionBench bench;
  REQUIRE(bench.search("--bits 4", "plan.json").code == 0);
  const Json good = Json::parse(text_of(bench.file("plan.json")));
  const auto refused = [&](const std::string& pointer, const Json& value,
                           const std::vector<std::string>& words) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    write_json(bench, "bad.json", bad);
    check_refused(bench, "eval net.xml --plan bad.json --data data.npz", words);
  };
  refused("/products/0/name", "other", {"bad.json", "product other", "not in the model"});
  refused("/products/0/heads", 1, {"bad.json", "product scores", "1 times", "2 times"});
  refused("/products/0/n", 8, {"bad.json", "product", "n is 8"});
  refused("/products/1/a/alpha", 99, {"bad.json", "product mixed", "a.magnitudes[1]"});
  refused("/products/1/b/boundaries/3", 1, {"bad.json", "product mixed", "b.boundaries[3]"});
  refused("/products/1/name", "scores", {"bad.json", "product scores", "appears twice"});
  refused("/macs", 10, {"bad.json", "macs is 10"});
  Json one = good;
  one["products"].erase(1);
  write_json(bench, "bad.json", one);
  check_refused(bench, "eval net.xml --plan bad.json --data data.npz",
                {"bad.json", "product mixed is missing"});
  check_refused(bench,
                "search net.xml --calib data.npz --data data.npz --max-loss 1 --product-bits 9 "
                "-o new.json",
                {"product-bits"}, "new.json");
}

TEST_CASE(
    "steps with the same weights are one layer of the plan, on the emulator and in the report",
    "[cli][tied]") {
  const CliBench bench;
  const auto x = input({-1, static_cast<long>(kFeatures)});
  NodePtr h = x;
  for (int step = 0; step < 3; ++step) {
    const auto w = random_constant({kFeatures, kFeatures}, 1);
    h = named(std::make_shared<op::MatMul>(h, w, false, true), "step" + std::to_string(step));
    h = std::make_shared<op::Tanh>(h);
  }
  h = std::make_shared<op::MatMul>(h, random_constant({kClasses, kFeatures}, 3), false, true);
  bench.save("net.xml", named(h, "out"), x);
  bench.data("data.npz");
  const auto found = bench.tally(
      "search net.xml --calib data.npz --data data.npz --max-loss 100 --bits 4 -o plan.json");
  REQUIRE(found.code == 0);
  const Json plan = Json::parse(text_of(bench.file("plan.json")));
  REQUIRE(plan.at("layers").size() == 2);
  CHECK(plan.at("layers")[0].at("places") == 3);
  CHECK(plan.at("layers")[0].at("vectors") == 3);
  CHECK(plan.at("macs") == 3 * 256 + 64);
  const auto run = bench.tally(
      "run net.xml --plan plan.json --data data.npz --device emulator --samples 7 --json");
  REQUIRE(run.code == 0);
  CHECK(Json::parse(run.out).at("mismatches") == 0);
  CHECK(Json::parse(run.out).at("compared") == 7 * (3 * 16 + 4));
  REQUIRE(bench.tally("report plan.json -o report.html").code == 0);
  CHECK_THAT(text_of(bench.file("report.html")), Catch::Contains("MatMul, 3 places"));
}

TEST_CASE("networks judged by perplexity or by their own embeddings are searched, run and reported",
          "[cli][metric]") {
  const AttentionBench bench;
  // Labels a position: the four outputs as scores for two positions of two classes.
  const auto x = attention_input();
  bench.save("text.xml", std::make_shared<op::Reshape>(attention(x), integers({0, 2, 2}), true), x);
  std::vector<float> values = random_floats(64 * kTokens * kWide, 11);
  std::vector<std::int64_t> y(64 * 2);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = i % 3 == 0 ? 1 : 0;
  const Bytes samples = npy("<f4", {64, kTokens, kWide}, values);
  write_npz(bench.file("text.npz"), {{"x", samples}, {"y", npy("<i8", {64, 2}, y)}});
  write_npz(bench.file("plain.npz"), {{"x", samples}});
  int checks = 0;
  for (const auto& [model, data, metric, word] : std::vector<std::array<std::string, 4>>{
           {"text.xml", "text.npz", "perplexity", "Perplexity, the smaller"},
           {"net.xml", "plain.npz", "embedding", "Mean cosine"}}) {
    CAPTURE(metric);
    const auto found = bench.tally("search " + model + " --calib " + data + " --data " + data +
                                   " --max-loss 100 --bits 4 -o plan.json --json");
    REQUIRE(found.code == 0);
    const Json searched = Json::parse(found.out);
    CHECK(searched.at("metric_name") == metric);
    // Without labels the plan's own metric holds, unasked.
    CHECK((found.err.find("no labels") != std::string::npos) == (metric == "embedding"));
    const auto eval = bench.tally("eval " + model + " --plan plan.json --data " + data + " --json");
    REQUIRE(eval.code == 0);
    CHECK(Json::parse(eval.out).at("metric").get<double>() ==
          Approx(searched.at("metric").get<double>()).epsilon(1e-6));
    const double exact = searched.at("float_metric").get<double>();
    CHECK((metric == "perplexity" ? exact > 1 : exact == 1));
    const auto run = bench.tally("run " + model + " --plan plan.json --data " + data +
                                 " --device emulator --samples 20 -o run.json --json");
    REQUIRE(run.code == 0);
    CHECK(Json::parse(run.out).at("metric_name") == metric);
    REQUIRE(bench.tally("report plan.json --run run.json -o report.html").code == 0);
    CHECK_THAT(text_of(bench.file("report.html")), Catch::Contains(word));
    ++checks;
  }
  CHECK(checks == 2);
}
