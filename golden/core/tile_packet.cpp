// SPDX-License-Identifier: Apache-2.0
#include "golden/core/tile_packet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "golden/core/error.hpp"
#include "golden/core/half.hpp"

namespace tally {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kControlBytes = 16;
constexpr std::size_t kFloatsPerLane = 5;

std::size_t beats_of(std::size_t bytes, const PeConfig& config) {
  const auto width = static_cast<std::size_t>(config.lanes);
  return (bytes + width - 1) / width;
}

std::uint32_t read32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

void write(std::vector<std::uint8_t>& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void require_size(const char* what, std::size_t got, std::size_t want) {
  if (got != want) throw Error(fmt::format("tile: {} {}, must be {}", got, what, want));
}

void append_section(BeatStream& stream, std::vector<std::uint8_t> bytes) {
  const auto width = static_cast<std::size_t>(stream.beat_bytes);
  bytes.resize((bytes.size() + width - 1) / width * width);
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    stream.push(Bytes(bytes).subspan(at, width), false);
  }
}

// Takes beats one section after the other and complains with their number.
class SectionReader {
 public:
  SectionReader(const BeatStream& stream, std::size_t position)
      : stream_(stream), start_(position), position_(position) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(fmt::format("packet at beat {}: beat {}: {}", start_, position_, why));
  }

  // Bytes of `beats` beats, whose `used` leading bytes mean something.
  Bytes take(std::size_t beats, std::size_t used, bool ends_packet) {
    const std::size_t first = position_;
    for (std::size_t i = 0; i < beats; ++i, ++position_) {
      if (position_ >= stream_.size()) fail("the stream ends inside the packet");
      const bool want = ends_packet && i + 1 == beats;
      const bool last = stream_.last[position_] != 0;
      if (last && !want) fail("TLAST before the end of the packet");
      if (!last && want) fail("no TLAST at the end of the packet");
    }
    const auto width = static_cast<std::size_t>(stream_.beat_bytes);
    const Bytes bytes = Bytes(stream_.bytes).subspan(first * width, beats * width);
    if (std::ranges::any_of(bytes.subspan(used), [](auto b) { return b != 0; })) {
      fail("padding is not zero");
    }
    return bytes.first(used);
  }

  std::size_t position() const { return position_; }

 private:
  const BeatStream& stream_;
  std::size_t start_;
  std::size_t position_;
};

// The rows of one vector out of those sent: all vectors alike, every weight legal, padding zero.
std::vector<std::uint8_t> read_rows(Bytes sent, const ControlWord& control, std::size_t a_vector,
                                    std::size_t lanes, const SectionReader& reader) {
  std::vector<std::uint8_t> weights(sent.begin(),
                                    sent.begin() + static_cast<std::ptrdiff_t>(a_vector));
  for (std::size_t at = a_vector; at < sent.size(); at += a_vector) {
    if (!std::ranges::equal(sent.subspan(at, a_vector), weights)) {
      reader.fail("the rows sent again for another vector differ");
    }
  }
  const auto bad = std::ranges::find_if(
      weights, [&](std::uint8_t code) { return weight_is_bad(code, control); });
  if (bad != weights.end()) reader.fail(fmt::format("weight code 0x{:02X} is illegal", *bad));
  const auto end_of_inputs =
      static_cast<std::ptrdiff_t>(std::min<std::size_t>(weights.size(), control.inputs * lanes));
  if (std::any_of(weights.begin() + end_of_inputs, weights.end(), [](auto b) { return b != 0; })) {
    reader.fail("a row that pads the last group is not zero");
  }
  return weights;
}

void check_unused_lanes(const Tile& tile, std::size_t lanes, const SectionReader& reader) {
  for (std::size_t lane = tile.control.valid_lanes; lane < lanes; ++lane) {
    if (tile.lanes[lane] != LaneCoefficients{}) reader.fail("an unused lane has coefficients");
    for (std::size_t at = lane; at < tile.weights.size(); at += lanes) {
      if (tile.weights[at] != 0) reader.fail("an unused lane has weights");
    }
  }
}

}  // namespace

PacketLayout packet_layout(const ControlWord& control, const PeConfig& config) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  PacketLayout layout{};
  layout.control = beats_of(kControlBytes, config);
  layout.boundaries = beats_of(std::size_t{2} << control.n, config);
  layout.coefficients = beats_of(4 * (1 + kFloatsPerLane * lanes), config);
  if (control.reuse != 0) return layout;
  const std::size_t groups = groups_of(control);
  layout.rows = groups * group_size(control);
  layout.streamed =
      groups * buffer_rows_a_group(control) > static_cast<std::size_t>(config.buffer_rows);
  layout.sent = layout.streamed ? layout.rows * control.vectors : layout.rows;
  return layout;
}

ControlWords decode_control(Bytes bytes) {
  return {read32(bytes, 0), read32(bytes, 4), read32(bytes, 8), read32(bytes, 12)};
}

