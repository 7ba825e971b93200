// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/report_command.hpp"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/sender.hpp"
#include "intake/mailbox.hpp"
#include "report/b4_check.hpp"
#include "report/mail_draft.hpp"
#include "util/file.hpp"
#include "util/mail_words.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

constexpr std::size_t most_mail = 64u << 20;

int write_out(Streams& streams, const std::string& output, const std::string& text) {
  if (output.empty() || output == "-") {
    streams.out << (streams.out_is_terminal ? printable_lines(text) : text);
  } else if (auto written = write_file_atomic(output, text); !written) {
    return fail(streams, written.error());
  }
  return exit_same_or_better;
}

// As the value of a query.
std::string encoded(std::string_view text) {
  std::string out;
  for (const unsigned char c : text)
    out += (c < 128 && std::isalnum(c)) || c == '-' || c == '_' || c == '.' ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

// The number of the experiment; 0: there is none with that mail.
Result<std::int64_t> find_experiment(Streams& streams, Client& client, const std::string& message) {
  std::string id = message;
  if (message == "-") {
    std::string mail{std::istreambuf_iterator<char>(streams.in), {}};
    auto mails = mail.size() > most_mail ? Result<std::vector<RawMail>>(input_error("cannot read the mail: it has more than 64 MiB"))
                                         : split_mailbox({"-", std::move(mail)}, 2);
    if (!mails) return mails.error();
    id = mails->empty() ? std::string() : header(mails->front().text, "message-id");
    if (trim(id).empty()) return input_error("cannot find the experiment of the mail: it has no Message-ID");
  }
  id = trim(id);
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  auto reply = client.get("/api/messages?id=" + encoded(id));
  if (!reply) return reply.error();
  auto answer = parse_object(*reply);
  if (!answer) return answer.error();
  return integer(*answer, "experiment");
}

int send(Streams& streams, const Config& config, const Mail& mail, const MailSender& sender) {
  if (mail_address(mail.to).empty())
    return fail(streams, input_error("cannot send the mail: the series names nobody to reply to; write the draft with --mbox and address it"));
  ProcessSpec spec;
  spec.argv = config.mail.sendmail;
  spec.standard_input = render_draft(mail, sender);
  spec.merge_stderr = true;
  spec.deadline = std::chrono::minutes(2);
  auto ended = run_process_blocking(std::move(spec));
  const auto& program = config.mail.sendmail.front();
  if (!ended) {
    Error error = ended.error();
    error.message = fmt::format("cannot send the mail with \"{}\": {}; mend mail.sendmail in klab.toml", printable(program), error.message);
    return fail(streams, error);
  }
  if (!ended->ok()) {
    Error error = lab_error("cannot send the mail: {}: {}; the draft is here: klab report --format mail --mbox", printable(program), ended->describe());
    error.tail = tail(printable_lines(ended->out), 20);
    return fail(streams, error);
  }
  const auto others = mail.cc.empty() ? std::string() : fmt::format(" and {} other{}", mail.cc.size(), mail.cc.size() == 1 ? "" : "s");
  streams.out << fmt::format("sent to {}{} as <{}>\n", printable(mail.to), others, sender.message_id);
  return exit_same_or_better;
}

// The reply as klabd has made it. An older klabd says nothing of copies.
Result<Mail> fetch_mail(Client& client, std::int64_t experiment) {
  auto reply = client.get(fmt::format("/api/experiments/{}/report?format=mail-parts", experiment));
  if (!reply) return reply.error();
  auto parts = parse_object(*reply);
  if (!parts) return parts.error();
  Mail mail;
  mail.to = text(*parts, "to");
  for (const auto& one : list(*parts, "cc"))
    if (one.is_string()) mail.cc.push_back(printable(std::string_view(one.get_string())));
  mail.subject = text(*parts, "subject");
  mail.in_reply_to = text(*parts, "in_reply_to");
  mail.body = lines(*parts, "body");
  mail.left_out = static_cast<int>(std::clamp<std::int64_t>(integer(*parts, "left_out"), 0, 1'000'000'000));
  return mail;
}

int mail_command(Streams& streams, Client& client, const Config& config, const ReportOptions& options, std::int64_t experiment) {
  if (options.send && config.mail.sendmail.empty())
    return fail(streams, input_error("cannot send the mail: no command is configured for it; put [mail] sendmail = [\"msmtp\", \"-t\"] into klab.toml"));
  auto mail = fetch_mail(client, experiment);
  if (!mail) return fail(streams, mail.error());
  if (mail->left_out > 0)
    streams.err << fmt::format("klab: Cc has {} people; the series went to {} more, who are left out\n", mail->cc.size(), mail->left_out);
  if (!options.send && !options.mbox) return write_out(streams, options.output, render_mail(*mail));
  const auto sender = this_sender(config.mail);
  if (!sender) return fail(streams, sender.error());
  // Who sends it has it.
  const auto own = to_lower(mail_address(sender->from));
  std::erase_if(mail->cc, [&](const std::string& one) { return to_lower(mail_address(one)) == own; });
  if (options.send) return send(streams, config, *mail, *sender);
  return write_out(streams, options.output, as_mbox(render_draft(*mail, *sender)));
}

}  // namespace

int report_command(Streams& streams, Client& client, const Config& config, const ReportOptions& options) {
  if ((options.mbox || options.send) && options.format != "mail")
    return fail(streams, input_error("cannot use --mbox and --send with --format {}: they belong to --format mail", options.format));
  if (options.mbox && options.send) return fail(streams, input_error("cannot use --mbox with --send: give one of them"));
  if (options.send && !options.output.empty()) return fail(streams, input_error("cannot use --output with --send: give one of them"));
  if ((options.experiment == 0) == options.message.empty())
    return fail(streams, input_error("cannot report: name an experiment, or a mail of its series with --message"));
  std::int64_t experiment = options.experiment;
  if (experiment == 0) {
    auto found = find_experiment(streams, client, options.message);
    if (!found) return fail(streams, found.error());
    experiment = *found;
    // For a reviewer's tool that asks about every series there is, this is no error.
    if (experiment == 0 && options.format == "b4-check") return write_out(streams, options.output, render_b4_nothing());
    if (experiment == 0)
      return fail(streams, input_error("cannot report: no experiment has a series with this mail; klab submit makes one"));
  }
  if (options.format == "mail") return mail_command(streams, client, config, options, experiment);
  auto reply = client.get(fmt::format("/api/experiments/{}/report?format={}", experiment, options.format));
  if (!reply) return fail(streams, reply.error());
  return write_out(streams, options.output, reply->body);
}

}  // namespace klab::cli
