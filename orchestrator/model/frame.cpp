// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/frame.hpp"

#include <boost/crc.hpp>
#include <charconv>
#include <optional>

#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t shown = 60;  // bytes of a strange line that a message repeats

Error violation(std::string_view cause) { return failed_error("cannot read results: {}", cause); }

// Takes the text up to the next space, and the space.
std::optional<std::string_view> take_word(std::string_view& text) {
  const auto space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space + 1);
  return word;
}

template <class Number>
std::optional<Number> to_number(std::optional<std::string_view> word, int base) {
  Number number{};
  if (!word) return std::nullopt;
  const auto [end, error] = std::from_chars(word->data(), word->data() + word->size(), number, base);
  if (error != std::errc() || end != word->data() + word->size()) return std::nullopt;
  return number;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

Result<Frame> parse_frame_line(std::string_view line) {
  std::string_view rest = line;
  const auto magic = take_word(rest);
  const auto sequence = to_number<std::uint64_t>(take_word(rest), 10);
  const auto length = to_number<std::uint64_t>(take_word(rest), 10);
  const auto crc_word = take_word(rest);
  const auto crc = to_number<std::uint32_t>(crc_word, 16);
  if (magic != "klab1" || !sequence || !length || !crc || crc_word->size() != 8)
    return violation(fmt::format("\"{}\" is not a frame", printable(line.substr(0, shown))));
  if (*length != rest.size())
    return violation(fmt::format("frame {} says {} bytes and has {}", *sequence, *length, rest.size()));
  if (const std::uint32_t found = crc32(rest); found != *crc)
    return violation(fmt::format("frame {} says checksum {:08x} and has {:08x}", *sequence, *crc, found));
  return Frame{*sequence, std::string(rest)};
}

}  // namespace klab
