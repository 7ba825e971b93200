// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "intake/mailbox.hpp"
#include "util/base64.hpp"

// What mail programs, lists and archives do to a patch, done to the output of git format-patch.
namespace klab::test {

inline std::vector<RawMail> messages_of(const std::string& mbox) {
  return *split_mailbox({"mbox", mbox}, 10'000);
}

inline std::string as_mbox(const std::vector<std::string>& mails) {
  std::string mbox;
  for (const auto& mail : mails) {
    mbox += "From mboxrd@z Thu Jan  1 00:00:00 1970\n";
    bool body = false;
    for (std::size_t at = 0; at < mail.size();) {
      const auto end = std::min(mail.find('\n', at), mail.size());
      const std::string line = mail.substr(at, end - at);
      body = body || line.empty();
      const auto quotes = line.find_first_not_of('>');
      if (body && quotes != std::string::npos && line.compare(quotes, 5, "From ") == 0) mbox += '>';
      mbox += line + "\n";
      at = end + 1;
    }
    mbox += "\n";
  }
  return mbox;
}

inline std::string with_crlf(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// Headers that say how the body is encoded replace those that git wrote.
inline std::string reencoded(const std::string& mail, const std::string& encoding, const std::string& body) {
  std::string headers;
  for (std::string_view block = header_block(mail); !block.empty();) {
    const auto end = block.find('\n');
    const auto line = block.substr(0, end + 1);
    if (line.find("MIME-Version") != 0 && line.find("Content-") != 0) headers += line;
    block.remove_prefix(end + 1);
  }
  return headers + "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: " +
         encoding + "\n\n" + body;
}

inline std::string quoted_printable(const std::string& mail) {
  std::string out;
  std::size_t column = 0;
  const auto body = body_of(mail);
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto c = static_cast<unsigned char>(body[i]);
    const bool ends_line = i + 1 < body.size() && body[i + 1] == '\n';
    std::string shown(1, body[i]);
    if (c != '\n' && (c < 32 || c > 126 || c == '=' || (c == ' ' && ends_line)))
      shown = fmt::format("={:02X}", c);
    if (c == '\n') column = 0;
    if (column + shown.size() > 75) {
      out += "=\n";
      column = 0;
    }
    out += shown;
    if (c != '\n') column += shown.size();
  }
  return reencoded(mail, "quoted-printable", out);
}

inline std::string base64_body(const std::string& mail, bool crlf = false) {
  const std::string body(body_of(mail));
  const std::string encoded = base64_encode(crlf ? with_crlf(body) : body);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += 76) lines += encoded.substr(at, 76) + "\n";
  return reencoded(mail, "base64", lines);
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? "missing: " + from : text.replace(at, from.size(), to);
}

inline std::string without_header(const std::string& mail, const std::string& name) {
  const auto at = mail.find(name + ":");
  if (at == std::string::npos) return mail;
  return mail.substr(0, at) + mail.substr(mail.find('\n', at) + 1);
}

inline std::string reply_to(const std::string& subject, const std::string& parent, const std::string& id,
                            const std::string& body) {
  return fmt::format(
      "From: Tejun Reviewer <reviewer@example.org>\nSubject: Re: {}\nDate: Thu, 4 Jun 2026 09:00:00 +0200\n"
      "Message-ID: <{}>\nIn-Reply-To: <{}>\nReferences: <{}>\n\n{}",
      subject, id, parent, parent, body);
}

}  // namespace klab::test
