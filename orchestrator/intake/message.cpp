// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/message.hpp"

#include <string.h>

#include <algorithm>

#include "intake/diff_check.hpp"
#include "intake/git.hpp"
#include "intake/loose_text.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;  // linear, unlike find()
}

struct MailInfo {
  std::string name, address, subject, date, body, after;
};

// git mailinfo prints "Author: ", "Email: ", "Subject: " (once per line of a folded one) and "Date: ".
void take_info(std::string_view printed, MailInfo& info) {
  for (const auto& line : split_lines(printed)) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, colon);
    const std::string value(trim(std::string_view(line).substr(colon + 2)));
    if (key == "Author") info.name = value;
    if (key == "Email") info.address = value;
    if (key == "Date") info.date = value;
    if (key == "Subject" && !value.empty()) info.subject += (info.subject.empty() ? "" : " ") + value;
  }
}

Result<MailInfo> run_mailinfo(const std::string& mail, bool headers_in_body,
                              const std::filesystem::path& scratch) {
  std::string words;
  // A character set that git does not know is no reason to lose a patch: the second try leaves bytes as they
  // are.
  for (const char* recoding : {"--encoding=UTF-8", "-n"}) {
    std::vector<std::string> arguments{"mailinfo", "-k", recoding, "--scissors", "--quoted-cr=nowarn"};
    if (!headers_in_body) arguments.push_back("--no-inbody-headers");
    arguments.insert(arguments.end(), {"message", "patch"});
    auto ran = run_isolated_git(scratch, arguments, mail);
    if (!ran) return ran.error();
    if (!ran->ok()) {
      words = git_words(*ran);
      continue;
    }
    MailInfo info;
    take_info(ran->out, info);
    auto body = read_file(scratch / "message");
    auto after = read_file(scratch / "patch");
    if (!body) return body.error();
    if (!after) return after.error();
    info.body = std::move(*body);
    info.after = std::move(*after);
    return info;
  }
  return input_error("{}", words);
}

// Text whose every line ends in CR LF was converted on its way; a diff of a file with such lines has LF in
// its own headers.
void undo_crlf(std::string& text) {
  const auto diff = find_diff(text);
  const std::size_t from = diff.value_or(0);
  const auto end = text.find('\n', from);
  if (end == std::string::npos || end == 0 || text[end - 1] != '\r') return;
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') plain += text[i];
  text = std::move(plain);
}

bool opens_with_headers(std::string_view body) {
  std::string_view line = trim(body);
  line = line.substr(0, line.find('\n'));
  if (line.substr(0, 1) == ">") line.remove_prefix(1);
  const std::string lower = to_lower(line.substr(0, 16));
  for (std::string_view name : {"from:", "subject:", "date:", "from "})
    if (lower.compare(0, name.size(), name) == 0) return true;
  return false;
}

// The last <...> of In-Reply-To is the parent; References go from the thread's root to the parent.
std::vector<std::string> message_ids(std::string_view value) {
  std::vector<std::string> ids;
  while (ids.size() < 100) {
    const auto open = value.find('<');
    if (open == std::string_view::npos) break;
    const auto close = value.find('>', open);
    if (close == std::string_view::npos) break;
    ids.emplace_back(trim(value.substr(open + 1, close - open - 1)));
    value.remove_prefix(close + 1);
  }
  return ids;
}

