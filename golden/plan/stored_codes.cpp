// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/stored_codes.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "golden/core/error.hpp"
#include "golden/core/packed.hpp"
#include "golden/core/uniform.hpp"
#include "golden/plan/output_file.hpp"

namespace tally {

std::string store_codes(std::span<const std::uint8_t> codes, int n) {
  const std::vector<std::uint8_t> bytes = pack_codes(codes, n);
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::vector<std::uint8_t> stored_codes(const std::string& where, const LayerPlan& layer) {
  const std::string& text = layer.codes;
  const auto count = static_cast<std::size_t>(layer.outputs * layer.inputs);
  const std::size_t size = packed_size(count, layer.n);
  const std::size_t expected = (size + 2) / 3 * 4;
  if (text.size() != expected) {
    throw Error(fmt::format("{}: codes has {} characters, {} x {} codes of {} bits make {}", where,
                            text.size(), layer.outputs, layer.inputs, layer.n + 1, expected));
  }
  std::vector<std::uint8_t> bytes(text.size() / 4 * 3);
  if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0) {
    throw Error(fmt::format("{}: codes is no Base64: {}...", where, text.substr(0, 40)));
  }
  bytes.resize(size);
  std::vector<std::uint8_t> codes;
  try {
    codes = unpack_codes(bytes, layer.n, count);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: codes: {}", where, error.what()));
  }
  // OpenSSL reads blanks at the ends, and '=' anywhere.
  if (store_codes(codes, layer.n) != text) {
    throw Error(fmt::format("{}: codes is no Base64 as Tally writes it: {}...{}", where,
                            text.substr(0, 20), text.substr(text.size() - 4)));
  }
  const std::string sum = sha256(layer.counts_digits() ? int8_of_codes(codes) : codes);
  if (sum != layer.codes_sha256) {
    throw Error(fmt::format("{}: codes have the SHA-256 {}, codes_sha256 is '{}'", where, sum,
                            layer.codes_sha256));
  }
  return codes;
}

}  // namespace tally
