// SPDX-License-Identifier: Apache-2.0
// A small attention: two heads over x [N, 4, 6], products of two activations in all orders.
#pragma once

#include "golden/tests/ov_models.hpp"

namespace tally::testing {

inline constexpr std::size_t kTokens = 4, kWide = 6, kHeads = 2, kEach = 3;

/// scores = q k^T [N, 2, 4, 4] ("scores"), softmax, times v ("mixed"), then an output layer
/// ("out"). With `turned` the first operand of "mixed" is given transposed.
inline NodePtr attention(const std::shared_ptr<op::Parameter>& x, bool turned = false) {
  const auto part = [&](unsigned seed, const std::string& name) -> NodePtr {
    const auto y = named(
        std::make_shared<op::MatMul>(x, random_constant({kWide, kWide}, seed), false, true), name);
    const auto split = std::make_shared<op::Reshape>(y, integers({0, 4, 2, 3}), true);
    return std::make_shared<op::Transpose>(split, integers({0, 2, 1, 3}));
  };
  const NodePtr query = part(1, "query");
  const NodePtr key = part(2, "key");
  const auto scores =
      named(std::make_shared<op::MatMul>(turned ? key : query, turned ? query : key, false, true),
            "scores");
  const NodePtr share = std::make_shared<op::Softmax>(scores, turned ? 2 : 3);
  const auto mixed =
      named(std::make_shared<op::MatMul>(share, part(3, "value"), turned, false), "mixed");
  const auto joined = std::make_shared<op::Reshape>(
      std::make_shared<op::Transpose>(mixed, integers({0, 2, 1, 3})), integers({0, 24}), true);
  return named(std::make_shared<op::MatMul>(joined, random_constant({4, 24}, 4), false, true),
               "out");
}

inline std::shared_ptr<op::Parameter> attention_input() {
  return input({-1, static_cast<long>(kTokens), static_cast<long>(kWide)});
}

/// Writes data.npz for it: `samples` samples, four classes.
inline void write_attention_data(const std::filesystem::path& path, std::size_t samples) {
  std::vector<std::int64_t> y;
  for (std::size_t i = 0; i < samples; ++i) y.push_back(static_cast<std::int64_t>(i % 4));
  std::vector<float> x = random_floats(samples * kTokens * kWide, 11);
  for (float& v : x) v *= 2;
  write_npz(path,
            {{"x", npy("<f4", {samples, kTokens, kWide}, x)}, {"y", npy("<i8", {samples}, y)}});
}

}  // namespace tally::testing
