// SPDX-License-Identifier: Apache-2.0
// What this process has used so far, for figures beside results.
#pragma once

namespace tally {

/// Processor time in user mode, all threads, seconds. Unlike time by the clock it hardly depends on
/// what else the machine does.
double user_seconds();

/// Time by the clock since the program started, seconds.
double elapsed_seconds();

/// The largest resident memory so far, in units of 10^6 bytes.
double peak_memory_mb();

}  // namespace tally
