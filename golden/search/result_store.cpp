// SPDX-License-Identifier: Apache-2.0
#include "golden/search/result_store.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <new>

namespace tally {

namespace {
EVP_MD_CTX* context(void* p) { return static_cast<EVP_MD_CTX*>(p); }
}  // namespace

KeyBuilder::KeyBuilder() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context(context_), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

KeyBuilder::~KeyBuilder() { EVP_MD_CTX_free(context(context_)); }

KeyBuilder& KeyBuilder::add(const void* data, std::size_t bytes) {
  EVP_DigestUpdate(context(context_), &bytes, sizeof bytes);
  EVP_DigestUpdate(context(context_), data, bytes);
  return *this;
}

std::string KeyBuilder::key() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context(context_), digest, &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace tally
