// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace tally {

/// Calls work(0) .. work(count - 1), each once, on up to `threads` threads (this one included). If
/// some throw, the exception of the smallest index comes out after all threads have ended; units
/// not yet begun are then left out.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace tally
