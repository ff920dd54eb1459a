// SPDX-License-Identifier: Apache-2.0
// Plan files: what is written is read back the same; everything else is refused with its name.
#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "golden/core/error.hpp"
#include "golden/core/level_table.hpp"
#include "golden/plan/json_fields.hpp"
#include "golden/plan/output_file.hpp"
#include "golden/plan/plan.hpp"
#include "golden/plan/run_record.hpp"
#include "golden/plan/stored_codes.hpp"
#include "golden/tests/sample_plan.hpp"

namespace fs = std::filesystem;
using namespace tally;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "tally-plan-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// The message of the Error that `action` throws; fails the test if it throws none.
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no Error was thrown");
  return "";
}

}  // namespace

TEST_CASE("a plan survives writing and reading exactly") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  const Plan plan = sample_plan();
  write_plan(path, plan);
  const Plan back = read_plan(path);
  REQUIRE(back.layers.size() == plan.layers.size());
  CHECK(back.layers[0].base == plan.layers[0].base);
  CHECK(back.layers[0].alpha_a == plan.layers[0].alpha_a);
  CHECK(back.layers[1].boundaries_a == plan.layers[1].boundaries_a);
  CHECK(back.layers[1].bias == plan.layers[1].bias);
  CHECK(back.layers[1].activations.counts == plan.layers[1].activations.counts);
  CHECK(back.evaluation.stop_reason == plan.evaluation.stop_reason);
  // Every field at once: writing what was read gives the same bytes.
  write_plan(folder.file("again.json"), back);
  CHECK(read_file(path) == read_file(folder.file("again.json")));
}

TEST_CASE("every field of a plan is needed and must have its type") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  write_plan(path, sample_plan());
  const Json good = read_json(path);
  int checks = 0;
  const auto try_object = [&](const Json::json_pointer& at) {
    for (const auto& [key, value] : good.at(at).items()) {
      Json missing = good;
      missing.at(at).erase(key);
      put(path, missing.dump());
      CHECK_THAT(error_of([&] { read_plan(path); }),
                 Catch::Contains(key + " is missing") && Catch::StartsWith(path));
      Json mistyped = good;
      if (value.is_boolean()) {
        mistyped.at(at)[key] = 1;
      } else {
        mistyped.at(at)[key] = true;
      }
      put(path, mistyped.dump());
      CHECK_THAT(error_of([&] { read_plan(path); }), Catch::Contains(key));
      checks += 2;
    }
  };
  try_object(Json::json_pointer(""));
  try_object(Json::json_pointer("/layers/1"));
  try_object(Json::json_pointer("/layers/1/weights"));
  try_object(Json::json_pointer("/evaluation"));
  REQUIRE(checks > 100);
}

TEST_CASE("a reveal layer has its own fields, and every one of them is needed") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  Plan plan = sample_plan();
  plan.layers[1] = sample_reveal_layer("fc2", 5, 10);
  write_plan(path, plan);
  const LayerPlan back = read_plan(path).layers[1];
  CHECK(back.scale_w == plan.layers[1].scale_w);
  CHECK(back.magnitudes_a == plan.layers[1].magnitudes_a);
  const Json good = read_json(path);
  CHECK_FALSE(good["layers"][1].contains("base"));
  CHECK_FALSE(good["layers"][0].contains("scale_w"));
  int checks = 0;
  for (const char* field : {"hese", "group", "budget", "terms", "scale_a", "scale_w"}) {
    Json bad = good;
    bad["layers"][1].erase(field);
    put(path, bad.dump());
    CHECK_THAT(error_of([&] { read_plan(path); }),
               Catch::Contains("fc2") && Catch::Contains(std::string(field) + " is missing"));
    ++checks;
  }
  const std::vector<std::pair<const char*, Json>> wrong = {
      {"group", 3},       {"group", 16},   {"budget", 0},
      {"budget", 17},     {"terms", 5},    {"n", 6},
      {"scale_a", 0.021}, {"hese", false}, {"number_system", "uniform"},
      {"base", 1.5}};
  for (const auto& [field, value] : wrong) {
    Json bad = good;
    bad["layers"][1][field] = value;
    put(path, bad.dump());
    CAPTURE(field);
    CHECK_THAT(error_of([&] { read_plan(path); }),
               Catch::StartsWith(path) && Catch::Contains("fc2"));
    ++checks;
  }
  REQUIRE(checks == 16);
}

