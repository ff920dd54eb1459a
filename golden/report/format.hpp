// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them in a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// 1234567 -> "1,234,567".
std::string thousands(std::int64_t value);

/// Four significant digits without an exponent where that is readable: "0.0421", "12.35".
std::string short_number(double value);

/// A fraction as per cent with `digits` decimals: 0.9842 -> "98.42 %".
std::string percent(double fraction, int digits = 2);

/// Percentage points with a sign: 0.0011 -> "+0.11", 0 -> "0.00".
std::string points(double fraction);

/// A value of a metric (Evaluation::metric): "98.42 %" of top-1, else "4.1040".
std::string metric_text(const std::string& metric, double value);

/// "2.50 ×".
std::string ratio(double value);

/// "1 sample", "1,200 samples".
std::string plural(std::int64_t count, const std::string& word);

/// A command line that a shell would read back as the same words.
std::string command_text(const std::vector<std::string>& words);

}  // namespace tally
