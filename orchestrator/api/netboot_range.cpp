// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>

#include "api/netboot_server.hpp"

namespace klab {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

// RFC 9110, 14.1: a field that is not understood, or that names several ranges, is as if it were not there.
std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size) {
  if (!field.starts_with("bytes=") || field.find(',') != field.npos) return std::nullopt;
  field.remove_prefix(6);
  const auto dash = field.find('-');
  if (dash == field.npos) return std::nullopt;
  const auto first = number(field.substr(0, dash)), last = number(field.substr(dash + 1));
  const bool open_start = dash == 0, open_end = dash + 1 == field.size();
  if ((!first && !open_start) || (!last && !open_end) || (open_start && open_end)) return std::nullopt;
  if (open_start) return *last == 0 || size == 0 ? ByteRange{1, 0} : ByteRange{size - std::min(size, *last), size - 1};
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) return ByteRange{1, 0};
  return ByteRange{*first, last ? std::min(*last, size - 1) : size - 1};
}

}  // namespace klab
