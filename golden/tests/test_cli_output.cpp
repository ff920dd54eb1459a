// SPDX-License-Identifier: Apache-2.0
// Output files: nothing half-written, nothing overwritten that is read.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "golden/plan/plan.hpp"
#include "golden/tests/cli_bench.hpp"

using namespace tally;
using namespace tally::testing;

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

TEST_CASE("a file that an ONNX network names as its external data is never overwritten") {
  const CliBench bench;
  bench.data("data.npz");
  std::ofstream(bench.file("net.onnx")) << "initializer location weights.bin offset 0";
  std::ofstream(bench.file("weights.bin")) << "weights";
  check_refused(bench, "distributions net.onnx --calib data.npz -o weights.bin",
                {"weights.bin", "would overwrite"}, "none");
  CHECK(text_of(bench.file("weights.bin")) == "weights");
}

TEST_CASE("an output that would overwrite what is read is refused and changes nothing") {
  const CliBench bench;
  bench.plan();
  REQUIRE(bench
              .tally("run net.xml --plan plan.json --data data.npz --device emulator --samples 2 "
                     "-o run.json")
              .code == 0);
  std::filesystem::create_symlink("plan.json", bench.file("link.json"));
  std::filesystem::create_hard_link(bench.file("data.npz"), bench.file("twin.npz"));
  std::filesystem::create_directory(bench.file("images"));
  std::ofstream(bench.file("images/0_a.png")) << "picture";
  std::ofstream(bench.file("t-images-idx3-ubyte")) << "pictures";
  std::ofstream(bench.file("t-labels-idx1-ubyte")) << "labels";
  const std::string search = "search net.xml --max-loss 100 --bits 3 --calib ";
  const std::string run = "run net.xml --plan plan.json --data data.npz --device emulator -o ";
  const std::string report = "report plan.json --run run.json -o ";
  // command, output, the file in danger
  const std::vector<std::vector<std::string>> cases = {
      {search + "data.npz --data data.npz -o ", "net.xml", "net.xml"},
      {search + "data.npz --data data.npz -o ", "net.bin", "net.bin"},
      {search + "twin.npz --data data.npz -o ", "data.npz", "data.npz"},
      {search + "twin.npz --data data.npz -o ", "images/../twin.npz", "twin.npz"},
      {search + "images --data data.npz -o ", "images/0_a.png", "images/0_a.png"},
      {search + "t-images-idx3-ubyte --data data.npz -o ", "t-labels-idx1-ubyte",
       "t-labels-idx1-ubyte"},
      {run, "net.xml", "net.xml"},
      {run, "plan.json", "plan.json"},
      {run, bench.file("plan.json"), "plan.json"},
      {run, "link.json", "plan.json"},
      {run, "twin.npz", "data.npz"},
      {report, "plan.json", "plan.json"},
      {report, "run.json", "run.json"}};
  for (const auto& c : cases) {
    const std::string before = text_of(bench.file(c[2]));
    REQUIRE_FALSE(before.empty());
    check_refused(bench, c[0] + c[1], {c[1], "would overwrite"});
    CHECK(text_of(bench.file(c[2])) == before);
  }
  // An older result may be replaced.
  CHECK(bench.tally(run + "run.json --samples 2").code == 0);
}
