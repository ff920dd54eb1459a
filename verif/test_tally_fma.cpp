// SPDX-License-Identifier: Apache-2.0
// tally_fma against the host's std::fma, bit for bit; a NaN must be 0x7FC00000.
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <vector>

#include "Vtally_fma.h"
#include "Vtally_fma_cut.h"
#include "Vtally_fma_rows.h"
#include "verif/harness/scoreboard.hpp"
#include "verif/harness/sim.hpp"

using namespace tally::verif;

namespace {

struct Plain {
  using Model = Vtally_fma;
  static constexpr int kLatency = 4, kShare = 1;
};
struct Cut {
  using Model = Vtally_fma_cut;
  static constexpr int kLatency = 8, kShare = 4;  // of the random operands a fourth
};
struct Rows {
  using Model = Vtally_fma_rows;
  static constexpr int kLatency = 4, kShare = 4;
};
constexpr std::uint32_t kNan = 0x7FC00000;

using Operands = std::array<std::uint32_t, 3>;

std::uint32_t fma_bits(const Operands& x) {
  const float result =
      std::fma(std::bit_cast<float>(x[0]), std::bit_cast<float>(x[1]), std::bit_cast<float>(x[2]));
  return std::isnan(result) ? kNan : std::bit_cast<std::uint32_t>(result);
}

/// One operation each cycle; each result is checked against the host when it leaves.
template <class T>
class FmaBench {
 public:
  static constexpr int kLatency = T::kLatency;

  FmaBench() : sim_(~0ull) {
    sim_->valid_i = 0;
    sim_.reset();
  }

  void run(const Operands& x) {
    issue(x);
    step();
  }

  /// Waits for the last results; returns how many were compared.
  std::uint64_t finish() {
    sim_->valid_i = 0;
    for (int i = 0; i < kLatency; ++i) step();
    REQUIRE(head_ == tail_);
    REQUIRE(compared_ > 0);
    return compared_;
  }

 private:
  void issue(const Operands& x) {
    sim_->valid_i = 1;
    sim_->a_i = x[0];
    sim_->b_i = x[1];
    sim_->c_i = x[2];
    under_way_[head_++ % kLatency] = x;
  }

  void step() {
    sim_.tick();
    if (!sim_->valid_o) return;
    const Operands& x = under_way_[tail_++ % kLatency];
    const std::uint32_t expected = fma_bits(x);
    ++compared_;
    if (sim_->result_o == expected) return;
    FAIL("fma(" << show(x[0]) << ", " << show(x[1]) << ", " << show(x[2])
                << ") = " << show(sim_->result_o) << ", expected " << show(expected));
  }

