// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/unwrap.hpp"

#include <algorithm>

#include "intake/charset.hpp"
#include "intake/diff_check.hpp"
#include "intake/loose_text.hpp"
#include "intake/mailbox.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

struct Part {
  std::string type;  // text/plain, lower case
  bool attached = false;
  bool flowed = false;
  std::string text;  // in UTF-8 where it named its character set
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

std::string decoded(std::string_view body, std::string_view encoding, std::string_view charset) {
  const std::string kind = to_lower(trim(encoding));
  std::string bytes = kind == "base64"             ? decode_base64(body)
                      : kind == "quoted-printable" ? decode_quoted_printable(body)
                                                   : std::string(body);
  return to_utf8(bytes, charset);
}

std::string type_of(std::string_view content_type) {
  return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

// The leaves of a multipart body, in order. Wrappings deeper than mail programs make are left closed.
void take_parts(std::string_view body, const std::string& boundary, int depth, std::vector<Part>& parts) {
  constexpr int most_depth = 8;
  constexpr std::size_t most_parts = 1000;
  std::string_view rest = body;
  bool inside = false;
  const char* start = rest.data();
  const auto close = [&](const char* end) {
    if (!inside || parts.size() >= most_parts) return;
    std::string_view part(start, static_cast<std::size_t>(end - start));
    if (!part.empty() && part.back() == '\n') part.remove_suffix(1);  // belongs to the boundary
    const std::string content_type = header(part, "content-type");
    const std::string disposition = to_lower(header(part, "content-disposition"));
    Part leaf;
    leaf.type = content_type.empty() ? "text/plain" : type_of(content_type);
    const std::string inner = parameter(content_type, "boundary");
    if (leaf.type.compare(0, 10, "multipart/") == 0 && !inner.empty() && depth < most_depth)
      return take_parts(body_of(part), inner, depth + 1, parts);
    std::string name = to_lower(parameter(disposition, "filename"));
    if (name.empty()) name = to_lower(parameter(content_type, "name"));
    leaf.attached = disposition.compare(0, 10, "attachment") == 0 || ends_with(name, ".patch") ||
                    ends_with(name, ".diff") || leaf.type == "text/x-patch" || leaf.type == "text/x-diff" ||
                    leaf.type == "message/rfc822";
    leaf.flowed = to_lower(parameter(content_type, "format")) == "flowed";
    leaf.text = decoded(body_of(part), header(part, "content-transfer-encoding"),
                        parameter(content_type, "charset"));
    if (!leaf.text.empty() && leaf.text.back() != '\n') leaf.text += '\n';
    parts.push_back(std::move(leaf));
  };
  while (!rest.empty()) {
    const char* at = rest.data();
    const auto line = take_line(rest);
    if (line.substr(0, 2) != "--" || line.substr(2, boundary.size()) != boundary) continue;
    const auto tail = trim(line.substr(2 + boundary.size()));
    if (!tail.empty() && tail != "--") continue;
    close(at);
    inside = tail.empty();
    start = rest.data();
    if (!inside) return;
  }
  close(body.data() + body.size());
}

constexpr int most_attached_depth = 3;
std::vector<UnwrappedMail> unwrapped(std::string_view mail, int depth);

// The mail with a diff that an attachment holds whole; empty when it holds something else.
std::string whole_mail(const Part& part, int depth) {
  std::string_view text = part.text;
  while (!text.empty() && text[0] == '\n') text.remove_prefix(1);
  if (text.substr(0, 5) == "From ") take_line(text);
  if (!has_mail_headers(text) || header(text, "subject").empty()) return {};
  if (depth >= most_attached_depth) return {};
  const auto plain = unwrapped(text, depth + 1);
  std::string mail = plain.size() == 1 && !plain[0].text.empty() ? plain[0].text : std::string(text);
  return find_diff(mail) ? mail : "";
}

std::string plain_mail(std::string_view mail, const std::string& body) {
  return headers_without(mail, {"content-type:", "content-transfer-encoding:", "mime-version:"}) +
         "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n" + body;
}

// In the thread of `outer`; a mail that stands for it has its Message-ID too.
std::string in_thread(std::string_view outer, const std::string& inner, bool stands_for_it) {
  std::string mail = headers_without(inner, stands_for_it ? std::vector<std::string_view>{"message-id:"}
                                                          : std::vector<std::string_view>{});
  const std::string id = header(outer, "message-id");
  if (stands_for_it && !id.empty()) mail += "Message-ID: " + id + "\n";
  if (header(inner, "references").empty()) {
    std::string references = header(outer, "references");
    const std::string parent = header(outer, "in-reply-to");
    if (references.empty()) references = parent;
    if (!stands_for_it && !id.empty()) references += " " + id;
    if (!references.empty()) mail += "References: " + references + "\n";
  }
  return mail + "\n" + std::string(body_of(inner));
}

std::vector<UnwrappedMail> of_parts(std::string_view mail, const std::vector<Part>& parts, int depth) {
  std::string text, diffs;
  std::vector<std::string> mails;
  bool text_flowed = false, diffs_flowed = false;
  std::string page;
  for (const auto& part : parts) {
    if (part.type == "text/html") {
      if (!part.attached) page += part.text;
      continue;
    }
    if (!part.attached) {
      if (part.type.compare(0, 5, "text/") != 0) continue;
      text += part.text;
      text_flowed = text_flowed || (part.flowed && find_diff(part.text));
      continue;
    }
    if (auto whole = whole_mail(part, depth); !whole.empty()) {
      mails.push_back(std::move(whole));
    } else if (find_diff(part.text)) {
      diffs += part.text;
      diffs_flowed = diffs_flowed || part.flowed;
    }
  }
  std::vector<UnwrappedMail> all;
  if (!mails.empty() && diffs.empty()) {
    if (mails.size() > 1) all.push_back({plain_mail(mail, text.substr(0, find_diff(text).value_or(text.size()))), false, false});
    for (const auto& one : mails) all.push_back({in_thread(mail, one, mails.size() == 1), false, false});
    return all;
  }
  if (diffs.empty() && trim(text).empty() && !page.empty()) return {{plain_mail(mail, page), false, true}};
  if (diffs.empty()) return {{plain_mail(mail, text), text_flowed, false}};
  text.resize(find_diff(text).value_or(text.size()));
  return {{plain_mail(mail, text + diffs), diffs_flowed, false}};
}

// What a clear text signature encloses, its dashes as they were.
std::string without_signature(std::string_view body) {
  constexpr std::string_view begin = "-----BEGIN PGP SIGNED MESSAGE-----";
  std::string text;
  enum { before, hashes, signed_text, after } place = before;
  while (!body.empty()) {
    auto line = take_line(body);
    if (place == before && trim(line) == begin) {
      place = hashes;
    } else if (place == hashes) {
      if (trim(line).empty()) place = signed_text;
    } else if (place == signed_text) {
      if (trim(line) == "-----BEGIN PGP SIGNATURE-----") break;
      if (line.substr(0, 2) == "- ") line.remove_prefix(2);
      text.append(line).push_back('\n');
    }
  }
  return text;
}

std::vector<UnwrappedMail> unwrapped(std::string_view mail, int depth) {
  const std::string content_type = header(mail, "content-type");
  const std::string boundary = parameter(content_type, "boundary");
  if (type_of(content_type).compare(0, 10, "multipart/") == 0 && !boundary.empty()) {
    std::vector<Part> parts;
    take_parts(body_of(mail), boundary, 0, parts);
    if (!parts.empty()) return of_parts(mail, parts, depth);
    return {{plain_mail(mail, std::string(body_of(mail))), false, false}};  // its boundaries were lost on the way
  }
  UnwrappedMail plain;
  plain.is_flowed = to_lower(parameter(content_type, "format")) == "flowed";
  plain.is_html = type_of(content_type) == "text/html";
  const std::string encoding = to_lower(trim(header(mail, "content-transfer-encoding")));
  const std::string charset = to_lower(parameter(content_type, "charset"));
  const bool encoded = encoding == "base64" || encoding == "quoted-printable";
  if (encoded || (!charset.empty() && charset != "utf-8" && charset != "us-ascii"))
    plain.text = plain_mail(mail, decoded(body_of(mail), encoding, charset));
  const std::string_view body = body_of(plain.text.empty() ? mail : std::string_view(plain.text));
  if (trim(body).substr(0, 34) == "-----BEGIN PGP SIGNED MESSAGE-----")
    plain.text = plain_mail(mail, without_signature(body));
  return {plain};
}

}  // namespace

std::string parameter(std::string_view value, std::string_view name) {
  for (std::string_view rest = value; !rest.empty();) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != ';'); ++end)
      if (rest[end] == '"') quoted = !quoted;
    const auto item = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || to_lower(trim(item.substr(0, equals))) != name) continue;
    auto found = trim(item.substr(equals + 1));
    if (found.size() >= 2 && found.front() == '"' && found.back() == '"')
      found = found.substr(1, found.size() - 2);
    return std::string(found);
  }
  return {};
}

std::vector<UnwrappedMail> unwrap_mail(std::string_view mail) { return unwrapped(mail, 0); }

}  // namespace klab
