// SPDX-License-Identifier: Apache-2.0
#include "golden/core/group_selection.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tally {

std::vector<WeightTerm> select_terms(std::span<const SignedDigits> group, int budget) {
  std::vector<WeightTerm> terms;
  for (int exponent = 7; exponent >= 0; --exponent) {
    for (std::size_t position = 0; position < group.size(); ++position) {
      if (terms.size() >= static_cast<std::size_t>(budget)) return terms;
      const bool positive = (group[position].pos >> exponent & 1) != 0;
      const bool negative = (group[position].neg >> exponent & 1) != 0;
      if (positive || negative) terms.push_back({exponent, static_cast<int>(position), negative});
    }
  }
  return terms;
}

namespace {

using DigitTable = std::array<SignedDigits, 255>;

// Digits of -127..127 at index value + 127.
DigitTable encode_all(DigitEncoding encoding) {
  DigitTable table;
  for (int v = -127; v <= 127; ++v) {
    table[static_cast<std::size_t>(v + 127)] = encode_digits(v, encoding);
  }
  return table;
}

const DigitTable& digit_table(DigitEncoding encoding) {
  static const DigitTable tables[] = {encode_all(DigitEncoding::kBinary),
                                      encode_all(DigitEncoding::kHese),
                                      encode_all(DigitEncoding::kBooth)};
  return tables[static_cast<std::size_t>(encoding)];
}

// For each set of exponents: how many there are, and a one in byte e for each exponent e, so that
// up to 255 of them add up to eight counts.
struct ExponentSets {
  std::array<std::uint8_t, 256> size{};
  std::array<std::uint64_t, 256> ones{};
};
constexpr ExponentSets kExponents = [] {
  ExponentSets sets;
  for (unsigned set = 0; set < 256; ++set) {
    for (unsigned e = 0; e < 8; ++e) {
      sets.size[set] = static_cast<std::uint8_t>(sets.size[set] + (set >> e & 1));
      sets.ones[set] |= std::uint64_t{set >> e & 1} << (8 * e);
    }
  }
  return sets;
}();

// Where the selection stops: all digits above `exponent` are kept, and the first `at_cut` at it.
struct Cut {
  int exponent = -1;
  int at_cut = 0;
};

Cut find_cut(std::span<const SignedDigits> group, int budget) {
  std::uint64_t counts = 0;
  for (const SignedDigits digits : group) counts += kExponents.ones[digits.pos | digits.neg];
  for (int exponent = 7; exponent >= 0; --exponent) {
    const int here = static_cast<int>(counts >> (8 * exponent) & 0xFF);
    if (here >= budget) return {exponent, budget};
    budget -= here;
  }
  return {};
}

}  // namespace

LimitedValues limit_terms(std::span<const std::int8_t> values, std::size_t inputs,
                          const TermLimit& limit) {
  assert(limit.group >= 1 && limit.group <= 255 && limit.budget >= 1 && inputs >= 1 &&
         values.size() % inputs == 0);
  LimitedValues limited{std::vector<std::int16_t>(values.size()),
                        std::vector<std::uint8_t>(values.size())};
  const DigitTable& table = digit_table(limit.encoding);
  const auto g = static_cast<std::size_t>(limit.group);
  std::vector<SignedDigits> group;
  for (std::size_t row = 0; row < values.size(); row += inputs) {
    for (std::size_t first = row; first < row + inputs; first += g) {
      const std::size_t end = std::min(row + inputs, first + g);
      group.clear();
      for (std::size_t i = first; i < end; ++i) {
        assert(values[i] != -128);
        group.push_back(table[static_cast<std::size_t>(values[i] + 127)]);
      }
      Cut cut = find_cut(group, limit.budget);
      const unsigned above = cut.exponent < 0 ? 0xFF : 0xFFu << (cut.exponent + 1);
      for (std::size_t i = first; i < end; ++i) {
        const SignedDigits digits = group[i - first];
        unsigned keep = above;
        const unsigned at_cut = cut.exponent < 0 ? 0 : 1u << cut.exponent;
        if (((digits.pos | digits.neg) & at_cut) != 0 && cut.at_cut-- > 0) keep |= at_cut;
        const unsigned pos = digits.pos & keep, neg = digits.neg & keep;
        limited.values[i] =
            static_cast<std::int16_t>(static_cast<int>(pos) - static_cast<int>(neg));
        limited.terms[i] = kExponents.size[pos | neg];
      }
    }
  }
  return limited;
}

}  // namespace tally
