// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "golden/cli/commands.hpp"

namespace tally {

struct DistributionsOptions {
  InputOptions input;
  std::string calibration;
  std::string unit = "value";  // of |t|: value (as it stands) or mean
  std::string output;          // the page; empty: none
  std::int64_t calibration_samples = 512;
};
int distributions_command(const CommonOptions& common, const DistributionsOptions& options);

}  // namespace tally
