// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "fuzz/target.hpp"
#include "intake/answered_mail.hpp"
#include "intake/diff_check.hpp"
#include "intake/diff_path.hpp"
#include "intake/loose_text.hpp"
#include "intake/read_series.hpp"
#include "intake/trailers.hpp"
#include "util/mail_words.hpp"
#include "util/text.hpp"

namespace klab::fuzz {
namespace {

constexpr std::size_t most_messages = 40;

void hold_mail(const RawMail& mail, std::string_view input) {
  hold(mail.text.find('\0') == std::string::npos, "a mail holds a NUL byte");
  hold(mail.text.empty() || mail.text.back() == '\n', "a mail does not end its last line");
  hold(mail.first_line >= 1, "line {}", mail.first_line);
  // Two bytes of UTF-16 become three of UTF-8 at most.
  const bool wide = input.starts_with("\xFF\xFE") || input.starts_with("\xFE\xFF");
  hold(mail.text.size() <= (wide ? input.size() * 3 / 2 : input.size()) + 1, "a mail is longer than its source");
  const auto head = header_block(mail.text), body = body_of(mail.text);
  hold(head.size() + body.size() <= mail.text.size(), "head and body overlap");
  for (const char* name : {"from", "subject", "content-type"})
    hold(header(mail.text, name).find('\n') == std::string::npos, "a header was not unfolded");
  if (!has_mail_headers(mail.text))
    hold(has_mail_headers(mail_from_loose_text(mail.text, "f")), "loose text was given no headers");
  for (const auto& line : prerequisite_lines(mail.text))
    hold(line.starts_with("prerequisite-"), "\"{}\" is no prerequisite", printable(line));
  hold(line_value(mail.text, "base-commit").size() < 300, "a value without end");
  Message reply;
  reply.body = mail.text;
  const auto trailers = offered_trailers(reply);
  hold(trailers.size() <= 50, "{} trailers of one reply", trailers.size());
  for (const auto& trailer : trailers)
    hold(trailer.find("y: ") != std::string::npos && trailer.find('@') != std::string::npos, "no trailer: {}",
         printable(trailer));
}

void hold_answered(const AnsweredMail& answered) {
  hold(printable(answered.subject) == answered.subject, "a subject that is not inert");
  hold(answered.recipients.size() <= most_recipients && answered.left_out >= 0, "{} recipients", answered.recipients.size());
  auto people = answered.recipients;
  if (!answered.sender.empty()) people.push_back(answered.sender);
  hold(people.empty() || !answered.sender.empty(), "recipients of a mail that nobody has sent");
  for (const auto& one : people)
    hold(!mail_address(one).empty() && printable(one) == one, "\"{}\" is nobody to write to", printable(one));
}

void hold_series(const Series& series) {
  hold(!series.patches.empty(), "a series without patches");
  hold_answered(series.answered);
  int number = 0;
  for (const auto& patch : series.patches) {
    hold(patch.number == ++number, "patch {} came where {} was due", patch.number, number);
    hold(!patch.files.empty(), "a patch without files");
    for (const auto& file : patch.files)
      hold(path_objection(file).empty(), "\"{}\" was let through", printable(file));
    const auto split = split_mailbox({"m", patch.mail}, 2);
    hold(split && split->size() == 1, "a composed mail is not one mail");
    hold(has_mail_headers((*split)[0].text), "a composed mail has no headers");
  }
}

}  // namespace

void mail(std::string_view input) {
  const RawSource source{"f", std::string(input)};
  const auto mails = split_mailbox(source, most_messages);
  if (!mails) {
    hold_error(mails.error(), "cannot read \"f\": ");
  } else {
    hold(mails->size() <= most_messages, "{} messages", mails->size());
    int line = 0;
    for (const auto& mail : *mails) {
      hold(mail.first_line > line, "messages out of order");
      line = mail.first_line;
      hold(mail.alone == (mails->size() == 1), "alone among {}", mails->size());
      hold_mail(mail, input);
    }
  }
  IntakeOptions options;
  options.max_bytes = 1u << 20;
  options.max_messages = most_messages;
  options.max_patches = 20;
  const auto series = read_series({source}, options);
  if (series) return hold_series(*series);
  hold_error(series.error(), "cannot ");
  hold(series.error().kind == ErrorKind::input, "a mail's fault is not the user's: {}", series.error().message);
}

}  // namespace klab::fuzz
