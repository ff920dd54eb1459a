// SPDX-License-Identifier: Apache-2.0
#include "golden/core/control_word.hpp"

#include <fmt/format.h>

#include <bit>

#include "golden/core/error.hpp"

namespace tally {

namespace {

constexpr ControlField kFields[] = {
    {"number_system", &ControlWord::number_system, 0, 0, 2},
    {"offset", &ControlWord::offset, 0, 2, 1},
    {"relu", &ControlWord::relu, 0, 3, 1},
    {"hese", &ControlWord::hese, 0, 4, 1},
    {"select", &ControlWord::select, 0, 5, 1},
    {"reuse", &ControlWord::reuse, 0, 6, 1},
    {"n", &ControlWord::n, 0, 8, 3},
    {"log2_group", &ControlWord::log2_group, 0, 11, 2},
    {"budget", &ControlWord::budget, 0, 13, 6},
    {"terms", &ControlWord::terms, 0, 19, 4},
    {"version", &ControlWord::version, 0, 24, 8},
    {"inputs", &ControlWord::inputs, 1, 0, 20},
    {"valid_lanes", &ControlWord::valid_lanes, 1, 20, 8},
    {"segment", &ControlWord::segment, 2, 0, 20},
    {"vectors", &ControlWord::vectors, 3, 0, 32},
};

constexpr std::uint32_t mask(const ControlField& field) {
  return field.width == 32 ? ~0u : (1u << field.width) - 1;
}

std::string out_of_range(const char* name, std::uint32_t value, int low, int high) {
  return fmt::format("{} is {}, must be {}..{}", name, value, low, high);
}

std::string exponential_fault(const ControlWord& c, const PeConfig& config) {
  const auto max_n = static_cast<std::uint32_t>(config.max_n);
  if (c.n < 2 || c.n > max_n) return out_of_range("n", c.n, 2, config.max_n);
  for (const auto member : {&ControlWord::hese, &ControlWord::select, &ControlWord::reuse,
                            &ControlWord::log2_group, &ControlWord::budget, &ControlWord::terms}) {
    if (c.*member == 0) continue;
    for (const ControlField& field : kFields) {
      if (field.member == member) {
        return fmt::format("{} is {}, must be 0 in exponential", field.name, c.*member);
      }
    }
  }
  return "";
}

std::string digit_fault(const ControlWord& c) {
  if (c.n != 7) return fmt::format("n is {}, must be 7 in reveal and uniform", c.n);
  if (c.offset != 0) return "offset is 1, must be 0 in reveal and uniform";
  if (c.budget == 0) return "budget is 0, must be 1..";
  if (c.terms == 0) return "terms is 0, must be 1..";
  return "";
}

}  // namespace

std::span<const ControlField> control_fields() { return kFields; }

ControlWords ControlWord::encode() const {
  ControlWords words{};
  for (const ControlField& field : kFields) {
    const std::uint32_t value = this->*field.member;
    if (value > mask(field)) {
      throw Error(fmt::format("control word: {} is {}, must be below 2^{}", field.name, value,
                              field.width));
    }
    words[static_cast<std::size_t>(field.word)] |= value << field.lsb;
  }
  return words;
}

ControlWord ControlWord::decode(const ControlWords& words) {
  ControlWord control;
  for (const ControlField& field : kFields) {
    control.*field.member =
        (words[static_cast<std::size_t>(field.word)] >> field.lsb) & mask(field);
  }
  return control;
}

bool supports(const PeConfig&, const ControlWord& control) {
  return control.number_system == kExponential;
}

std::string control_fault(const ControlWords& words, const PeConfig& config) {
  const ControlWord c = ControlWord::decode(words);
  const ControlWords without_reserved = c.encode();
  for (std::size_t w = 0; w < words.size(); ++w) {
    const std::uint32_t reserved = words[w] ^ without_reserved[w];
    if (reserved == 0) continue;
    return fmt::format("reserved bit {} of word {} is set", std::countr_zero(reserved), w);
  }
  if (c.version != kControlVersion) {
    return fmt::format("version is {}, must be {}", c.version, kControlVersion);
  }
  if (c.number_system > kUniform) return out_of_range("number_system", c.number_system, 0, 2);
  if (!supports(config, c)) {
    return fmt::format("number system {} is not supported", c.number_system);
  }
  const auto lanes = static_cast<std::uint32_t>(config.lanes);
  if (c.valid_lanes == 0 || c.valid_lanes > lanes) {
    return out_of_range("valid_lanes", c.valid_lanes, 1, config.lanes);
  }
  if (c.inputs == 0) return "inputs is 0, must be 1..";
  if (c.segment == 0) return "segment is 0, must be 1..";
  if (c.vectors == 0) return "vectors is 0, must be 1..";
  return c.number_system == kExponential ? exponential_fault(c, config) : digit_fault(c);
}

}  // namespace tally
