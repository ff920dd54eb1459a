// SPDX-License-Identifier: Apache-2.0
#include "golden/model/subset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "golden/core/error.hpp"

namespace tally {

namespace {

// One number of the slice; nothing if it is left out.
std::optional<size_t> number(const std::string& text, const Selection& selection) {
  if (text.empty()) return std::nullopt;
  size_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) {
    throw Error(
        fmt::format("{}@{}: '{}' is not a number; a selection is START:STOP:STEP, or "
                    "except:START:STOP:STEP, and may end in ,mirror",
                    selection.path, selection.text, text));
  }
  return value;
}

}  // namespace

std::vector<size_t> Selection::positions(size_t samples) const {
  std::vector<size_t> taken;
  const size_t end = std::min(stop.value_or(samples), samples);
  for (size_t i = 0; i < samples; ++i) {
    const bool in_slice = i >= start && i < end && (i - start) % step == 0;
    if (in_slice != except) taken.push_back(i);
  }
  if (taken.empty()) {
    throw Error(fmt::format("{}@{}: takes none of the {} samples", path, text, samples));
  }
  return taken;
}

std::optional<Selection> split_selection(const std::string& path) {
  const auto at = path.rfind('@');
  std::error_code ignored;
  if (at == std::string::npos || std::filesystem::exists(path, ignored)) return std::nullopt;
  Selection selection;
  selection.path = path.substr(0, at);
  selection.text = path.substr(at + 1);
  std::string slice = selection.text == "mirror" ? ":,mirror" : selection.text;
  constexpr char kMirror[] = ",mirror";
  selection.mirror = slice.ends_with(kMirror);
  if (selection.mirror) slice.resize(slice.size() - (sizeof kMirror - 1));
  constexpr char kExcept[] = "except:";
  selection.except = slice.starts_with(kExcept);
  if (selection.except) slice.erase(0, sizeof kExcept - 1);
  std::vector<std::string> parts(1);
  for (const char c : slice) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() < 2 || parts.size() > 3) {
    throw Error(
        fmt::format("{}: '{}' is not a selection START:STOP:STEP, and there is no such file", path,
                    selection.text));
  }
  selection.start = number(parts[0], selection).value_or(0);
  selection.stop = number(parts[1], selection);
  if (parts.size() == 3) selection.step = number(parts[2], selection).value_or(1);
  if (selection.step == 0) throw Error(fmt::format("{}: the step is 0", path));
  return selection;
}

}  // namespace tally
