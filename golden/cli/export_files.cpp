// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/export_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <random>

namespace tally {
namespace {

// "static const TYPE NAME[COUNT] = {...};", 12 values a line.
template <class T>
std::string c_array(const std::string& type, const std::string& name,
                    const std::vector<T>& values) {
  constexpr std::size_t kValuesALine = 12;
  std::string text = fmt::format("static const {} {}[{}] = {{", type, name, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % kValuesALine == 0) text += "\n ";
    text += fmt::format(" 0x{:0{}x},", values[i], 2 * sizeof(T));
  }
  return text + "\n};\n";
}

}  // namespace

std::string readmemh(const BeatStream& stream) {
  std::string text;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    text += stream.last[i] != 0 ? '1' : '0';
    const auto beat = stream.beat(i);
    for (auto byte = beat.rbegin(); byte != beat.rend(); ++byte)
      text += fmt::format("{:02x}", *byte);
    text += '\n';
  }
  return text;
}

std::string readmemh(std::span<const HalfBeat> stream) {
  std::string text;
  for (const HalfBeat& beat : stream) {
    text += fmt::format("{}{:04x}\n", beat.last ? '1' : '0', beat.value);
  }
  return text;
}

std::string c_header(const std::string& prefix, const DeviceLayer& layer, const Program& program,
                     const BeatStream& packets) {
  std::vector<std::uint32_t> coefficients;
  for (const LaneCoefficients& c : layer.channels) {
    for (const float value : {c.c1, c.c2, c.c3, c.c4, c.bias}) {
      coefficients.push_back(std::bit_cast<std::uint32_t>(value));
    }
  }
  std::string guard = prefix;
  std::transform(guard.begin(), guard.end(), guard.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string text = fmt::format(
      "/* Layer {} for configuration {}, made by tally export; layout: docs/export.md. */\n"
      "#ifndef {guard}_H\n#define {guard}_H\n#include <stdint.h>\n\n",
      layer.name, program.config.name, fmt::arg("guard", guard));
  const auto constant = [&](const char* name, std::uint64_t value) {
    text += fmt::format("#define {}_{} {}u\n", guard, name, value);
  };
  constant("NUMBER_SYSTEM", layer.number_system);
  constant("N", static_cast<std::uint64_t>(layer.n));
  constant("INPUTS", layer.inputs);
  constant("OUTPUTS", layer.channels.size());
  constant("SEGMENT", layer.segment);
  constant("TILES", program.tiles.size());
  constant("BEAT_BYTES", static_cast<std::uint64_t>(packets.beat_bytes));
  constant("BEATS", packets.size());
  text += fmt::format("#define {}_BASE 0x{:08x}u /* binary32 */\n\n", guard,
                      std::bit_cast<std::uint32_t>(layer.base));
  text += "/* binary16; entry 0 is not a boundary */\n";
  text += c_array("uint16_t", prefix + "_boundaries", layer.boundaries);
  text += "/* binary32: c1, c2, c3, c4, bias of each output */\n";
  text += c_array("uint32_t", prefix + "_coefficients", coefficients);
  text += "/* [outputs][inputs] weight codes */\n";
  text += c_array("uint8_t", prefix + "_codes", layer.weights);
  text += "/* [beats][beat_bytes] of the weight stream, and TLAST of each beat */\n";
  text += c_array("uint8_t", prefix + "_packets", packets.bytes);
  text += c_array("uint8_t", prefix + "_packets_last", packets.last);
  return text + "\n#endif\n";
}

std::vector<std::uint16_t> example_activations(const DeviceLayer& layer, std::size_t vectors,
                                               bool non_negative) {
  std::mt19937 random(2025);
  std::vector<std::uint16_t> activations(vectors * layer.inputs);
  for (std::uint16_t& activation : activations) {
    const std::uint32_t draw = random();
    const std::size_t entry = draw % layer.boundaries.size();
    // At the boundary the upper code begins, just below it the lower one ends; entry 0 gives zero.
    const auto below = static_cast<std::uint16_t>((draw >> 16) & 1);
    activation =
        entry == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(layer.boundaries[entry] - below);
    if (!non_negative && ((draw >> 17) & 1) != 0) activation |= 0x8000;
  }
  return activations;
}

}  // namespace tally
