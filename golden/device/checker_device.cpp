// SPDX-License-Identifier: Apache-2.0
#include "golden/device/checker_device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "golden/core/error.hpp"

namespace tally {

CheckerDevice::CheckerDevice(Device& reference, Device& tested)
    : reference_(reference), tested_(tested) {
  if (reference.config().name != tested.config().name) {
    throw Error(fmt::format("cannot compare configuration '{}' with '{}'", reference.config().name,
                            tested.config().name));
  }
}

RunResult CheckerDevice::run(const Streams& streams) {
  const RunResult want = reference_.run(streams);
  RunResult got = tested_.run(streams);
  const std::size_t both = std::min(want.results.size(), got.results.size());
  const std::size_t all = std::max(want.results.size(), got.results.size());
  compared_ += all;
  mismatches_ += all - both;
  for (std::size_t i = 0; i < both; ++i) mismatches_ += want.results[i] != got.results[i];
  status_mismatches_ += want.status != got.status;
  return got;
}

}  // namespace tally
