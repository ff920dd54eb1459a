// SPDX-License-Identifier: Apache-2.0
// Where text goes: people read standard output, or standard error while a program reads --json.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "golden/cli/commands.hpp"
#include "golden/plan/json_fields.hpp"

namespace tally {

/// Prints a line for people.
template <class... Values>
void say(const CommonOptions& common, fmt::format_string<Values...> format, Values&&... values) {
  fmt::print(common.json ? stderr : stdout, "{}\n",
             fmt::format(format, std::forward<Values>(values)...));
}

/// With --json: prints the object on standard output. Error if that fails (a full disk behind it).
void print_json(const CommonOptions& common, const Json& json);

/// The value, or null where there is none (a device without a clock has no cycles).
template <class Value>
Json json_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Name and version of the programs behind a result, `more` behind Tally and OpenVINO.
std::vector<std::string> tool_versions(const std::vector<std::string>& more = {});

}  // namespace tally