  Sim<typename T::Model> sim_;
  std::array<Operands, kLatency> under_way_{};
  std::uint64_t head_ = 0, tail_ = 0, compared_ = 0;
};

std::uint32_t pack(std::uint32_t sign, int exponent, std::uint32_t fraction) {
  return sign << 31 | static_cast<std::uint32_t>(exponent & 0xFF) << 23 | (fraction & 0x7FFFFF);
}

/// Both signs of zero, subnormals, normals round the ends of every range, infinities, NaNs.
std::vector<std::uint32_t> special_values() {
  std::vector<std::uint32_t> values;
  for (std::uint32_t sign : {0u, 1u}) {
    for (int exponent : {0, 1, 2, 23, 24, 63, 103, 104, 126, 127, 128, 150, 151, 191, 253, 254}) {
      for (std::uint32_t fraction : {0u, 1u, 0x400000u, 0x555555u, 0x7FFFFFu}) {
        values.push_back(pack(sign, exponent, fraction));
      }
    }
    for (std::uint32_t fraction : {0u, 1u, 0x400000u, 0x7FFFFFu}) {
      values.push_back(pack(sign, 255, fraction));
    }
  }
  return values;
}

/// A fraction with runs of equal bits, where carries, borrows and ties live; or a plain random one.
std::uint32_t fraction_of(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  const std::uint32_t mask = (1u << (bits >> 32) % 24) - 1;
  const std::uint32_t plain = bits & 0x7FFFFF;
  switch (bits >> 60) {
    case 0:
      return mask;
    case 1:
      return ~mask & 0x7FFFFF;
    case 2:
      return plain & ~mask;
    case 3:
      return plain | mask;
    case 4:
      return mask + 1;
    default:
      return plain;
  }
}

int exponent_near(std::mt19937_64& random, int centre, int spread) {
  const int exponent = centre + static_cast<int>(random() % (2 * spread + 1)) - spread;
  return exponent < 0 ? 0 : exponent > 254 ? 254 : exponent;
}

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t as_bits(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

/// Any bit patterns at all.
Operands uniform(std::mt19937_64& random) {
  return {static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
          static_cast<std::uint32_t>(random())};
}

/// Addend and product within 80 binary places of one another.
Operands near_exponents(std::mt19937_64& random) {
  const int ea = exponent_near(random, 127, 120), eb = exponent_near(random, 254 - ea, 120);
  const int ec = exponent_near(random, ea + eb - 127, random() % 2 ? 4 : 80);
  const std::uint64_t signs = random();
  return {pack(signs & 1, ea, fraction_of(random)), pack(signs >> 1 & 1, eb, fraction_of(random)),
          pack(signs >> 2 & 1, ec, fraction_of(random))};
}

/// The addend is the rounded product with the other sign, or a few places off it.
Operands cancellation(std::mt19937_64& random) {
  Operands x = near_exponents(random);
  x[2] = as_bits(-static_cast<double>(as_float(x[0])) * as_float(x[1]));
  if ((x[2] & 0x7F800000) == 0x7F800000) x[2] -= 0x00800000;
  if (random() % 2) x[2] += static_cast<std::uint32_t>(random() % 5) - 2;
  return x;
}

/// Sums exactly half way between two results, or one place of the addend beside it: a product of
/// few bits 24 or 25 places below the leading bit of the addend.
Operands tie(std::mt19937_64& random) {
  const int ec = exponent_near(random, 140, 110);
  const int ea = exponent_near(random, 127, 60);
  const int below = 23 + static_cast<int>(random() % 4);
  const int eb = std::clamp(ec - below + 127 - ea, 0, 254);
  const std::uint32_t tail = random() % 4 == 0 ? 1u << random() % 23 : 0;
  const std::uint64_t signs = random();
  return {pack(signs & 1, ea, 0), pack(signs >> 1 & 1, eb, tail),
          pack(signs >> 2 & 1, ec, fraction_of(random))};
}

/// Products about the least normal number and below, with addends down there too.
Operands underflow(std::mt19937_64& random) {
  const int ea = exponent_near(random, 100, 100);
  const int eb = exponent_near(random, 127 - ea + static_cast<int>(random() % 30) - 26, 2);
  const int ec = exponent_near(random, 0, 27);
  const std::uint64_t signs = random();
  return {pack(signs & 1, ea, fraction_of(random)), pack(signs >> 1 & 1, eb, fraction_of(random)),
          pack(signs >> 2 & 1, random() % 8 ? ec : 0, random() % 8 ? fraction_of(random) : 0)};
}

/// Products and addends about the largest finite number.
Operands overflow(std::mt19937_64& random) {
  const int ea = exponent_near(random, 190, 60);
  const int eb = exponent_near(random, 381 - ea, 2);
  const int ec = exponent_near(random, 254, random() % 2 ? 1 : 30);
  const std::uint64_t signs = random();
  return {pack(signs & 1, ea, fraction_of(random)), pack(signs >> 1 & 1, eb, fraction_of(random)),
          pack(signs >> 2 & 1, ec, fraction_of(random))};
}

/// `count` cases of one kind, or the share of them; the seed is printed on failure.
template <class T>
void run_random(std::function<Operands(std::mt19937_64&)> next, std::uint64_t seed,
                std::uint64_t count) {
  CAPTURE(seed);
  count /= T::kShare;
  std::mt19937_64 random(seed);
  FmaBench<T> bench;
  for (std::uint64_t i = 0; i < count; ++i) bench.run(next(random));
  REQUIRE(bench.finish() == count);
}

}  // namespace

TEMPLATE_TEST_CASE("fma of all triples of special values is std::fma", "[exhaustive]", Plain, Cut,
                   Rows) {
  const auto values = special_values();
  FmaBench<TestType> bench;
  for (std::uint32_t a : values) {
    for (std::uint32_t b : values) {
      for (std::uint32_t c : values) bench.run({a, b, c});
    }
  }
  REQUIRE(bench.finish() == values.size() * values.size() * values.size());
}

TEMPLATE_TEST_CASE("fma of uniform bit patterns is std::fma", "[random]", Plain, Cut, Rows) {
  run_random<TestType>(uniform, 101, 2'000'000);
}
TEMPLATE_TEST_CASE("fma of product and addend of like size is std::fma", "[random]", Plain, Cut,
                   Rows) {
  run_random<TestType>(near_exponents, 102, 3'000'000);
}
TEMPLATE_TEST_CASE("fma that cancels is std::fma", "[random]", Plain, Cut, Rows) {
  run_random<TestType>(cancellation, 103, 2'000'000);
}
TEMPLATE_TEST_CASE("fma at and beside ties is std::fma", "[random]", Plain, Cut, Rows) {
  run_random<TestType>(tie, 104, 1'000'000);
}
TEMPLATE_TEST_CASE("fma about the least numbers is std::fma", "[random]", Plain, Cut, Rows) {
  run_random<TestType>(underflow, 105, 2'000'000);
}
TEMPLATE_TEST_CASE("fma about the largest numbers is std::fma", "[random]", Plain, Cut, Rows) {
  run_random<TestType>(overflow, 106, 1'000'000);
}

TEMPLATE_TEST_CASE("fma of 200 million more operands is std::fma", "[.regress]", Plain, Cut, Rows) {
  for (const auto& next : {near_exponents, cancellation, tie, underflow, overflow}) {
    run_random<TestType>(next, 107, 40'000'000);
  }
}

TEST_CASE("the kinds of random operands reach what they are for", "[unit]") {
  // An oracle for the generators: how often the exact sum is a tie, subnormal, infinite, cancels.
  std::mt19937_64 random(7);
  int ties = 0, subnormal = 0, infinite = 0, finite = 0, cancelled = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto t = tie(random);
    // The product has one or two bits, so the sum is exact as long double (64 bits) if it is close.
    const long double exact =
        static_cast<long double>(as_float(t[0])) * as_float(t[1]) + as_float(t[2]);
    const float rounded = as_float(fma_bits(t));
    const float other = std::nextafter(rounded, exact > rounded ? INFINITY : -INFINITY);
    ties += exact != rounded && exact - rounded == other - exact;
    subnormal += std::fpclassify(as_float(fma_bits(underflow(random)))) == FP_SUBNORMAL;
    const float large = as_float(fma_bits(overflow(random)));
    infinite += std::isinf(large);
    finite += std::isfinite(large);
    const auto c = cancellation(random);
    cancelled += std::abs(as_float(fma_bits(c))) < std::abs(as_float(c[2])) * 0x1p-20f;
  }
  CHECK(ties > 1000);
  CHECK(subnormal > 5000);
  CHECK(infinite > 3000);
  CHECK(finite > 3000);
  CHECK(cancelled > 5000);
}

