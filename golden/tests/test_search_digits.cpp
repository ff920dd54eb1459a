// SPDX-License-Identifier: Apache-2.0
// Fitting integers to a layer: scales against brute force, bias correction, pairs, three levels.
#include <catch2/catch.hpp>

#include "golden/core/error.hpp"
#include "golden/core/uniform.hpp"
#include "golden/device/emulator_device.hpp"
#include "golden/device/run_layer.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/tests/digit_reference.hpp"
#include "golden/tests/fitted_layer.hpp"
#include "golden/tests/test_layer.hpp"

namespace tally {
namespace {

using namespace tally::testing;

int nearest(float x, double scale, int limit) {
  const double r = std::floor(std::fabs(x) / scale + 0.5);
  return static_cast<int>(std::min(r, double(limit))) * (x < 0 ? -1 : 1);
}

// The best scale by trying every clip, value by value; `error_of` sums the squared errors.
template <class ErrorOf>
double scan(double largest, int limit, ErrorOf error_of) {
  double best = 0, least = INFINITY;
  for (int step = 0; step < 160; ++step) {
    const double scale = largest * (1.0 - 0.005 * step) / limit;
    const double error = error_of(scale);
    if (error < least * (1 - 1e-12)) {
      least = error;
      best = scale;
    }
  }
  return best;
}

TEST_CASE("squared-error scales equal a brute-force scan behind the limit on terms") {
  int checked = 0;
  for (const bool non_negative : {false, true}) {
    const TestLayer layer(40, 6, 1, 30, non_negative, true);
    for (const int bits : {4, 8}) {
      const int limit = (1 << (bits - 1)) - 1;
      for (const auto& [g, k, s] : {std::tuple{1, 4, 4}, {8, 8, 1}, {8, 12, 2}, {4, 5, 3}}) {
        DigitOptions options = reveal_options(g, k, s);
        options.bits = bits;
        const DigitFit fit = fit_digits(layer.data, options);
        CAPTURE(bits, g, k, s, non_negative);
        float top = 0;
        for (const float x : layer.rows) top = std::max(top, std::fabs(x));
        const double want = scan(top, limit, [&, terms = s](double scale) {
          double error = 0;
          for (const float x : layer.rows) {
            const double d = truncated(nearest(x, scale, limit), true, terms) * scale - double{x};
            error += d * d;
          }
          return error;
        });
        CHECK(fit.params.scale_a == Approx(want).epsilon(1e-12));
        for (std::size_t o = 0; o < 6; ++o, ++checked) {
          const auto channel = std::span(layer.weights).subspan(o * 40, 40);
          float high = 0;
          for (const float w : channel) high = std::max(high, std::fabs(w));
          const double want_w = scan(high, limit, [&, size = g, budget = k](double scale) {
            double error = 0;
            for (std::size_t first = 0; first < 40; first += static_cast<std::size_t>(size)) {
              std::vector<int> group;
              for (int i = 0; i < size; ++i) {
                group.push_back(
                    nearest(channel[first + static_cast<std::size_t>(i)], scale, limit));
              }
              std::vector<int> kept(group.size(), 0);
              for (const Term& t : largest_terms(group, true, budget)) {
                kept[static_cast<std::size_t>(t.position)] += worth(t);
              }
              for (std::size_t i = 0; i < kept.size(); ++i) {
                const double d = kept[i] * scale - double{channel[first + i]};
                error += d * d;
              }
            }
            return error;
          });
          CHECK(fit.params.scale_w[o] == Approx(want_w).epsilon(1e-12));
          // Integers before selection, as a packet carries them.
          for (std::size_t i = 0; i < 40; ++i) {
            REQUIRE(fit.params.weights[o * 40 + i] == nearest(channel[i], want_w, limit));
          }
        }
      }
    }
  }
  REQUIRE(checked == 2 * 2 * 4 * 6);
}

TEST_CASE("max scales put the largest magnitude at the largest integer") {
  const TestLayer layer(33, 5, 1, 20, false, true);
  DigitOptions options = reveal_options(8, 10, 2);
  options.data_rule = options.weight_rule = ScaleRule::kMax;
  const DigitParams params = fit_digits(layer.data, options).params;
  float top = 0;
  for (const float x : layer.rows) top = std::max(top, std::fabs(x));
  CHECK(params.scale_a == top / 127.0);
  for (std::size_t o = 0; o < 5; ++o) {
    int largest = 0;
    for (std::size_t k = 0; k < 33; ++k) {
      largest = std::max(largest, std::abs(int{params.weights[o * 33 + k]}));
    }
    CHECK(largest == 127);
  }
}

TEST_CASE("limiting terms while calibrating never makes the squared error of the weights larger") {
  const TestLayer layer(64, 8, 1, 20, false, true);
  double aware = 0, blind = 0;
  const TermLimit limit{DigitEncoding::kHese, 8, 8};
  for (std::size_t o = 0; o < 8; ++o) {
    const auto channel = std::span(layer.weights).subspan(o * 64, 64);
    const auto error = [&](double scale) {
      std::vector<std::int8_t> q;
      for (const float w : channel) q.push_back(static_cast<std::int8_t>(nearest(w, scale, 127)));
      const auto kept = limit_terms(q, 64, limit);
      double sum = 0;
      for (std::size_t k = 0; k < 64; ++k) sum += std::pow(kept.values[k] * scale - channel[k], 2);
      return sum;
    };
    const double a = error(fit_weight_scale(channel, limit, 127, ScaleRule::kSquaredError));
    const double b = error(
        fit_weight_scale(channel, {DigitEncoding::kHese, 8, 32}, 127, ScaleRule::kSquaredError));
    CHECK(a <= b);
    aware += a;
    blind += b;
  }
  CHECK(aware < 0.95 * blind);
}

TEST_CASE("bias correction takes the mean error of every channel away and lowers the error") {
  int channels = 0;
  for (const std::size_t groups : {1u, 2u}) {
    const TestLayer layer(48, 10, groups, 60, true, true);
    DigitOptions options = reveal_options(8, 6, 1);
    const DigitFit corrected = fit_digits(layer.data, options);
    options.correct_bias = false;
    const DigitFit plain = fit_digits(layer.data, options);
    CHECK(plain.params.bias == layer.bias);
    CHECK(corrected.params.output_error < plain.params.output_error);
    const auto target = target_outputs(layer.data);
    const auto means = [&](const DigitFit& fit) {
      std::vector<float> rows(layer.rows.size());
      fake_quantize(layer.rows, dequantized_halves(fit.fake.activations), rows);
      const auto y = layer_outputs(layer.data, rows, fit.fake.weights, fit.fake.bias);
      std::vector<double> mean(10, 0);
      for (std::size_t i = 0; i < y.size(); ++i) mean[i % 10] += (double{y[i]} - target[i]) / 60;
      return mean;
    };
    const auto before = means(plain), after = means(corrected);
    for (std::size_t o = 0; o < 10; ++o, ++channels) {
      CHECK(std::fabs(after[o]) < 1e-6);
      CHECK(std::fabs(before[o]) > 1e-4);
    }
  }
  REQUIRE(channels == 20);
}

TEST_CASE("the emulator agrees with the fake-quantized layer, and its pairs with the fit's") {
  int compared = 0;
  for (const bool hese : {true, false}) {
    for (const auto& [bits, g, k, s] :
         {std::tuple{8, 8, 12, 2}, {8, 8, 0, 0}, {5, 4, 0, 0}, {8, 2, 3, 1}, {8, 1, 2, 3}}) {
      const TestLayer layer(91, 20, 1, 25, true, true);
      DigitOptions options = reveal_options(g, k, s);
      options.bits = bits;
      options.encoding = hardware_encoding(hese);
      const DigitFit fit = fit_digits(layer.data, options);
      const PeConfig& config = find_pe_config("default");
      std::vector<std::uint16_t> x;
      for (const float value : layer.rows) x.push_back(half_from_float(value));
      EmulatorDevice device(config);
      const LayerResult run =
          run_layer(device, make_program(fitted_device_layer(fit.params, "fc1", false), config), x);
      CHECK(run.status == 0);
      CAPTURE(hese, bits, g, k, s);

      const auto halves = dequantized_halves(fit.fake.activations);
      std::vector<float> quantized(layer.rows.size());
      fake_quantize(layer.rows, halves, quantized);
      double pairs = fit.params.pairs.present * 25 * 20 * 91;
      CHECK(std::fabs(pairs - static_cast<double>(run.term_pairs)) < 1e-3);
      CHECK(fit.params.pairs.bound * 25 * 20 * 91 >= pairs);
      CHECK(static_cast<double>(run.steps) == Approx(fit.params.pairs.bound * 25 * 91 * 2));
      int wrong = 0;
      for (std::size_t v = 0; v < 25; ++v) {
        for (std::size_t o = 0; o < 20; ++o, ++compared) {
          double y = fit.fake.bias[o], absolute = std::fabs(y);
          for (std::size_t i = 0; i < 91; ++i) {
            const double term = double{quantized[v * 91 + i]} * fit.fake.weights[o * 91 + i];
            y += term;
            absolute += std::fabs(term);
          }
          const double got = half_to_float(run.outputs[v * 20 + o]);
          wrong += !(std::fabs(got - y) <= 2e-6 * absolute + 0x1p-11 * std::fabs(y));
        }
      }
      CHECK(wrong == 0);
    }
  }
  REQUIRE(compared == 2 * 5 * 25 * 20);
}

TEST_CASE("more terms, more bits and larger groups at equal terms lower the output error") {
  const TestLayer layer(256, 16, 1, 60, true, true);
  const auto error = [&](int bits, DigitEncoding encoding, int g, int k, int s) {
    DigitOptions options = reveal_options(g, k, s);
    options.bits = bits;
    options.encoding = encoding;
    return fit_digits(layer.data, options).params.output_error;
  };
  using enum DigitEncoding;
  CHECK(error(8, kHese, 8, 12, 3) < error(8, kHese, 8, 8, 3));
  CHECK(error(8, kHese, 8, 8, 3) < error(8, kHese, 8, 8, 1));
  CHECK(error(8, kHese, 1, 0, 0) < error(6, kHese, 1, 0, 0));
  CHECK(error(6, kHese, 1, 0, 0) < error(4, kHese, 1, 0, 0));
  CHECK(error(8, kHese, 16, 16, 4) < error(8, kHese, 8, 8, 4));
  CHECK(error(8, kHese, 8, 8, 4) < error(8, kHese, 2, 2, 4));
  CHECK(error(8, kHese, 2, 2, 4) < error(8, kHese, 1, 1, 4));
  CHECK(error(8, kHese, 8, 8, 2) < error(8, kBinary, 8, 8, 2));
  CHECK(error(8, kHese, 8, 8, 2) < error(8, kBooth, 8, 8, 2));
  // Nothing dropped: every encoding is the same integer layer.
  CHECK(error(8, kHese, 8, 0, 0) == error(8, kBooth, 16, 0, 0));
}

TEST_CASE("boundaries are the rounding points of the integers, infinity above the largest") {
  const TestLayer layer(16, 3, 1, 20, false, true);
  for (int bits = 2; bits <= 8; ++bits) {
    const DigitParams params = fit_digits(layer.data, uniform_options(bits)).params;
    const int largest = (1 << (bits - 1)) - 1;
    REQUIRE(params.boundaries.size() == 128);
    CHECK(params.boundaries[0] == 0);
    for (int j = 1; j < 128; ++j) {
      const auto got = params.boundaries[static_cast<std::size_t>(j)];
      CHECK(got == (j <= largest ? half_from_double_up((j - 0.5) * params.scale_a) : 0x7C00));
    }
  }
}

TEST_CASE("present term pairs equal the digits met on the calibration rows, in groups too") {
  for (const std::size_t groups : {1u, 3u}) {
    const TestLayer layer(20, 6, groups, 15, true, true);
    const DigitParams p = fit_digits(layer.data, reveal_options(4, 5, 2)).params;
    std::uint64_t pairs = 0;
    for (std::size_t row = 0; row < 15; ++row) {
      for (std::size_t o = 0; o < 6; ++o) {
        const std::size_t first = (row * groups + o / (6 / groups)) * 20;
        for (std::size_t k = 0; k < 20; k += 4) {
          const std::vector<int> group(
              p.weights.begin() + static_cast<std::ptrdiff_t>(o * 20 + k),
              p.weights.begin() + static_cast<std::ptrdiff_t>(o * 20 + k + 4));
          for (const Term& t : largest_terms(group, true, 5)) {
            const std::size_t at = first + k + static_cast<std::size_t>(t.position);
            const float x = half_to_float(half_from_float(layer.rows[at]));
            pairs += largest_terms({nearest(x, p.scale_a, 127)}, true, 2).size();
          }
        }
      }
    }
    CHECK(p.pairs.present == Approx(static_cast<double>(pairs) / (15 * 6 * 20)).epsilon(1e-12));
    CHECK(p.pairs.present > 0.1);
    CHECK(p.pairs.bound == 2.5);
  }
}

TEST_CASE("a fit gives the layer parameters that a plan is made of") {
  const TestLayer layer(30, 4, 1, 20, false, true);
  const DigitParams reveal = fit_digits(layer.data, reveal_options(8, 12, 2)).params;
  const LayerParams params = reveal.layer_params();
  CHECK(params.system == kReveal);
  CHECK(params.candidate() == Candidate{kReveal, 7, 8, 12, 2});
  for (std::size_t i = 0; i < params.weight_codes.size(); ++i) {
    const std::uint8_t code = params.weight_codes[i];
    CHECK(reveal.weights[i] == (code_is_negative(code) ? -1 : 1) * code_index(code));
  }
  const LayerParams uniform = fit_digits(layer.data, uniform_options()).params.layer_params();
  CHECK(uniform.candidate() == Candidate{kUniform, 7});
  CHECK_NOTHROW(check_layer_params(uniform, 30, "fc1"));
}

TEST_CASE("options and data out of range are refused, naming the layer") {
  const TestLayer layer(30, 4, 1, 20, false, true);
  const auto refusal = [&](const DigitOptions& options, const char* why) {
    CHECK_THROWS_WITH(fit_digits(layer.data, options),
                      Catch::Contains("layer fc1") && Catch::Contains(why));
  };
  refusal(uniform_options(9), "9 bits");
  refusal(uniform_options(1), "1 bits");
  refusal(reveal_options(0, 1, 1), "group 0");
  refusal(reveal_options(8, 33, 1), "budget 33");
  refusal(reveal_options(8, -1, 1), "budget -1");
  refusal(reveal_options(8, 8, 5), "terms 5");
  TestLayer broken = layer;
  broken.weights[7] = NAN;
  broken.data.weights = broken.weights;
  CHECK_THROWS_WITH(fit_digits(broken.data, uniform_options()),
                    Catch::Contains("layer fc1") && Catch::Contains("weight 7"));
  TestLayer tiny = layer;
  for (float& w : tiny.weights) w *= 1e-40F;
  tiny.data.weights = tiny.weights;
  CHECK_THROWS_WITH(fit_digits(tiny.data, uniform_options()), Catch::Contains("scale"));
}

}  // namespace
}  // namespace tally
