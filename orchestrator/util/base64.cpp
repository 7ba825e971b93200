// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/base64.hpp"

#include <openssl/evp.h>

namespace klab {

std::string base64_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  std::size_t padding = 0;
  if (text.ends_with("==")) padding = 2;
  else if (text.ends_with('=')) padding = 1;
  out.resize(static_cast<std::size_t>(length) - padding);
  // OpenSSL also reads white space, '-' as an end, padding in the middle and bits that no byte has.
  if (base64_encode(out) != text) return std::nullopt;
  return out;
}

}  // namespace klab
