// SPDX-License-Identifier: Apache-2.0
#include "golden/core/pe_config.hpp"

#include <string>

#include "golden/core/error.hpp"

namespace tally {

namespace {

constexpr PeConfig kConfigs[] = {
#include "pe_configs.inc"  // written by golden/core/CMakeLists.txt from rtl/configs.json
};

}  // namespace

std::span<const PeConfig> pe_configs() { return kConfigs; }

const PeConfig& find_pe_config(std::string_view name) {
  std::string known;
  for (const PeConfig& config : kConfigs) {
    if (config.name == name) return config;
    known += known.empty() ? "" : ", ";
    known += config.name;
  }
  throw Error("no hardware configuration '" + std::string(name) + "' (known: " + known + ")");
}

}  // namespace tally
