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

/// A device that hangs, reports a fatal status or sends what no correct device sends: a fault of
/// the hardware or of this program, whatever the user gave. The command line exits with code 3.
class DeviceFault : public std::runtime_error {
 public:
  explicit DeviceFault(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace tally
