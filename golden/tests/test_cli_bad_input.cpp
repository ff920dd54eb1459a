// SPDX-License-Identifier: Apache-2.0
// Every kind of bad input: exit code 2, a message with file, layer and value, no output file.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "golden/plan/plan.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {
const std::string kSearch = " --calib data.npz --data data.npz --max-loss 5 --bits 3 -o new.json";
}  // namespace

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
  check_refused(bench, search + "5 --bits 0", {"--bits", "0 is out of range"}, "new.json");
  check_refused(bench, search + "5 --average-bits 0.0", {"--average-bits"}, "new.json");
  for (const char* option : {"--group", "--budget", "--terms"}) {
    check_refused(bench, search + "5 --number-system reveal " + option + " 0",
                  {option, "0 is out of range"}, "new.json");
  }
  check_refused(bench, search + "-1", {"--max-loss is -1"}, "new.json");
  check_refused(bench, search + "5 --calib-samples 3", {"--calib-samples is 3"}, "new.json");
  check_refused(bench, "eval net.xml --data data.npz --samples 121", {"data.npz", "121", "120"});
  for (const std::string command :
       {"eval net.xml --data data.npz", "run net.xml --plan plan.json --data data.npz --device rtl",
        "run net.xml --plan plan.json --data data.npz --device emulator"}) {
    check_refused(bench, command + " --samples 0", {"--samples is 0"});
    check_refused(bench, command + " --samples -1", {"--samples is -1"});
  }
  check_refused(bench, "utilization --vectors 0 -o new.json", {"--vectors is 0"}, "new.json");
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
  changed("/schema_version", 1);
  check_refused(bench, "report plan.json -o new.html", {"plan.json", "schema_version is 1"},
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

TEST_CASE("a model that is cut short, or has lost its weights, is refused by every command") {
  const CliBench bench;
  bench.plan();
  const auto all_refuse = [&](const std::vector<std::string>& words) {
    check_refused(bench, "inspect net.xml", words);
    check_refused(bench, "search net.xml" + kSearch, words, "new.json");
    check_refused(bench, "eval net.xml --data data.npz", words);
    check_refused(bench,
                  "run net.xml --plan plan.json --data data.npz --device emulator -o new.json",
                  words, "new.json");
  };
  const auto cut = [&](const std::string& name, std::uintmax_t bytes) {
    std::filesystem::resize_file(bench.file(name), bytes);
  };
  cut("net.bin", std::filesystem::file_size(bench.file("net.bin")) - 4);
  all_refuse({"net.xml"});
  std::filesystem::remove(bench.file("net.bin"));
  all_refuse({"net.xml"});
  bench.network("net.xml");
  cut("net.xml", std::filesystem::file_size(bench.file("net.xml")) / 2);
  all_refuse({"net.xml"});
  cut("net.xml", 0);
  all_refuse({"net.xml", "empty"});
  std::filesystem::remove(bench.file("net.xml"));
  all_refuse({"net.xml"});
}

TEST_CASE("eval and run refuse the bad data that search refuses") {
  const CliBench bench;
  bench.plan();
  const auto refused = [&](const std::vector<std::string>& words) {
    check_refused(bench, "eval net.xml --plan plan.json --data bad.npz", words);
    for (const std::string device : {"emulator", "rtl"}) {
      check_refused(bench,
                    "run net.xml --plan plan.json --data bad.npz -o new.json --device " + device,
                    words, "new.json");
    }
  };
  refused({"bad.npz"});  // missing
  std::ofstream(bench.file("bad.npz"));
  refused({"bad.npz", "empty"});
  bench.data("bad.npz");
  std::filesystem::resize_file(bench.file("bad.npz"),
                               std::filesystem::file_size(bench.file("bad.npz")) / 2);
  refused({"bad.npz"});
  bench.data("bad.npz", kFeatures + 1);
  refused({"bad.npz", "17", "16"});
  bench.data("bad.npz", kFeatures, kClasses);
  refused({"bad.npz", "label", "4"});
  bench.data("bad.npz", kFeatures, -1, std::numeric_limits<float>::quiet_NaN());
  refused({"bad.npz", "nan"});
  write_npz(bench.file("bad.npz"), {{"x", npy("<f4", {2, kFeatures}, random_floats(32, 1))}});
  refused({"bad.npz", "labels are needed"});
}

TEST_CASE("activations that become nan or infinite inside the network are refused by layer") {
  const CliBench bench;
  bench.data("data.npz");
  // The square root of a number, or e^(x e^x): fine for the data that calibrate, not for others.
  for (const bool infinite : {false, true}) {
    const auto x = input({-1, static_cast<long>(kFeatures)});
    const auto first = named(
        std::make_shared<op::MatMul>(x, random_constant({24, kFeatures}, 1), false, true), "fc1");
    const NodePtr inside = add(first, constant({1}, {60.0F}));
    const NodePtr between = infinite ? NodePtr(std::make_shared<op::Exp>(inside))
                                     : NodePtr(std::make_shared<op::Sqrt>(inside));
    const NodePtr scaled =
        std::make_shared<op::Multiply>(between, constant({1}, {infinite ? 1e-26F : 1.0F}));
    bench.save(
        "net.xml",
        named(std::make_shared<op::MatMul>(scaled, random_constant({kClasses, 24}, 3), false, true),
              "fc2"),
        x);
    REQUIRE(bench
                .tally("search net.xml --calib data.npz --data data.npz --max-loss 100 --bits 7 "
                       "-o plan.json")
                .code == 0);
    // One large value drives it past the range of the operation, not past binary16.
    bench.data("bad.npz", kFeatures, -1, infinite ? 100.0F : -1000.0F);
    bench.data("worse.npz", kFeatures, -1, infinite ? -100.0F : 1000.0F);
    const std::vector<std::string> words = {"net.xml", "layer fc2", infinite ? "inf" : "nan",
                                            "sample 0"};
    int refused = 0;
    for (const std::string data : {"bad.npz", "worse.npz"}) {
      // Which sign does it depends on the weights.
      if (bench.tally("eval net.xml --data " + data + " --plan plan.json").code == 0) continue;
      ++refused;
      check_refused(bench, "eval net.xml --plan plan.json --data " + data, words);
      check_refused(bench,
                    "run net.xml --plan plan.json --device emulator -o new.json --data " + data,
                    words, "new.json");
      check_refused(
          bench,
          "search net.xml --calib " + data + " --data data.npz --max-loss 5 --bits 3 -o new.json",
          words, "new.json");
    }
    CHECK(refused > 0);
  }
}
