// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/resources.hpp"

#include <sys/resource.h>

namespace tally {

namespace {

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

// Linux counts ru_maxrss in units of 1,024 bytes.
double peak_memory_mb() { return 1024e-6 * static_cast<double>(usage().ru_maxrss); }

}  // namespace tally
