// SPDX-License-Identifier: Apache-2.0
#include "golden/core/control_word.hpp"

#include <fmt/format.h>

#include <bit>

#include "golden/core/error.hpp"
#include "golden/core/signed_digits.hpp"

namespace tally {

namespace {

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
    for (const ControlField& field : kControlFields) {
      if (field.member == member) {
        return fmt::format("{} is {}, must be 0 in exponential", field.name, c.*member);
      }
    }
  }
  return "";
}

std::string reuse_fault(const ControlWord& c, const ResidentSlots& before) {
  if (!before.usable) return "reuse is 1, but the tile before left no slots in the weight buffer";
  const auto differs = [](const char* name, std::uint32_t value, std::uint32_t loaded) {
    return fmt::format("reuse is 1 and {} is {}, but the slots were loaded with {}", name, value,
                       loaded);
  };
  if (c.inputs != before.inputs) return differs("inputs", c.inputs, before.inputs);
  if (c.log2_group != before.log2_group) {
    return differs("log2_group", c.log2_group, before.log2_group);
  }
  if (c.hese != before.hese) return differs("hese", c.hese, before.hese);
  if (c.budget > before.budget) return differs("budget", c.budget, before.budget);
  return "";
}

std::string digit_fault(const ControlWord& c, const ResidentSlots& before) {
  if (c.n != 7) return fmt::format("n is {}, must be 7 in reveal and uniform", c.n);
  if (c.offset != 0) return "offset is 1, must be 0 in reveal and uniform";
  if (c.inputs >= kMaxDigitInputs) {
    return fmt::format("inputs is {}, must be below {} in reveal and uniform: 32 bits can overflow",
                       c.inputs, kMaxDigitInputs);
  }
  const bool reveal = c.number_system == kReveal;
  if (c.select != (reveal ? 1 : 0)) {
    return fmt::format("select is {}, must be 1 in reveal and 0 in uniform", c.select);
  }
  const int most_terms = max_digits(hardware_encoding(c.hese != 0));
  const int most_budget = most_terms << c.log2_group;
  const auto budget = static_cast<int>(c.budget), terms = static_cast<int>(c.terms);
  if (budget > most_budget || budget < (reveal ? 1 : most_budget)) {
    return out_of_range("budget", c.budget, reveal ? 1 : most_budget, most_budget);
  }
  if (terms > most_terms || terms < (reveal ? 1 : most_terms)) {
    return out_of_range("terms", c.terms, reveal ? 1 : most_terms, most_terms);
  }
  if (c.segment % group_size(c) != 0) {
    return fmt::format("segment is {}, must be a multiple of the group size {}", c.segment,
                       group_size(c));
  }
  return c.reuse != 0 ? reuse_fault(c, before) : "";
}

}  // namespace

ControlWords ControlWord::encode() const {
  ControlWords words{};
  for (const ControlField& field : kControlFields) {
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
  for (const ControlField& field : kControlFields) {
    control.*field.member =
        (words[static_cast<std::size_t>(field.word)] >> field.lsb) & mask(field);
  }
  return control;
}

bool supports(const PeConfig& config, const ControlWord& control) {
  return control.number_system == kExponential || config.digits;
}

std::uint32_t steps_a_group(const ControlWord& control, const PeConfig& config) {
  if (control.number_system == kExponential) return 1;
  return config.parallel_terms ? control.budget : control.budget * control.terms;
}

ResidentSlots resident_after(const ControlWord& control, const PeConfig& config,
                             const ResidentSlots& before) {
  if (control.reuse != 0) return before;
  const std::uint64_t rows = std::uint64_t{groups_of(control)} * buffer_rows_a_group(control);
  const bool fits = rows <= static_cast<std::uint64_t>(config.buffer_rows);
  if (control.number_system == kExponential || !fits) return {};
  return {true, control.inputs, control.log2_group, control.hese, control.budget};
}

std::string control_fault(const ControlWords& words, const PeConfig& config,
                          const ResidentSlots& before) {
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
  return c.number_system == kExponential ? exponential_fault(c, config) : digit_fault(c, before);
}

}  // namespace tally
