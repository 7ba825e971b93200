// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab {

// SHA-256, lower-case hexadecimal.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
Result<std::string> sha256_file(const std::filesystem::path& path);

// Hash over named fields: neither order of concatenation nor an embedded separator can make two
// different inputs look the same, because every field goes in as name, length and bytes.
class FieldHash {
 public:
  FieldHash();
  ~FieldHash();
  FieldHash& add(std::string_view name, std::string_view value);
  std::string hex();  // ends the hash; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace klab