std::vector<std::uint16_t> decode_boundaries(Bytes bytes, int n) {
  std::vector<std::uint16_t> boundaries(std::size_t{1} << n);
  for (std::size_t j = 0; j < boundaries.size(); ++j) {
    boundaries[j] = static_cast<std::uint16_t>(bytes[2 * j] | bytes[2 * j + 1] << 8);
  }
  return boundaries;
}

float decode_base(Bytes bytes) { return std::bit_cast<float>(read32(bytes, 0)); }

std::vector<LaneCoefficients> decode_coefficients(Bytes bytes, int lanes) {
  std::vector<LaneCoefficients> coefficients(static_cast<std::size_t>(lanes));
  std::size_t at = 4;  // behind the base
  for (LaneCoefficients& c : coefficients) {
    for (float* value : {&c.c1, &c.c2, &c.c3, &c.c4, &c.bias}) {
      *value = std::bit_cast<float>(read32(bytes, at));
      at += 4;
    }
  }
  return coefficients;
}

std::string boundaries_fault(std::span<const std::uint16_t> boundaries) {
  for (std::size_t j = 1; j < boundaries.size(); ++j) {
    const std::uint16_t t = boundaries[j];
    if (t == 0 || t > kHalfInfinity) {
      return fmt::format("boundary {} is 0x{:04X}, must be 0x0001..0x7C00", j, t);
    }
    if (j > 1 && t < boundaries[j - 1]) {
      return fmt::format("boundary {} (0x{:04X}) is below boundary {} (0x{:04X})", j, t, j - 1,
                         boundaries[j - 1]);
    }
  }
  return "";
}

void append_packet(const Tile& tile, const PeConfig& config, BeatStream& stream) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  const PacketLayout layout = packet_layout(tile.control, config);
  require_size("boundaries", tile.boundaries.size(), std::size_t{1} << tile.control.n);
  require_size("lanes", tile.lanes.size(), lanes);
  require_size("weights", tile.weights.size(), layout.rows * lanes);
  if (stream.size() == 0) stream.beat_bytes = config.lanes;
  require_size("bytes a beat", static_cast<std::size_t>(stream.beat_bytes), lanes);

  std::vector<std::uint8_t> control, boundaries, coefficients;
  for (const std::uint32_t word : tile.control.encode()) write(control, word, 4);
  for (const std::uint16_t t : tile.boundaries) write(boundaries, t, 2);
  write(coefficients, std::bit_cast<std::uint32_t>(tile.base), 4);
  for (const LaneCoefficients& c : tile.lanes) {
    for (const float value : {c.c1, c.c2, c.c3, c.c4, c.bias}) {
      write(coefficients, std::bit_cast<std::uint32_t>(value), 4);
    }
  }
  append_section(stream, std::move(control));
  append_section(stream, std::move(boundaries));
  append_section(stream, std::move(coefficients));
  for (std::size_t row = 0; row < layout.sent; ++row) {
    stream.push(Bytes(tile.weights).subspan(row % layout.rows * lanes, lanes), false);
  }
  stream.last.back() = 1;
}

Tile parse_packet(const BeatStream& stream, std::size_t& position, const PeConfig& config) {
  ResidentSlots none;
  return parse_packet(stream, position, config, none);
}

Tile parse_packet(const BeatStream& stream, std::size_t& position, const PeConfig& config,
                  ResidentSlots& resident) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  SectionReader reader(stream, position);
  if (stream.beat_bytes != config.lanes) {
    reader.fail(fmt::format("{} bytes a beat, but {} lanes", stream.beat_bytes, lanes));
  }
  Tile tile;
  const ControlWords words =
      decode_control(reader.take(beats_of(kControlBytes, config), kControlBytes, false));
  if (const auto why = control_fault(words, config, resident); !why.empty()) reader.fail(why);
  tile.control = ControlWord::decode(words);
  const PacketLayout layout = packet_layout(tile.control, config);
  const auto n = static_cast<int>(tile.control.n);

  tile.boundaries =
      decode_boundaries(reader.take(layout.boundaries, std::size_t{2} << n, false), n);
  if (tile.boundaries[0] != 0) reader.fail("boundary entry 0 is not zero");
  if (const auto why = boundaries_fault(tile.boundaries); !why.empty()) reader.fail(why);

  const Bytes coefficients =
      reader.take(layout.coefficients, 4 * (1 + kFloatsPerLane * lanes), layout.sent == 0);
  tile.base = decode_base(coefficients);
  tile.lanes = decode_coefficients(coefficients, config.lanes);

  const Bytes rows = reader.take(layout.sent, layout.sent * lanes, true);
  tile.weights = read_rows(rows, tile.control, layout.rows * lanes, lanes, reader);
  check_unused_lanes(tile, lanes, reader);
  position = reader.position();
  resident = resident_after(tile.control, config, resident);
  return tile;
}

}  // namespace tally
