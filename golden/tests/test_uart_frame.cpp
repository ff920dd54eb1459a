// SPDX-License-Identifier: Apache-2.0
// Frames of the serial link: the check against published values and a bit-by-bit division, stuffing
// by the rules of RFC 1662, and that nothing broken is ever accepted.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "golden/device/uart_frame.hpp"

using namespace tally;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// Remainder of the message times x^32 by the polynomial 0x04C11DB7, bits of a byte least
// significant first, register preset to ones, complemented: the definition, one bit at a time.
std::uint32_t check_by_division(const Bytes& message) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const std::uint8_t byte : message) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool top = (remainder >> 31 ^ byte >> bit) & 1;
      remainder = remainder << 1 ^ (top ? 0x04C11DB7u : 0);
    }
  }
  std::uint32_t reflected = 0;
  for (int bit = 0; bit < 32; ++bit) reflected |= (~remainder >> bit & 1) << (31 - bit);
  return reflected;
}

// Between the flags, stuffing undone.
Bytes plain(const Bytes& line) {
  REQUIRE(line.size() >= 2);
  CHECK(line.front() == 0x7E);
  CHECK(line.back() == 0x7E);
  Bytes result;
  for (std::size_t i = 1; i + 1 < line.size(); ++i) {
    CHECK(line[i] != 0x7E);
    result.push_back(line[i] == 0x7D ? line[++i] ^ 0x20 : line[i]);
  }
  return result;
}

std::vector<Bytes> decode(FrameDecoder& decoder, const Bytes& line) {
  std::vector<Bytes> frames;
  for (const std::uint8_t byte : line) {
    if (auto frame = decoder.push(byte)) frames.push_back(*frame);
  }
  return frames;
}

Bytes random_content(std::mt19937& rng, std::size_t longest) {
  Bytes content(rng() % longest + 1);
  // Every third byte is one of the two that must be stuffed.
  for (auto& byte : content) {
    byte = static_cast<std::uint8_t>(rng() % 3 == 0 ? 0x7D + rng() % 2 : rng());
  }
  return content;
}

}  // namespace

TEST_CASE("the check of a frame has the published check value and equals polynomial division") {
  const Bytes line = plain(encode_frame(bytes_of("123456789")));
  REQUIRE(line.size() == 13);
  // CRC-32/ISO-HDLC: check 0xCBF43926, sent least significant byte first.
  CHECK(Bytes(line.begin() + 9, line.end()) == Bytes{0x26, 0x39, 0xF4, 0xCB});

  std::mt19937 rng(11);
  for (int i = 0; i < 200; ++i) {
    const Bytes content = random_content(rng, 300);
    const Bytes framed = plain(encode_frame(content));
    REQUIRE(framed.size() == content.size() + 4);
    CHECK(std::equal(content.begin(), content.end(), framed.begin()));
    std::uint32_t check = 0;
    for (std::size_t k = 0; k < 4; ++k) check |= std::uint32_t{framed[content.size() + k]} << 8 * k;
    CHECK(check == check_by_division(content));
  }
}

TEST_CASE("frames come out of the decoder as they went in, noise before and between them or not") {
  std::mt19937 rng(12);
  FrameDecoder decoder;
  std::size_t compared = 0;
  for (int i = 0; i < 300; ++i) {
    const Bytes content = random_content(rng, 100);
    Bytes line;
    if (i % 3 == 0) line = random_content(rng, 20);
    const Bytes frame = encode_frame(content);
    line.insert(line.end(), frame.begin(), frame.end());
    const auto frames = decode(decoder, line);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0] == content);
    compared += content.size();
  }
  CHECK(compared > 10'000);
}

TEST_CASE("no frame with flipped bits, lost or added bytes, or cut off is accepted") {
  std::mt19937 rng(13);
  std::uint64_t broken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Bytes content = random_content(rng, 40);
    Bytes line = encode_frame(content);
    const std::size_t at = rng() % line.size();
    switch (rng() % 4) {
      case 0:
        for (std::uint32_t flips = rng() % 3 + 1; flips > 0; --flips) {
          line[rng() % line.size()] ^= static_cast<std::uint8_t>(1u << rng() % 8);
        }
        break;
      case 1:
        line.erase(line.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 2:
        line.insert(line.begin() + static_cast<std::ptrdiff_t>(at),
                    static_cast<std::uint8_t>(rng()));
        break;
      default:
        line.resize(at);
        break;
    }
    FrameDecoder decoder;
    // A lost first flag or an added one breaks nothing inside; then the content must be right.
    for (const Bytes& frame : decode(decoder, line)) REQUIRE(frame == content);
    // The next frame is not affected, at the latest after its own flag.
    const Bytes after = {1, 2, 3};
    const auto frames = decode(decoder, encode_frame(after));
    REQUIRE(!frames.empty());
    CHECK(frames.back() == after);
    broken += decoder.dropped();
  }
  CHECK(broken > 15'000);
}
