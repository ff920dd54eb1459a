// SPDX-License-Identifier: Apache-2.0
#include "golden/report/format.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tally {

std::string thousands(std::int64_t value) {
  const std::string digits = std::to_string(value < 0 ? -value : value);
  std::string text = value < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (value == 0) return "0";
  if (size < 1e-4 || size >= 1e6) return fmt::format("{:.3e}", value);
  return fmt::format("{:.4g}", value);
}

std::string percent(double fraction, int digits) {
  return fmt::format("{:.{}f} %", 100 * fraction, digits);
}

std::string metric_text(const std::string& metric, double value) {
  return metric == "top-1" ? percent(value) : fmt::format("{:.4f}", value);
}

std::string points(double fraction) {
  const std::string text = fmt::format("{:+.2f}", 100 * fraction);
  return text == "+0.00" || text == "-0.00" ? "0.00" : text;
}

std::string command_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-_=+./:,@%") == std::string::npos;
    if (plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

std::string ratio(double value) { return fmt::format("{:.2f} ×", value); }

std::string plural(std::int64_t count, const std::string& word) {
  return thousands(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace tally
