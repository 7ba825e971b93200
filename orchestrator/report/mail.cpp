// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/inert.hpp"
#include "report/layout.hpp"
#include "report/mail_headers.hpp"
#include "report/reproducer.hpp"
#include "report/text.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

using namespace report;  // NOLINT: the room's own helpers

constexpr std::size_t width = 72;
constexpr std::size_t most_subject = 500;  // columns

std::string section(std::string_view title, const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += wrap(line, width, 4, 2);
  return out.empty() ? out : fmt::format("\n{}\n{}", title, out);
}

// The series that is compared: an instrument's is none.
const Series* answered_series(const ExperimentPlan& plan) {
  for (auto arm = plan.arms.rbegin(); arm != plan.arms.rend(); ++arm)
    if (arm->series && *arm->series < plan.series.size()) return &plan.series[*arm->series];
  return nullptr;
}

// Archives write x for what they hide, and what had no address was given one that nobody has (RFC 2606).
bool takes_mail(const std::string& mailbox) {
  const auto address = to_lower(mail_address(mailbox));
  const auto domain = address.substr(std::min(address.rfind('@') + 1, address.size()));
  return !address.empty() && !domain.ends_with(".invalid") && domain.find_first_not_of('x') != domain.npos;
}

void address_mail(Mail& mail, const Series& series) {
  const auto& answered = series.answered;
  const auto& to = answered.sender.empty() ? series.author : answered.sender;
  if (takes_mail(to)) mail.to = printable(to);
  for (const auto& one : answered.recipients)
    if (takes_mail(one) && to_lower(mail_address(one)) != to_lower(mail_address(mail.to))) mail.cc.push_back(printable(one));
  mail.left_out = answered.left_out;
}

std::string in_reply(std::string_view subject) {
  while (to_lower(subject.substr(0, 3)) == "re:") subject = trim(subject.substr(3));
  return "Re: " + cut(printable(subject), most_subject);
}

std::string subject_of(const Series& series) {
  if (!series.answered.subject.empty()) return in_reply(series.answered.subject);
  std::string prefix = "PATCH";
  if (series.resend) prefix += " RESEND";
  if (series.rfc) prefix = "RFC " + prefix;
  if (series.version > 1) prefix += fmt::format(" v{}", series.version);
  const bool cover = !series.cover_message_id.empty() || !series.cover.empty();
  const auto count = series.patches.size();
  if (cover) prefix += fmt::format(" 0/{}", count);
  else if (count > 1) prefix += fmt::format(" 1/{}", count);
  const std::string title = cover || series.patches.empty() ? series.title : series.patches.front().subject;
  return in_reply(fmt::format("[{}] {}", prefix, title));
}

std::string hosts_section(const Provenance& provenance) {
  // What the host's firmware and microcode are decides nothing for a reader of a mail; the report has all.
  static constexpr std::string_view aside[] = {"series", "message", "host firmware", "host libvirt", "host microcode"};
  std::vector<std::string> lines;
  for (const auto& [key, value] : provenance.facts)
    if (std::find(std::begin(aside), std::end(aside), key) == std::end(aside) && value != "n/a") lines.push_back(key + ": " + value);
  return section("Where the numbers come from", lines);
}

std::string first_boot(const Comparison& comparison, bool patched) {
  for (const auto& row : comparison.rows)
    if (const auto& boots = patched ? row.patched : row.reference; !boots.empty()) return boots.front().boot;
  return {};
}

std::string reproducer_section(const MailSource& source, const Report& report) {
  const auto words = submit_words(source.plan, source.commits);
  std::string out = "\nTo repeat it\n";
  if (words) {
    out += shell_command(*words, width);
    if (std::find(words->begin(), words->end(), "series.mbox") != words->end())
      out += wrap("(series.mbox: this thread, saved)", width, 4, 2);
  } else {
    out += wrap("klab run, with an experiment file that has the arms named above", width, 4, 2);
  }
  if (!source.boots_reproduce || report.comparisons.empty()) return out;
  const auto& comparison = report.comparisons.front();
  const auto reference = first_boot(comparison, false), patched = first_boot(comparison, true);
  if (reference.empty() && patched.empty()) return out;
  out += wrap("One boot of either kernel, with QEMU alone:", width, 4, 2);
  for (const auto& [boot, label] : {std::pair{reference, comparison.reference}, std::pair{patched, comparison.patched}})
    if (!boot.empty()) out += fmt::format("      klab show --reproduce {:<8} # {}\n", cut(boot, 12), cut(label, 24));
  return out;
}

}  // namespace

Mail make_mail(const MailSource& source) {
  const Report report = inert(source.report);
  Mail mail;
  if (const auto* series = answered_series(source.plan)) {
    address_mail(mail, *series);
    mail.subject = subject_of(*series);
    mail.in_reply_to = thread_message_id(*series);
    if (!is_message_id(mail.in_reply_to)) mail.in_reply_to.clear();
  } else {
    mail.subject = "klab: " + printable(source.plan.title);
  }
  mail.body = mail_cover(source);
  const std::string tables = mail_tables(report);
  if (!tables.empty()) {
    mail.body += "\n" + tables;
    for (const auto& fresh : report.confirmation)
      if (const auto more = mail_tables(fresh); !more.empty()) mail.body += "\nFresh boots:\n\n" + more;
    mail.body += section("Verdicts", legend(report));
    auto said = method(report);
    // Of columns that a mail's table does not have.
    std::erase_if(said, [](const std::string& line) { return line.starts_with("CV:") || line.starts_with("could have seen:"); });
    mail.body += section("Numbers", said);
  }
  mail.body += hosts_section(report.provenance);
  mail.body += reproducer_section(source, report);
  return mail;
}

std::string render_mail(const Mail& mail) {
  std::string out;
  for (const auto& [name, people] : {std::pair{"To", mailbox_list({mail.to})}, std::pair{"Cc", mailbox_list(mail.cc)}})
    if (!people.empty()) out += plain_header(name, people, width);
  out += plain_header("Subject", mail.subject, width);
  if (!mail.in_reply_to.empty())
    out += plain_header("In-Reply-To", "<" + mail.in_reply_to + ">", width) + plain_header("References", "<" + mail.in_reply_to + ">", width);
  return out + "\n" + mail.body;
}

}  // namespace klab
