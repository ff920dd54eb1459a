// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/console.hpp"

#include "golden/core/error.hpp"

namespace tally {

void print_json(const CommonOptions& common, const Json& json) {
  if (!common.json) return;
  const std::string text = pretty(json);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw Error("standard output: cannot write the JSON object");
  }
}

std::vector<std::string> tool_versions(const std::vector<std::string>& more) {
  std::vector<std::string> tools = {"tally " TALLY_VERSION, "OpenVINO " TALLY_OPENVINO_VERSION};
  tools.insert(tools.end(), more.begin(), more.end());
  return tools;
}

}  // namespace tally
