// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace klab {
namespace {

struct Digest {
  Digest() : context(EVP_MD_CTX_new()) {
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1)
      throw std::runtime_error("cannot start SHA-256: OpenSSL refused");
  }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() { EVP_MD_CTX_free(context); }

  void add(std::string_view bytes) { EVP_DigestUpdate(context, bytes.data(), bytes.size()); }
  std::string hex() {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(context, value, &length);
    std::string out;
    for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", value[i]);
    return out;
  }
  EVP_MD_CTX* context;
};

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), value, &length);
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", value[i]);
  return out;
}

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.hex();
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return lab_error("cannot read \"{}\": {}", path.string(), std::strerror(errno));
  Digest digest;
  std::string buffer(1 << 16, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
    digest.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
  if (in.bad()) return lab_error("cannot read \"{}\": {}", path.string(), std::strerror(errno));
  return digest.hex();
}

struct FieldHash::State {
  Digest digest;
};

FieldHash::FieldHash() : state_(std::make_unique<State>()) {}
FieldHash::~FieldHash() = default;

FieldHash& FieldHash::add(std::string_view name, std::string_view value) {
  state_->digest.add(fmt::format("{}:{}:{}:", name.size(), name, value.size()));
  state_->digest.add(value);
  return *this;
}

std::string FieldHash::hex() { return state_->digest.hex(); }

}  // namespace klab
