// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/message.hpp"

#include <string.h>

#include <algorithm>

#include "intake/answered_mail.hpp"
#include "intake/charset.hpp"
#include "intake/diff_check.hpp"
#include "intake/git.hpp"
#include "intake/loose_text.hpp"
#include "intake/unwrap.hpp"
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

bool opens_with_headers(std::string_view body) {
  std::string_view line = trim(body);
  line = line.substr(0, line.find('\n'));
  if (line.substr(0, 1) == ">") line.remove_prefix(1);
  const std::string lower = to_lower(line.substr(0, 16));
  for (std::string_view name : {"from:", "subject:", "date:", "from ", "[patch"})
    if (lower.compare(0, name.size(), name) == 0) return true;
  return false;
}

// Dashes with ">8" or "8<" among them, and little else.
bool is_scissors(std::string_view line) {
  line = trim(line);
  std::size_t marks = 0, dashes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto two = line.substr(i, 2);
    if (two == ">8" || two == "8<" || two == ">%" || two == "%<") {
      ++marks;
      ++i;
    } else if (line[i] == '-' || line[i] == ' ') {
      ++dashes;
    }
  }
  return marks > 0 && line.size() >= 4 && (marks * 2 + dashes) * 3 > line.size() * 2;
}

// Whether the mail is cut at its scissors. Two of them in a patch enclose something that its message quotes,
// unless headers follow.
bool is_cut(const Message& message) {
  if (message.is_reply) return true;
  std::string_view rest = std::string_view(message.body).substr(0, find_diff(message.body).value_or(message.body.size()));
  int scissors = 0;
  bool headers_follow = false, after_scissors = false;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (is_scissors(line)) {
      ++scissors;
      after_scissors = true;
      headers_follow = false;
    } else if (after_scissors && !trim(line).empty()) {
      headers_follow = opens_with_headers(line);
      after_scissors = false;
    }
  }
  return scissors < 2 || headers_follow;
}

