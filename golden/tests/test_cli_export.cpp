// SPDX-License-Identifier: Apache-2.0
// tally export: what it writes agrees with the plan, plays on the RTL in a simulation without C++,
// and is refused whole.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "golden/model/npz_write.hpp"
#include "golden/plan/plan.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

namespace {

constexpr std::size_t kHidden = 24;  // outputs of fc1

// A folder with the network of CliBench, fc1 and fc2, and a plan of n = 3 for it.
struct Exported : CliBench {
  Exported() { plan(); }

  // The exit code; what it says is in said().
  int run(const std::string& program, const std::string& arguments) const {
    const std::string command =
        "cd " + file("") + " && " + program + " " + arguments + " >said 2>&1";
    const int status = std::system(command.c_str());
    INFO(arguments << ": " << said());
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }
  std::string said() const { return text("said"); }
  std::string text(const std::string& name) const { return text_of(file(name)); }
};

NpyArray entry(const Exported& bench, const std::string& name) {
  const auto array = read_npz_entry(bench.file("exported/plan.npz"), name);
  INFO(name);
  REQUIRE(array.has_value());
  return *array;
}

std::string play(const Json& layer, const std::string& results) {
  const std::string name = "exported/" + layer["files"].get<std::string>();
  std::ostringstream arguments;
  arguments << "+weights=" << name << "_weights.memh +activations=" << name
            << "_activations.memh +results=" << results
            << " +weight_beats=" << layer["weight_beats"]
            << " +activation_beats=" << layer["activation_beats"]
            << " +result_beats=" << layer["result_beats"];
  return arguments.str();
}

}  // namespace

TEST_CASE(
    "an exported plan plays on the RTL in plain SystemVerilog, and a wrong result is noticed") {
  const Exported bench;
  REQUIRE(bench.run(TALLY_PROGRAM,
                    "export plan.json net.xml --config small --vectors 5 -o exported") == 0);
  const Json manifest = Json::parse(bench.text("exported/manifest.json"));
  REQUIRE(manifest["layers"].size() == 2);
  std::size_t results = 0;
  for (const Json& layer : manifest["layers"]) {
    const std::string expected = "exported/" + layer["files"].get<std::string>() + "_results.memh";
    const int code = bench.run(TALLY_PLAYER, play(layer, expected));
    INFO(bench.said());
    REQUIRE(code == 0);
    CHECK_THAT(bench.said(), Catch::Contains("PASS: " + layer["result_beats"].dump() + " results"));
    results += layer["result_beats"].get<std::size_t>();

    // One bit of the last result.
    std::string text = bench.text(expected);
    char& digit = text[text.size() - 2];
    digit = digit == '0' ? '1' : '0';
    std::ofstream(bench.file("wrong.memh")) << text;
    CHECK(bench.run(TALLY_PLAYER, play(layer, "wrong.memh")) != 0);
  }
  CHECK(results == 5 * (kHidden + kClasses));
}

TEST_CASE("exported arrays are the plan's, and the C header compiles with the same bytes") {
  const Exported bench;
  REQUIRE(bench.run(TALLY_PROGRAM, "export plan.json net.xml -o exported --json") == 0);
  const Plan plan = read_plan(bench.file("plan.json"));
  const std::vector<std::string> names = {"layer0", "layer1"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const LayerPlan& layer = plan.layers.at(i);
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const NpyArray codes = entry(bench, names[i] + "_codes");
    CHECK(codes.shape == std::vector<std::size_t>{outputs, inputs});
    const NpyArray boundaries = entry(bench, names[i] + "_boundaries");
    CHECK(boundaries.type_name() == "uint16");
    CHECK(boundaries.data == bytes_of(layer.boundaries_a));
    CHECK(entry(bench, names[i] + "_base").data == bytes_of(std::vector<float>{layer.base}));
    const NpyArray coefficients = entry(bench, names[i] + "_coefficients");
    REQUIRE(coefficients.shape == std::vector<std::size_t>{outputs, 5});
    for (std::size_t o = 0; o < outputs; ++o) {
      float bias = 0;
      std::memcpy(&bias, coefficients.data.data() + (o * 5 + 4) * sizeof(float), sizeof(float));
      CHECK(bias == layer.bias[o]);
    }
    // The header in C, byte by byte against the archive.
    const NpyArray packets = entry(bench, names[i] + "_packets");
    std::ofstream(bench.file("dump.c"))
        << "#include \"exported/" << names[i] << ".h\"\n#include <stdio.h>\nint main(void) {\n"
        << "fwrite(tally_" << names[i] << "_codes, 1, sizeof tally_" << names[i]
        << "_codes, stdout);\nfwrite(tally_" << names[i] << "_packets, 1, sizeof tally_" << names[i]
        << "_packets, stdout);\nreturn 0; }\n";
    REQUIRE(bench.run("cc", "-std=c99 -Wall -Wno-unused-const-variable -o dump dump.c") == 0);
    REQUIRE(bench.run("./dump", "") == 0);
    Bytes both = codes.data;
    both.insert(both.end(), packets.data.begin(), packets.data.end());
    CHECK(tally::testing::read_file(bench.file("said")) == both);
    CHECK(both.size() > outputs * inputs);
  }
}

TEST_CASE("an export that is refused leaves nothing, and never overwrites") {
  const Exported bench;
  std::filesystem::create_directory(bench.file("full"));
  std::ofstream(bench.file("full/mine")) << "mine";
  CHECK(bench.run(TALLY_PROGRAM, "export plan.json net.xml -o full") == 2);
  CHECK_THAT(bench.said(), Catch::Contains("full: is there already"));
  CHECK(bench.text("full/mine") == "mine");
  CHECK(bench.run(TALLY_PROGRAM, "export plan.json net.xml -o nowhere/exported") == 2);
  CHECK(bench.run(TALLY_PROGRAM, "export plan.json net.xml --vectors 0 -o exported") == 2);
  CHECK_THAT(bench.said(), Catch::Contains("--vectors is 0"));
  CHECK(bench.run(TALLY_PROGRAM, "export net.xml net.xml -o exported") == 2);
  CHECK(bench.run(TALLY_PROGRAM, "export plan.json data.npz -o exported") == 2);
  CHECK_FALSE(std::filesystem::exists(bench.file("exported")));
  CHECK_FALSE(std::filesystem::exists(bench.file("exported.partial")));
}

TEST_CASE("arrays written as npz are read back equal") {
  const ScratchFolder folder;
  const std::vector<std::uint16_t> halves = {0, 1, 0x7C00, 0xFFFF, 5, 6};
  const std::vector<float> floats = {1.5F, -0.0F};
  tally::write_npz(folder / "a.npz", {{"halves", npy_array(halves, {3, 2}, 'u')},
                                      {"floats", npy_array(floats, {2}, 'f')}});
  const auto read = read_npz_entry(folder / "a.npz", "halves");
  REQUIRE(read.has_value());
  CHECK(read->shape == std::vector<std::size_t>{3, 2});
  CHECK(read->type_name() == "uint16");
  CHECK(read->data == bytes_of(halves));
  CHECK(read_npz_entry(folder / "a.npz", "floats")->data == bytes_of(floats));
  CHECK_THROWS_AS(
      tally::write_npz(folder / "no" / "a.npz", {{"floats", npy_array(floats, {2}, 'f')}}), Error);
}
