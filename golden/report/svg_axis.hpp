// SPDX-License-Identifier: Apache-2.0
// What the pictures of a report share.
#pragma once

#include <string>
#include <vector>

namespace tally {

/// About six round numbers that cover [low, high], low < high: steps of 1, 2 or 5 times a power of
/// ten.
std::vector<double> round_ticks(double low, double high);

/// Text with the characters that mean something in XML replaced.
std::string escaped(const std::string& text);

}  // namespace tally