TEST_CASE("a uniform layer of few bits may drop the slots that its values never need") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  Plan plan = sample_plan();
  LayerPlan layer = sample_reveal_layer("fc2", 5, 10);
  layer.number_system = "uniform";
  layer.n = 3;  // up to 7: two signed digits
  layer.stored_bits = 4;
  layer.budget = 2 * layer.group;
  for (std::size_t i = 8; i < 128; ++i) layer.boundaries_a[i] = 0x7C00;  // data up to 7, too
  plan.layers[1] = layer;
  write_plan(path, plan);
  CHECK(read_plan(path).layers[1].budget == 8);
  plan.layers[1].budget = 7;
  CHECK_THAT(error_of([&] { write_plan(path, plan); }),
             Catch::Contains("budget is 7, not in 8 .. 16"));
}

TEST_CASE("a plan with codes survives writing and reading, and damaged codes are refused") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  Plan plan = sample_plan();
  LayerPlan& layer = plan.layers[0];
  const auto count = static_cast<std::size_t>(layer.inputs * layer.outputs);
  const std::vector<std::uint8_t> codes(count, make_code(false, 1));
  layer.codes = store_codes(codes, layer.n);
  layer.codes_sha256 = sha256(codes);
  write_plan(path, plan);
  CHECK(read_plan(path).layers[0].codes == layer.codes);
  CHECK(read_plan(path).layers[1].codes.empty());
  layer.codes.pop_back();
  CHECK_THROWS_WITH(write_plan(path, plan), Catch::Contains(path) && Catch::Contains(layer.name) &&
                                                Catch::Contains("codes has"));
}

TEST_CASE("a wrong value in a plan is named with file, layer, field and value") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  write_plan(path, sample_plan());
  const Json good = read_json(path);
  struct Case {
    const char* pointer;
    Json value;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases = {
      {"/schema_version", 99, {"schema_version is 99", "version 5"}},
      {"/layers/0/n", 8, {"layer fc1", "n is 8", "2 .. 7"}},
      {"/layers/0/n", 1, {"layer fc1", "n is 1", "2 .. 7"}},
      {"/layers/0/n", 3.5, {"layer fc1", "n", "3.5"}},
      {"/layers/1/base", 1.0, {"layer fc2", "base is 1"}},
      {"/layers/1/base", "1e999", {"layer fc2", "base", "1e999"}},
      {"/layers/1/alpha_a", -0.5, {"layer fc2", "alpha_a is -0.5"}},
      {"/layers/1/alpha_a", nullptr, {"layer fc2", "alpha_a", "null"}},
      {"/layers/1/bias/0", 1e39, {"layer fc2", "bias[0]", "1e+39"}},
      {"/layers/1/boundaries_a/2", 0, {"layer fc2", "boundaries_a[2]", "0x0000"}},
      {"/layers/1/boundaries_a/3", 0x7C01, {"layer fc2", "boundaries_a[3]", "31745"}},
      {"/layers/1/boundaries_a", Json::array({0, 1}), {"layer fc2", "boundaries_a", "2", "not 16"}},
      {"/layers/1/levels_w/3", 0.0, {"layer fc2", "levels_w[3]", "magnitude"}},
      {"/layers/1/base", 1.25, {"layer fc2", "levels_w[1]", "base^-7"}},
      {"/layers/1/beta_a", 0.25, {"layer fc2", "magnitudes_a[1]", "alpha_a"}},
      {"/layers/1/number_system", "log", {"layer fc2", "number_system", "'log'"}},
      {"/layers/1/stored_bits", 4, {"layer fc2", "stored_bits is 4"}},
      {"/layers/1/offset", false, {"layer fc2", "beta is 0.333", "offset is off"}},
      {"/layers/1/segment", 1000, {"layer fc2", "segment is 1000"}},
      {"/crop", 0, {"crop is 0"}},
      {"/layers/1/name", "fc1", {"layer fc1", "twice"}},
      {"/layers", Json::array(), {"layers is empty"}},
      {"/evaluation/float_metric", 1.5, {"evaluation", "float_metric is 1.5"}},
      {"/unheard_of", 1, {"unheard_of", "not a field"}},
  };
  for (const Case& c : cases) {
    Json bad = good;
    bad[Json::json_pointer(c.pointer)] = c.value;
    put(path, bad.dump());
    const std::string message = error_of([&] { read_plan(path); });
    CHECK_THAT(message, Catch::StartsWith(path));
    for (const std::string& word : c.words) CHECK_THAT(message, Catch::Contains(word));
  }
}

