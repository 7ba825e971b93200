// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/target.hpp"

#include "util/text.hpp"

namespace klab::fuzz {

void hold_error(const Error& error, std::string_view begins) {
  constexpr std::size_t longest = 20'000;
  hold(error.message.starts_with(begins), "a message does not begin with \"{}\": {}", begins, error.message);
  hold(error.message == printable(error.message), "a message is not printable: {}", printable(error.message));
  hold(error.message.size() <= longest, "a message has {} bytes", error.message.size());
}

std::size_t take_choice(std::string_view& input, std::size_t choices) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  // Digits choose readably in corpus files written by hand.
  return (byte >= '0' && byte <= '9' ? byte - '0' : byte) % choices;
}

}  // namespace klab::fuzz
