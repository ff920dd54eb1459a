// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace tally {

/// A fault in what the user gave us (a file, a model, a plan, an option), not in the program.
/// The message names the file, the layer and the value; the command line prints it and exits
/// with code 2. Programming errors are asserts, never this.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace tally
