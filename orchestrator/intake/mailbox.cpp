// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/mailbox.hpp"

#include <algorithm>
#include <utility>

#include "intake/charset.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// "From sender weekday month day hh:mm:ss year". A sentence that starts with From has no such tail.
bool is_from_line(std::string_view line) {
  if (line.substr(0, 5) != "From ") return false;
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos || colon < 3 || !is_digit(line[colon - 1])) return false;
  std::string_view year = line.substr(colon + 1);
  while (!year.empty() && is_digit(year.front())) year.remove_prefix(1);
  const auto at = year.find_first_of("0123456789");
  return at != std::string_view::npos && year.substr(at).size() >= 4 && is_digit(year[at + 3]);
}

bool is_header_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon > 76) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](unsigned char c) { return c > 32 && c < 127; });
}

// >From , >>From , ...
bool is_quoted_from(std::string_view line) {
  const auto quotes = line.find_first_not_of('>');
  return quotes != 0 && quotes != std::string_view::npos && line.substr(quotes, 5) == "From ";
}

}  // namespace

Result<std::vector<RawMail>> split_mailbox(const RawSource& source, std::size_t most) {
  // Exported by a mail program as what it calls Unicode.
  for (const auto& [mark, charset] : {std::pair{"\xFF\xFE", "UTF-16LE"}, std::pair{"\xFE\xFF", "UTF-16BE"}})
    if (source.bytes.compare(0, 2, mark) == 0) {
      const RawSource plain{source.name, to_utf8(std::string_view(source.bytes).substr(2), charset)};
      if (plain.bytes.size() + 2 != source.bytes.size() || plain.bytes != source.bytes.substr(2))
        return split_mailbox(plain, most);
    }
  if (const auto nul = source.bytes.find('\0'); nul != std::string::npos) {
    const auto line =
        1 + std::count(source.bytes.begin(), source.bytes.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return input_error("cannot read \"{}\": line {} holds a NUL byte, and mail is text",
                       printable(source.name), line);
  }
  std::string_view rest = source.bytes;
  if (rest.substr(0, 3) == "\xEF\xBB\xBF") rest.remove_prefix(3);
  int number = 0;
  while (!rest.empty() && (rest[0] == '\n' || rest.substr(0, 2) == "\r\n")) {
    take_line(rest);
    ++number;
  }
  std::vector<RawMail> mails;
  const bool mbox = is_from_line(rest.substr(0, rest.find('\n')));
  if (!rest.empty() && !mbox) mails.push_back({source.name, true, number + 1, {}});
  bool crlf = false;  // of this message: its first line says whether it was converted on its way
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    ++number;
    if (mbox && is_from_line(line)) {
      const auto next = rest.substr(0, rest.find('\n'));
      if (mails.empty() || is_header_line(next) || next.substr(0, 6) == ">From ") {
        if (mails.size() >= most)
          return input_error(
              "cannot read \"{}\": it holds more than {} messages; give the thread of one series",
              printable(source.name), most);
        mails.push_back({source.name, false, number + 1, {}});
        continue;
      }
    }
    const bool returned = !line.empty() && line.back() == '\r';
    if (mails.back().text.empty()) crlf = returned;
    if (crlf && returned) line.remove_suffix(1);
    if (mbox && is_quoted_from(line)) line.remove_prefix(1);
    mails.back().text.append(line).push_back('\n');
  }
  if (mails.size() == 1) mails[0].alone = true;
  return mails;
}

std::string_view header_block(std::string_view mail) {
  if (!mail.empty() && mail[0] == '\n') return {};
  const auto end = mail.find("\n\n");
  return end == std::string_view::npos ? mail : mail.substr(0, end + 1);
}

std::string_view body_of(std::string_view mail) {
  const auto head = header_block(mail).size();
  return head >= mail.size() ? std::string_view{} : mail.substr(head + 1);
}

std::vector<std::string> headers(std::string_view mail, std::string_view name) {
  std::vector<std::string> values;
  std::string_view block = header_block(mail);
  while (!block.empty()) {
    const auto line = take_line(block);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        to_lower(line.substr(0, name.size())) != name)
      continue;
    std::string value(trim(line.substr(name.size() + 1)));
    while (!block.empty() && (block[0] == ' ' || block[0] == '\t')) {
      const auto more = trim(take_line(block));
      if (!value.empty()) value += ' ';
      value.append(more);
    }
    values.push_back(std::move(value));
  }
  return values;
}

std::string header(std::string_view mail, std::string_view name) {
  const auto values = headers(mail, name);
  return values.empty() ? "" : values.front();
}

std::string headers_without(std::string_view mail, const std::vector<std::string_view>& names) {
  std::string kept;
  bool dropped = false;
  for (std::string_view block = header_block(mail); !block.empty();) {
    const auto line = take_line(block);
    const bool folded = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    if (!folded) {
      const std::string lower = to_lower(line.substr(0, 40));
      dropped = std::any_of(names.begin(), names.end(),
                            [&](auto name) { return lower.compare(0, name.size(), name) == 0; });
    }
    if (!dropped) kept.append(line).push_back('\n');
  }
  return kept;
}

}  // namespace klab
