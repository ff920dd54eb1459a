// SPDX-License-Identifier: Apache-2.0
#include "golden/model/ov_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tally::ov_side {

namespace {

// "Transpose_1495", or a number alone
bool looks_made_up(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789");
  if (digits == std::string_view::npos) return true;
  return digits + 1 < name.size() && digits > 0 && name[digits] == '_' &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(digits),
                     [](unsigned char c) { return std::isalpha(c); });
}

}  // namespace

std::string given_name(const ov::Node& node, bool exact) {
  std::string name = node.get_friendly_name();
  if (name == node.get_name() || (!exact && looks_made_up(name))) return {};
  constexpr std::string_view kSuffix = "/WithoutBiases";
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

std::string unique_name(const std::string& name, std::set<std::string>& taken) {
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}#{}", name, i);
  return unique;
}

}  // namespace tally::ov_side
