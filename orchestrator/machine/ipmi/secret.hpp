// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/host.hpp"
#include "util/result.hpp"

namespace klab {

// A password while it is needed, wiped afterwards. It is never part of a message.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&&) = delete;
  ~Secret();
  const char* text() const { return text_.c_str(); }
  char* buffer() { return text_.data(); }

 private:
  std::string text_;
};

// Reads the file, which must keep others out, or runs the command. Blocks; not on the reactor's thread.
// Errors are of kind input.
Result<Secret> read_password(const HostSpec& host);

}  // namespace klab
