// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>

#include "golden/program/program.hpp"

namespace tally::testing {

/// Spoils one thing in a layer that the planner takes, and checks that the message of its refusal
/// names the layer and the value.
class PlannerRefusals {
 public:
  PlannerRefusals(DeviceLayer good, const PeConfig& config)
      : good_(std::move(good)), config_(config) {
    CHECK(make_program(good_, config_).tiles.size() == 2);
  }

  void operator()(const std::string& why, const std::function<void(DeviceLayer&)>& spoil) {
    DeviceLayer layer = good_;
    spoil(layer);
    CAPTURE(why);
    CHECK_THROWS_WITH(make_program(layer, config_),
                      Catch::Contains("layer " + good_.name) && Catch::Contains(why));
    ++count_;
  }

  int count() const { return count_; }

 private:
  DeviceLayer good_;
  const PeConfig& config_;
  int count_ = 0;
};

}  // namespace tally::testing
