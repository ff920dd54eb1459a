// SPDX-License-Identifier: Apache-2.0
#include "golden/core/status.hpp"

#include <array>

namespace tally {

std::string status_text(Status status) {
  constexpr std::array kNames{"nan_input",   "counter_overflow", "result_overflow", "nan_result",
                              "bad_weight",  "bad_control",      "bad_boundaries",  "weight_early",
                              "weight_late", "activation_early", "activation_late"};
  std::string text;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    if ((status >> bit & 1) == 0) continue;
    text += text.empty() ? "" : " ";
    text += kNames[bit];
  }
  return text.empty() ? "ok" : text;
}

}  // namespace tally
