// SPDX-License-Identifier: Apache-2.0
// The real program on small networks, for tests of the command line.
#pragma once

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "golden/plan/json_fields.hpp"
#include "golden/tests/ov_models.hpp"

namespace tally::testing {

inline constexpr std::size_t kFeatures = 16;
inline constexpr std::size_t kClasses = 4;
inline constexpr std::size_t kSamples = 120;

struct Answer {
  int code = -1;
  std::string out;
  std::string err;
};

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder with a network, data and a way to run the program on them.
struct CliBench {
  ScratchFolder folder;

  std::string file(const std::string& name) const { return (folder / name).string(); }

  Answer tally(const std::string& arguments, const std::string& before = "") const {
    const std::string command =
        before + " \"" TALLY_PROGRAM "\" " + arguments + " >" + file("out") + " 2>" + file("err");
    Answer answer;
    const int status = std::system(("cd " + file("") + " && " + command).c_str());
    answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    answer.out = text_of(file("out"));
    answer.err = text_of(file("err"));
    CAPTURE(arguments, answer.err);
    CHECK(answer.code != -1);  // never killed by a signal
    return answer;
  }

  void save(const std::string& name, const NodePtr& result,
            const std::shared_ptr<op::Parameter>& x) const {
    ov::serialize(
        std::make_shared<ov::Model>(ov::OutputVector{result->output(0)}, ov::ParameterVector{x}),
        file(name));
  }

  // fc1 (ReLU) and fc2; `first` replaces weight 0 of fc2, `all` all of them.
  void network(const std::string& name, float scale = 1, float first = 0.25F) const {
    const auto x = input({-1, static_cast<long>(kFeatures)});
    auto hidden = relu(
        add(named(std::make_shared<op::MatMul>(x, random_constant({24, kFeatures}, 1), false, true),
                  "fc1"),
            random_constant({1, 24}, 2)));
    std::vector<float> weights = random_floats(kClasses * 24, 3);
    for (float& w : weights) w *= scale;
    weights[0] = first;
    save(name,
         named(std::make_shared<op::MatMul>(hidden, constant({kClasses, 24}, weights), false, true),
               "fc2"),
         x);
  }

  void data(const std::string& name, std::size_t features = kFeatures, std::int64_t label = -1,
            float first = 0.5F, std::size_t samples = kSamples) const {
    std::vector<float> x = random_floats(samples * features, 5);
    if (!x.empty()) x[0] = first;
    std::vector<std::int64_t> y;
    for (std::size_t i = 0; i < samples; ++i) y.push_back(static_cast<std::int64_t>(i % kClasses));
    if (label >= 0 && !y.empty()) y[7] = label;
    write_npz(file(name),
              {{"x", npy("<f4", {samples, features}, x)}, {"y", npy("<i8", {samples}, y)}});
  }

  // A plan for net.xml.
  void plan() const {
    network("net.xml");
    data("data.npz");
    const Answer answer = tally(
        "search net.xml --calib data.npz --data data.npz --max-loss 100 "
        "--bits 3 -o plan.json");
    REQUIRE(answer.code == 0);
  }
};

inline bool has_fields(const Json& json, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    INFO("field " << name);
    CHECK(json.contains(name));
    if (!json.contains(name)) return false;
  }
  return true;
}

// Refused: exit code 2, all words in the message, nothing on standard output, no file called
// `output`.
inline void check_refused(const CliBench& bench, const std::string& arguments,
                          const std::vector<std::string>& words, const std::string& output = "",
                          const std::string& before = "") {
  const Answer answer = bench.tally(arguments, before);
  CAPTURE(arguments, answer.err);
  CHECK(answer.code == 2);
  CHECK(answer.out.empty());
  for (const std::string& word : words) CHECK_THAT(answer.err, Catch::Contains(word));
  if (!output.empty()) CHECK_FALSE(std::filesystem::exists(bench.file(output)));
}

}  // namespace tally::testing