Result<MailInfo> run_mailinfo(const std::string& mail, bool headers_in_body, bool cut,
                              const std::filesystem::path& scratch) {
  std::string words;
  // A character set that git does not know is no reason to lose a patch: the second try leaves bytes as they
  // are.
  for (const char* recoding : {"--encoding=UTF-8", "-n"}) {
    std::vector<std::string> arguments{"mailinfo", "-k", recoding, cut ? "--scissors" : "--no-scissors", "--quoted-cr=nowarn"};
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

std::optional<int> line_of(const Message& message, std::string_view part) {
  while (!part.empty() && part.back() == '\n') part.remove_suffix(1);
  const std::string& mail = message.mail;
  const void* found = ::memmem(mail.data(), mail.size(), part.data(), part.size());
  if (!found || part.empty()) return {};
  return message.first_line +
         static_cast<int>(std::count(mail.data(), static_cast<const char*>(found), '\n'));
}

bool quotes_a_diff(std::string_view body) {
  for (std::string_view quoted : {"\n> diff --git ", "\n>diff --git "})
    if (contains(body, quoted) || body.substr(0, quoted.size() - 1) == quoted.substr(1)) return true;
  return false;
}

bool quotes_a_mail(std::string_view body) {
  return (!body.empty() && body[0] == '>') || contains(body, "\n>");
}

// "name at host (Real Name)", as archives write addresses; others come back as they are.
std::string plain_sender(std::string sender) {
  const auto at = sender.find(" at ");
  if (sender.find('@') != std::string::npos || at == std::string::npos || at == 0) return sender;
  const auto end = std::min(sender.find(' ', at + 4), sender.size());
  const std::string address = sender.substr(0, at) + "@" + sender.substr(at + 4, end - at - 4);
  std::string name(trim(std::string_view(sender).substr(end)));
  if (name.size() >= 2 && name.front() == '(' && name.back() == ')') name = name.substr(1, name.size() - 2);
  return name.empty() ? address : fmt::format("{} <{}>", name, address);
}

// Of every header of that name, since some mail programs write two. What holds no @ names no mail: people
// have answered git's question for one with "yes", and are in no thread together.
std::vector<std::string> all_ids(std::string_view mail, std::string_view name) {
  std::vector<std::string> ids;
  for (auto& value : headers(mail, name))
    for (auto& id : message_ids(value))
      if (id.find('@') != std::string::npos) ids.push_back(std::move(id));
  return ids;
}

Message read_unwrapped(const RawMail& raw, const UnwrappedMail& plain) {
  const std::string_view mail = plain.text.empty() ? std::string_view(raw.text) : plain.text;
  Message message;
  message.source = raw.source;
  message.alone = raw.alone;
  message.first_line = raw.first_line;
  const auto ids = message_ids(header(mail, "message-id"));
  if (!ids.empty()) message.message_id = ids.front();
  message.parents = all_ids(mail, "references");
  for (auto& id : all_ids(mail, "in-reply-to")) message.parents.push_back(std::move(id));
  message.subject = parse_subject(decode_words(header(mail, "subject")));
  message.title = message.subject.title;
  message.author = message.sender = plain_sender(decode_words(header(mail, "from")));
  message.answered = answered_mail(mail, message.subject.line, message.sender);
  message.date = header(mail, "date");
  message.body = std::string(body_of(mail));
  message.has_diff = find_diff(message.body).has_value();
  message.is_flowed = message.has_diff && plain.is_flowed;
  message.is_html = message.has_diff && plain.is_html;
  message.has_quoted_diff = quotes_a_diff(message.body);
  message.is_reply = message.subject.is_reply ||
                     (!message.has_diff && message.subject.part != 0 && !message.parents.empty() &&
                      quotes_a_mail(message.body));
  if (message.has_diff) {  // the others are never given to git
    message.mail = raw.text;
    message.unwrapped = plain.text;
  }
  return message;
}

// The mail with From: and Subject: in plain UTF-8, and nothing that git would have to decode.
std::string for_mailinfo(const Message& message) {
  const std::string& mail = message.unwrapped.empty() ? message.mail : message.unwrapped;
  std::string out = headers_without(mail, {"from:", "subject:"});
  out = fmt::format("From: {}\nSubject: {}\n", message.sender, decode_words(header(mail, "subject"))) + out;
  return out + "\n" + std::string(body_of(mail));
}

}  // namespace

std::string_view Message::diff_text() const {
  const std::string_view text = after.empty() ? body : after;
  return text.substr(find_diff(text).value_or(text.size()));
}

std::vector<Message> read_mail(RawMail raw) {
  if (!has_mail_headers(raw.text)) {
    // What is added or put in other order moves lines, and the original is where they are counted.
    Message message = read_unwrapped(raw, {mail_from_loose_text(raw.text, raw.source), false, false});
    return {message};
  }
  std::vector<Message> messages;
  const auto mails = unwrap_mail(raw.text);
  for (const auto& mail : mails) messages.push_back(read_unwrapped(raw, mail));
  if (mails.size() > 1)
    for (auto& message : messages) message.alone = false;
  return messages;
}

Result<void> complete_message(Message& message, const std::filesystem::path& scratch) {
  const std::string mail = for_mailinfo(message);
  const bool cut = is_cut(message);
  auto outer = run_mailinfo(mail, false, cut, scratch);
  if (!outer) {
    if (outer.error().kind != ErrorKind::input) return outer.error();
    return input_error("cannot read \"{}\": git mailinfo: {} (in the mail \"{}\")", printable(message.source),
                       outer.error().message, printable(describe(message)));
  }
  MailInfo info = std::move(*outer);
  message.sender = fmt::format("{} <{}>", info.name, info.address);
  if (opens_with_headers(info.body)) {
    auto inner = run_mailinfo(mail, true, cut, scratch);
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
  message.after_line = line_of(message, info.after);
  message.body = std::move(info.body);
  message.after = std::move(info.after);
  return {};
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
