// SPDX-License-Identifier: Apache-2.0
// build/tally: reads the command line, runs one subcommand. Exit codes: 0 done; 1 hardware and
// model disagree; 2 bad input, with a message that names it; 3 a fault of the device or of this
// program.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "golden/cli/arguments.hpp"
#include "golden/cli/commands.hpp"
#include "golden/core/error.hpp"

namespace {

constexpr int kBadInput = 2;
constexpr int kInternal = 3;

constexpr const char* kExamples = R"(
Examples, from a trained network to hardware that agrees with it bit for bit:
  tally inspect golden/models/mnist_mlp.onnx
      which layers can be computed by counting, and what stays on the host
  tally search golden/models/mnist_mlp.onnx --calib data/mnist/train-images-idx3-ubyte \
      --data data/mnist/t10k-images-idx3-ubyte --max-loss 0.5 -o plan.json
      the fewest bits that lose at most 0.5 points of accuracy
  tally eval golden/models/mnist_mlp.onnx --plan plan.json --data data/mnist/t10k-images-idx3-ubyte
      accuracy of that plan, and of the float network
  tally run golden/models/mnist_mlp.onnx --plan plan.json --data data/mnist/t10k-images-idx3-ubyte \
      --device rtl --samples 20 -o run.json
      20 digits on the Verilated hardware, every value compared with the golden model
  tally report plan.json --run run.json -o report.html
      everything on one page that opens offline

DATA is a .npz with x (samples first, float32, uint8 or token numbers; or an array for each input of
the network by its name) and y (labels), an idx image file with its label file beside it, or a folder
of images. DATA@0::5 takes every fifth sample, DATA@except:0::5 all others, DATA@:100 the first 100;
DATA@0::5,mirror takes each image mirrored, too.
With --json one JSON object goes to standard output and all text to standard error.
Exit codes: 0 done, 1 hardware and golden model disagree, 2 bad input, 3 a fault of the device (it
hangs, or reports an error) or of this program.)";

int run(int argc, char** argv) {
  using namespace tally;
  CLI::App app{"Tally: neural-network arithmetic by counting."};
  app.name("tally");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.set_version_flag("--version", "tally " TALLY_VERSION);
  app.set_help_all_flag("--help-all", "help of all subcommands");

  CommonOptions common;
  common.command.assign(argv, argv + argc);
  common.command.front() = "tally";
  int code = 0;
  const Arguments line{app, common, code};
  add_inspect_command(line);
  add_search_commands(line);
  add_plan_commands(line);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const tally::Error& error) {
    std::fprintf(stderr, "tally: %s\n", error.what());
    return kBadInput;
  } catch (const tally::DeviceFault& error) {
    std::fprintf(stderr, "tally: device fault: %s\n", error.what());
    return kInternal;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tally: internal error: %s\n", error.what());
    return kInternal;
  }
}
