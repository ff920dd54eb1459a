// SPDX-License-Identifier: Apache-2.0
// Output channels whose weights are next to nothing.
#include <catch2/catch.hpp>

#include "golden/core/counting.hpp"
#include "golden/search/digit_fit.hpp"
#include "golden/search/layer_search.hpp"
#include "golden/tests/test_layer.hpp"

using namespace tally;
using tally::testing::TestLayer;

TEST_CASE("a channel next to zero beside the tensor, or without normal levels, counts as zero",
          "[search]") {
  CHECK(counts_as_zero(0, 1));
  CHECK(counts_as_zero(1e-40, 1));
  CHECK(counts_as_zero(1e-10, 1));
  CHECK_FALSE(counts_as_zero(1e-8, 1));
  CHECK(counts_as_zero(1e-39, 1e-31));
  CHECK_FALSE(counts_as_zero(1e-33, 1e-31));
  CHECK_FALSE(counts_as_zero(1e-36, 1e-36));  // the tensor is at fault, and is refused
}

TEST_CASE("a channel of denormal weights counts as zero, the others are as without it",
          "[search]") {
  for (const Candidate candidate :
       {Candidate{kExponential, 3}, Candidate{kUniform, 3}, Candidate{kReveal, 7, 8, 12, 2}}) {
    for (const bool corrected : {false, true}) {
      LayerSearchOptions options;
      options.correct_weights = corrected;
      const auto search = make_layer_search(SearchMethod::kOutput, options);
      TestLayer layer(10, 4, 1, 64, true);
      for (std::size_t k = 0; k < 10; ++k) layer.weights[20 + k] *= 1e-40F;
      const LayerParams weak = search->search(layer.data, candidate);
      std::fill_n(layer.weights.begin() + 20, 10, 0.0F);
      const LayerParams none = search->search(layer.data, candidate);
      CAPTURE(to_string(candidate), corrected);
      if (!corrected) {
        for (std::size_t k = 0; k < 10; ++k) CHECK(code_index(weak.weight_codes[20 + k]) == 0);
      }
      CHECK(weak.alpha_w == none.alpha_w);
      CHECK(weak.weight_codes == none.weight_codes);
      CHECK(weak.bias == none.bias);
      TestLayer digits(10, 4, 1, 64, true);
      for (std::size_t k = 0; k < 10; ++k) digits.weights[20 + k] *= 1e-40F;
      const auto fit = fit_digits(digits.data, reveal_options(8, 12, 2));
      CHECK(fit.params.scale_w[2] == 1);
      CHECK(fit.params.scale_w[1] < 1);
    }
  }
}
