// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace tally {
namespace {

constexpr auto kQuiet = std::chrono::seconds(2);
constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr auto kLogLine = std::chrono::seconds(10);
constexpr const char* kEraseLine = "\r\033[K";

std::string rate_text(double rate) {
  if (rate >= 100) return fmt::format("{:.0f}/s", rate);
  if (rate >= 1) return fmt::format("{:.1f}/s", rate);
  return fmt::format("{} each", duration_text(1 / rate));
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_line(const std::string& label, const std::string& unit, std::int64_t done,
                          std::int64_t total, double seconds, const std::string& note) {
  std::string line = fmt::format("{}: {} of {} {}", label, done, total, unit);
  if (total > 0) line += fmt::format(" ({} %)", 100 * done / total);
  if (done > 0 && seconds > 0) {
    const double rate = static_cast<double>(done) / seconds;
    line += ", " + rate_text(rate);
    if (done < total) {
      line += fmt::format(", {} left", duration_text(static_cast<double>(total - done) / rate));
    }
  }
  return note.empty() ? line : line + ", " + note;
}

ProgressLine::ProgressLine(std::string label, std::string unit, std::int64_t total)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      next_(start_ + kQuiet) {}

ProgressLine::~ProgressLine() {
  if (drawn_) std::fputs(kEraseLine, stderr);
}

void ProgressLine::update(std::int64_t done, const std::string& note) {
  update(done, total_, note);
}

void ProgressLine::update(std::int64_t done, std::int64_t total, const std::string& note) {
  const std::lock_guard lock(mutex_);
  total_ = total;
  const auto now = Clock::now();
  if (now < next_) return;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::string line = progress_line(label_, unit_, done, total, seconds, note);
  if (terminal_) {
    // A line longer than the window would wrap and could not be redrawn.
    std::fprintf(stderr, "%s%.100s", kEraseLine, line.c_str());
    drawn_ = true;
    next_ = now + kRedraw;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
    next_ = now + kLogLine;
  }
  std::fflush(stderr);
}

}  // namespace tally