std::string parameter(std::string_view content_type, std::string_view name) {
  for (const auto& part : split(content_type, ';')) {
    const auto item = trim(part);
    if (item.size() <= name.size() || item[name.size()] != '=' ||
        to_lower(item.substr(0, name.size())) != name)
      continue;
    auto value = trim(item.substr(name.size() + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

// Whether the part in which the diff starts is format=flowed. In a multipart mail the text may be flowed
// and an attached patch intact.
bool diff_is_flowed(std::string_view mail) {
  const auto is_flowed = [](std::string_view type) {
    return to_lower(parameter(type, "format")) == "flowed";
  };
  const std::string type = header(mail, "content-type");
  std::string_view rest = body_of(mail);
  const std::string boundary = parameter(type, "boundary");
  if (boundary.empty()) return is_flowed(type);
  bool flowed = false;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    if (line.substr(0, 2) == "--" && line.substr(2, boundary.size()) == boundary) {
      const auto part = rest.substr(line.size() + (end != std::string_view::npos));
      flowed = is_flowed(header(part.substr(0, 4096), "content-type"));
    } else if (line.substr(0, 11) == "diff --git " ||
               (line.substr(0, 4) == "--- " && line.find('/') != line.npos)) {
      return flowed;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

std::optional<int> line_of(const RawMail& mail, std::string_view part) {
  while (!part.empty() && part.back() == '\n') part.remove_suffix(1);
  const void* found = ::memmem(mail.text.data(), mail.text.size(), part.data(), part.size());
  if (!found || part.empty()) return {};
  return mail.first_line +
         static_cast<int>(std::count(mail.text.data(), static_cast<const char*>(found), '\n'));
}

bool needs_mailinfo(const RawMail& raw) {
  const std::string encoding = to_lower(header(raw.text, "content-transfer-encoding"));
  const std::string type = to_lower(header(raw.text, "content-type"));
  return encoding == "base64" || encoding == "quoted-printable" ||
         type.find("multipart/") != std::string::npos ||
         header(raw.text, "subject").find("=?") != std::string::npos || find_diff(raw.text).has_value();
}

}  // namespace

Result<Message> read_message(const RawMail& raw, const std::filesystem::path& scratch) {
  Message message;
  message.source = raw.source;
  message.alone = raw.alone;
  const bool is_mail = has_mail_headers(raw.text);
  const std::string mail = is_mail ? raw.text : mail_from_loose_text(raw.text, raw.source);
  const auto ids = message_ids(header(mail, "message-id"));
  if (!ids.empty()) message.message_id = ids.front();
  message.parents = message_ids(header(mail, "references"));
  for (auto& id : message_ids(header(mail, "in-reply-to"))) message.parents.push_back(std::move(id));
  message.has_quoted_diff = contains(raw.text, "\n> diff --git ") || contains(raw.text, "\n>diff --git ");

  if (!needs_mailinfo(raw)) {
    message.subject = parse_subject(header(mail, "subject"));
    message.title = message.subject.title;
    message.author = message.sender = header(mail, "from");
    message.date = header(mail, "date");
    message.body = std::string(body_of(mail));
    return message;
  }
  auto outer = run_mailinfo(mail, false, scratch);
  if (!outer) {
    if (outer.error().kind != ErrorKind::input) return outer.error();
    return input_error("cannot read \"{}\": git mailinfo: {} (in the mail \"{}\")", printable(raw.source),
                       outer.error().message, printable(header(mail, "subject")));
  }
  message.subject = parse_subject(outer->subject);
  message.title = message.subject.title;
  message.sender = fmt::format("{} <{}>", outer->name, outer->address);
  MailInfo info = std::move(*outer);
  if (opens_with_headers(info.body)) {
    auto inner = run_mailinfo(mail, true, scratch);
    if (!inner) return inner.error();
    info = std::move(*inner);
    const std::string title = parse_subject(info.subject).title;
    if (!title.empty()) message.title = title;
  }
  // git finds no address in "a <b>c@d": what it took must still pass for one when git am reads it again.
  if (info.address.find('@') == std::string::npos) info.address += "@address.invalid";
  undo_crlf(info.body);
  undo_crlf(info.after);
  message.author = fmt::format("{} <{}>", info.name, info.address);
  message.date = info.date;
  message.has_diff = find_diff(info.after).has_value();
  message.is_flowed = message.has_diff && diff_is_flowed(mail);
  if (message.has_diff) message.after_line = line_of(raw, info.after);
  message.body = std::move(info.body);
  message.after = std::move(info.after);
  return message;
}

std::string describe(const Message& message) {
  std::string text = message.subject.is_reply ? "Re: " : "";
  if (!message.subject.tags.empty() && message.subject.is_patch)
    text += fmt::format("[{}] ", join(message.subject.tags, " "));
  text += message.title;
  if (!message.title.empty()) return text;
  return message.message_id.empty() ? message.source : message.message_id;
}

}  // namespace klab