TEMPLATE_TEST_CASE("fma takes its cycles, keeps gaps, and reset empties it", "[unit]", Plain, Cut,
                   Rows) {
  constexpr int kLatency = TestType::kLatency;
  Sim<typename TestType::Model> sim;
  sim->valid_i = 0;
  sim.reset();
  // Operation i computes i * 1 + 0; a gap wherever bit i of the pattern is 0.
  const std::uint32_t pattern = 0b1011'0000'1110'0101'1001;
  for (int i = 0; i < 20 + kLatency; ++i) {
    sim->valid_i = i < 20 && (pattern >> i & 1);
    sim->a_i = std::bit_cast<std::uint32_t>(static_cast<float>(i));
    sim->b_i = std::bit_cast<std::uint32_t>(1.0f);
    sim->c_i = 0;
    sim.tick();
    const int leaving = i - (kLatency - 1);
    CAPTURE(i, leaving);
    REQUIRE(sim->valid_o == (leaving >= 0 && (pattern >> leaving & 1)));
    if (sim->valid_o) REQUIRE(as_float(sim->result_o) == static_cast<float>(leaving));
  }
  sim->valid_i = 1;
  sim.tick(kLatency + 1);
  REQUIRE(sim->valid_o == 1);
  sim.reset();
  sim->valid_i = 0;
  for (int i = 0; i < 2 * kLatency; ++i) {
    REQUIRE(sim->valid_o == 0);
    sim.tick();
  }
}
