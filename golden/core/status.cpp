// SPDX-License-Identifier: Apache-2.0
#include "golden/core/status.hpp"

#include <iterator>

namespace tally {

std::string status_text(Status status) {
  std::string text;
  for (std::size_t bit = 0; bit < std::size(kStatusNames); ++bit) {
    if ((status >> bit & 1) == 0) continue;
    text += text.empty() ? "" : " ";
    text += kStatusNames[bit];
  }
  return text.empty() ? "ok" : text;
}

}  // namespace tally
