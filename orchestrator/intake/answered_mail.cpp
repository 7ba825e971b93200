// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/answered_mail.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "intake/charset.hpp"
#include "intake/mailbox.hpp"
#include "util/mail_words.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// The people of all headers of that name. Names are decoded after the commas: an encoded one may hold some.
std::vector<Mailbox> people(std::string_view mail, std::string_view name) {
  std::vector<Mailbox> found;
  for (const auto& value : headers(mail, name))
    for (const auto& text : split_mailboxes(value))
      if (auto mailbox = read_mailbox(text); !mailbox.address.empty()) {
        mailbox.name = trim(printable(decode_words(mailbox.name)));
        found.push_back(std::move(mailbox));
      }
  return found;
}

std::string text_of(const Mailbox& mailbox) {
  return mailbox.name.empty() ? mailbox.address : mailbox.name + " <" + mailbox.address + ">";
}

}  // namespace

AnsweredMail answered_mail(std::string_view mail, std::string_view subject, const std::string& sender) {
  auto senders = people(mail, "from"), others = people(mail, "to");
  for (auto& one : people(mail, "cc")) others.push_back(std::move(one));
  if (auto known = read_mailbox(sender); senders.empty() && !known.address.empty()) senders.push_back(std::move(known));
  std::set<std::string> written_to;
  for (const auto& one : others) written_to.insert(to_lower(one.address));
  // A relay's From: takes no mail. But where a list has put itself into Reply-To:, the sender would be lost.
  auto asked = people(mail, "reply-to");
  if (!asked.empty() && std::none_of(asked.begin(), asked.end(), [&](const Mailbox& one) { return written_to.count(to_lower(one.address)) > 0; }))
    senders = std::move(asked);

  AnsweredMail answered;
  answered.subject = printable(subject);
  if (senders.empty()) return answered;
  answered.sender = text_of(senders.front());
  std::set<std::string> known{to_lower(senders.front().address)};
  senders.erase(senders.begin());
  for (const auto* some : {&senders, &others})
    for (const auto& one : *some) {
      const auto address = to_lower(one.address);
      if (known.count(address)) continue;
      if (answered.recipients.size() >= most_recipients) {
        ++answered.left_out;
        continue;
      }
      known.insert(address);
      answered.recipients.push_back(text_of(one));
    }
  return answered;
}

}  // namespace klab
