// SPDX-License-Identifier: Apache-2.0
// Which mutant a model plays, asked by the model itself at the start: TALLY_MUTANT="model:number".
#include <cstdlib>
#include <string>

extern "C" int tally_mutant(const char* model) {
  const char* chosen = std::getenv("TALLY_MUTANT");
  if (chosen == nullptr) return 0;
  const std::string text(chosen);
  const std::size_t colon = text.find(':');
  return text.substr(0, colon) == model ? std::atoi(text.c_str() + colon + 1) : 0;
}