TEST_CASE("a file that is no JSON, empty, missing or a folder is refused by name") {
  const Folder folder;
  const std::string path = folder.file("plan.json");
  CHECK_THAT(error_of([&] { read_plan(path); }), Catch::StartsWith(path));
  put(path, "");
  CHECK_THAT(error_of([&] { read_plan(path); }), Catch::Contains("empty"));
  put(path, "{\"schema_version\": 1,");
  CHECK_THAT(error_of([&] { read_plan(path); }), Catch::Contains("not JSON"));
  put(path, "[1]");
  CHECK_THAT(error_of([&] { read_plan(path); }), Catch::Contains("not a JSON object"));
  put(path, "{\"schema_version\": 1, \"crop\": 1e999}");
  CHECK_THAT(error_of([&] { read_plan(path); }), Catch::StartsWith(path));
  CHECK_THAT(error_of([&] { read_plan(folder.path.string()); }), Catch::Contains("folder"));
}

TEST_CASE("numbers that are not finite are never written") {
  const Folder folder;
  Plan plan = sample_plan();
  plan.layers[1].rmae_w = std::numeric_limits<double>::quiet_NaN();
  const std::string path = folder.file("plan.json");
  CHECK_THAT(error_of([&] { write_plan(path, plan); }),
             Catch::Contains("layer fc2") && Catch::Contains("rmae_w is nan"));
  CHECK(folder.files() == 0);
}

TEST_CASE("a plan for another model is refused by its checksum") {
  const std::string text = "abc";
  // The published test vector of FIPS 180-2.
  const std::string sum = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  CHECK(sum == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Plan plan = sample_plan();
  plan.model_sha256 = sum;
  CHECK_NOTHROW(check_plan_is_for(plan, "p.json", "m.onnx", sum));
  CHECK_THAT(
      error_of([&] { check_plan_is_for(plan, "p.json", "m.onnx", std::string(64, 'b')); }),
      Catch::StartsWith("p.json") && Catch::Contains("another model") && Catch::Contains("m.onnx"));
}

TEST_CASE("a full disk leaves nothing behind and keeps the old file") {
  const Folder folder;
  CHECK_THAT(error_of([] { write_file("/dev/full", "text"); }),
             Catch::StartsWith("/dev/full") && Catch::Contains("No space left"));
  CHECK(fs::is_character_file("/dev/full"));
  const std::string path = folder.file("plan.json");
  write_file(path, "old");
  CHECK(folder.files() == 1);
  CHECK_THAT(error_of([&] { write_file(folder.file("none/plan.json"), "text"); }),
             Catch::Contains("no folder"));
  CHECK_THAT(error_of([&] { write_file(folder.path.string(), "text"); }),
             Catch::Contains("is a folder"));
  CHECK(read_file(path) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("a run result survives writing and reading, and a broken one is refused") {
  const Folder folder;
  const std::string path = folder.file("run.json");
  write_run(path, sample_run());
  const RunRecord back = read_run(path);
  CHECK(back.layers.at(1).cycles == sample_run().layers.at(1).cycles);
  write_run(folder.file("again.json"), back);
  CHECK(read_file(path) == read_file(folder.file("again.json")));
  Json bad = read_json(path);
  bad["mismatches"] = -1;
  put(path, bad.dump());
  CHECK_THAT(error_of([&] { read_run(path); }), Catch::Contains("mismatches is -1"));
}

TEST_CASE("a run without a clock has no cycles in its file, and a zero is not taken for that") {
  const Folder folder;
  const std::string path = folder.file("run.json");
  RunRecord run = sample_run();
  run.device = "emulator";
  run.cycles.reset();
  run.utilization.reset();
  for (LayerRun& layer : run.layers) {
    layer.cycles.reset();
    layer.counting_cycles.reset();
    layer.utilization.reset();
  }
  write_run(path, run);
  CHECK(read_json(path)["cycles"].is_null());
  CHECK(read_json(path)["layers"][0]["utilization"].is_null());
  const RunRecord back = read_run(path);
  CHECK_FALSE(back.cycles.has_value());
  CHECK_FALSE(back.layers.at(1).counting_cycles.has_value());
  run.cycles = 0;
  write_run(path, run);
  CHECK(read_run(path).cycles == 0);
}

TEST_CASE("a histogram counts every value once and zeros apart") {
  const Histogram h = histogram_of({-2.0F, -0.1F, 0.0F, 0.1F, 1.9F, 2.0F, 0.0F}, 4);
  CHECK(h.low == -2);
  CHECK(h.high == 2);
  CHECK(h.zeros == 2);
  CHECK(h.counts == std::vector<std::int64_t>{1, 1, 1, 2});
  CHECK(histogram_of({0.0F, 4.0F}, 2).low == 0);
}
