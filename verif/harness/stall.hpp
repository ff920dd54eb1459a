// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tally::verif {

/// When a driver or a monitor holds off, cycle by cycle.
class Stall {
 public:
  /// Never, the default.
  Stall() : Stall("none", 0, 0, 0) {}
  static Stall none() { return {}; }

  /// Every second cycle.
  static Stall alternate() { return Stall("alternate", 1, 1, 0); }

  /// Each cycle with this probability (0..1), independently.
  static Stall random(std::uint64_t seed, double probability) {
    Stall stall("random " + std::to_string(probability) + ", seed " + std::to_string(seed), 0, 0,
                seed);
    stall.probability_ = probability;
    return stall;
  }

  /// Runs of up to `max_run` free cycles, then up to `max_stall` held ones; lengths uniform,
  /// from 1.
  static Stall bursts(std::uint64_t seed, int max_run = 20, int max_stall = 60) {
    return Stall("bursts, seed " + std::to_string(seed), max_run, max_stall, seed, true);
  }

  /// One of each kind, for tests that go through all pairs of them.
  static std::vector<Stall> all(std::uint64_t seed) {
    return {none(), alternate(), random(seed, 0.3), random(seed + 1, 0.9), bursts(seed + 2)};
  }

  /// For messages.
  const std::string& name() const { return name_; }

  /// Whether to hold off in the next cycle.
  bool next() {
    if (probability_ > 0) return std::bernoulli_distribution(probability_)(generator_);
    if (run_ == 0) return false;
    if (left_ == 0) {
      stalled_ = !stalled_;
      const int longest = stalled_ ? stall_ : run_;
      left_ = random_ ? std::uniform_int_distribution<int>(1, longest)(generator_) : longest;
    }
    --left_;
    return stalled_;
  }

 private:
  Stall(std::string name, int run, int stall, std::uint64_t seed, bool random = false)
      : name_(std::move(name)), run_(run), stall_(stall), random_(random), generator_(seed) {}

  std::string name_;
  double probability_ = 0;
  int run_, stall_;
  bool random_;
  int left_ = 0;
  bool stalled_ = false;
  std::mt19937_64 generator_;
};

}  // namespace tally::verif
