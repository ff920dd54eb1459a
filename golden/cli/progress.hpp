// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace tally {

/// ProgressLine of long work on standard error: done of total, rate and time left. Silent for the
/// first two seconds, so short work stays quiet. A terminal gets one line redrawn five times a
/// second; a log file gets a line after two seconds and then one every ten. Safe to call from any
/// thread.
class ProgressLine {
 public:
  /// `label` says what is done ("searching"), `unit` what is counted ("trials").
  ProgressLine(std::string label, std::string unit, std::int64_t total);
  /// Erases the terminal's line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `done` of the total are finished; `note` (a layer's name) follows the figures.
  void update(std::int64_t done, const std::string& note = "");
  /// For work whose size shows on the way.
  void update(std::int64_t done, std::int64_t total, const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;

  std::mutex mutex_;
  std::string label_;
  std::string unit_;
  std::int64_t total_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point next_;
};

/// One line of progress as ProgressLine prints it, without the line end; for instance
/// "rtl: 12 of 20 samples (60 %), 4.1/s, 2 s left".
std::string progress_line(const std::string& label, const std::string& unit, std::int64_t done,
                          std::int64_t total, double seconds, const std::string& note);

/// "850 ms", "12 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);

}  // namespace tally
