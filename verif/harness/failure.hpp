// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace tally::verif {

/// What the harness throws when the device under test, or its use, is wrong. The message names the
/// place and the cycle.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tally::verif
