// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/resources.hpp"

#include <sys/resource.h>

#include <chrono>

namespace tally {

namespace {

using Clock = std::chrono::steady_clock;
const Clock::time_point kStart = Clock::now();

rusage usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used;
}

}  // namespace

double user_seconds() {
  const timeval time = usage().ru_utime;
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double elapsed_seconds() { return std::chrono::duration<double>(Clock::now() - kStart).count(); }

// Linux counts ru_maxrss in units of 1,024 bytes.
double peak_memory_mb() { return 1024e-6 * static_cast<double>(usage().ru_maxrss); }

}  // namespace tally
