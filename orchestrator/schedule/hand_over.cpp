// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/hand_over.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <ctime>

#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/mail_words.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds limit{30};

// A word in double quotes as curl's configuration has it.
std::string curl_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else out += c;
  }
  return out + "\"";
}

Result<std::string> read_or_nothing(const fs::path& path) {
  if (path.empty()) return std::string();
  return read_file(path);
}

asio::awaitable<Result<void>> run_or_say(ProcessSpec spec, std::string what, std::stop_token stop) {
  spec.merge_stderr = true;
  spec.deadline = limit;
  spec.output_limit = 64u << 10;
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (ended->ok()) co_return Result<void>{};
  const auto words = printable(trim(tail(ended->out, 3)));
  co_return lab_error("{}: {}{}{}", what, ended->describe(), words.empty() ? "" : ": ", words);
}

// A name for a maildir that is the same for every attempt: a draft that is there is not written again.
Result<void> write_draft(const NotifyChannel& channel, const Notification& n, const std::string& lab) {
  for (const char* part : {"tmp", "new", "cur"})
    if (auto made = make_directories(channel.mail_draft / part); !made) return made;
  const auto name = fmt::format("{}.klab_{}.{}", static_cast<long long>(n.created), sha256(notification_id(n, lab)).substr(0, 16), lab);
  std::error_code ignored;
  for (const char* part : {"new", "cur"})
    for (const auto& entry : fs::directory_iterator(channel.mail_draft / part, ignored))
      if (entry.path().filename().string().starts_with(name)) return {};
  if (auto written = write_file_atomic(channel.mail_draft / "tmp" / name, notification_mail(channel, n, lab)); !written) return written;
  std::error_code ec;
  fs::rename(channel.mail_draft / "tmp" / name, channel.mail_draft / "new" / name, ec);
  if (ec) return lab_error("cannot create \"{}\": {}", (channel.mail_draft / "new" / name).string(), ec.message());
  return {};
}

}  // namespace

std::string notification_id(const Notification& n, const std::string& lab) { return lab + "/" + n.event; }

std::string notification_json(const Notification& n, const std::string& lab) {
  boost::system::error_code error;
  auto facts = boost::json::parse(n.facts, error);
  return boost::json::serialize(boost::json::object{{"id", notification_id(n, lab)},
                                                    {"lab", lab},
                                                    {"event", n.event},
                                                    {"kind", n.kind},
                                                    {"subject", n.subject},
                                                    {"text", n.body},
                                                    {"time", n.created},
                                                    {"facts", error ? boost::json::value(nullptr) : std::move(facts)}});
}

std::string webhook_config(const NotifyChannel& channel, const Notification& n, const std::string& lab, const std::string& headers,
                           const std::string& secret) {
  const auto body = notification_json(n, lab);
  std::string config = "url = " + curl_quoted(channel.webhook) +
                       "\nrequest = \"POST\"\nproto = \"=http,https\"\nsilent\nshow-error\nfail\ngloboff\n"
                       "output = \"/dev/null\"\nmax-time = 25\nheader = \"Content-Type: application/json\"\n";
  config += "header = " + curl_quoted("X-Klab-Notification: " + notification_id(n, lab)) + "\n";
  if (!secret.empty()) config += "header = " + curl_quoted("X-Klab-Signature: sha256=" + hmac_sha256(secret, body)) + "\n";
  for (const auto& line : split_lines(headers))
    if (!trim(line).empty()) config += "header = " + curl_quoted(printable(trim(line))) + "\n";
  return config + "data-raw = " + curl_quoted(body) + "\n";
}

std::string notification_mail(const NotifyChannel& channel, const Notification& n, const std::string& lab) {
  char date[64] = "";
  const auto seconds = static_cast<std::time_t>(n.created);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc)) std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
  std::string mail = fmt::format("From: klab <klab@{}>\n", lab);
  if (!channel.mail_to.empty()) mail += fmt::format("To: {}\n", channel.mail_to);
  mail += text_header("Subject", "[klab] " + n.subject);
  mail += fmt::format("Date: {}\nMessage-ID: <{}@{}>\nX-Klab-Notification: {}\nMIME-Version: 1.0\n"
                      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
                      date, sha256(notification_id(n, lab)).substr(0, 32), lab, notification_id(n, lab));
  return mail + n.body;
}

asio::awaitable<Result<void>> hand_over(NotifyChannel channel, Notification n, std::string lab, std::stop_token stop) {
  if (!channel.mail_draft.empty()) co_return write_draft(channel, n, lab);
  ProcessSpec spec;
  if (!channel.command.empty()) {
    spec.argv = channel.command;
    spec.environment.emplace();
    for (char** entry = environ; *entry; ++entry) spec.environment->push_back(*entry);
    const std::pair<const char*, std::string> words[] = {{"KLAB_NOTIFICATION_ID", notification_id(n, lab)},
                                                         {"KLAB_NOTIFICATION_KIND", n.kind},
                                                         {"KLAB_NOTIFICATION_SUBJECT", n.subject}};
    for (const auto& [name, value] : words) spec.environment->push_back(fmt::format("{}={}", name, value));
    spec.standard_input = notification_json(n, lab) + "\n";
    auto what = fmt::format("cannot run \"{}\"", channel.command.front());
    co_return co_await run_or_say(std::move(spec), std::move(what), stop);
  }
  auto headers = read_or_nothing(channel.header_file);
  if (!headers) co_return headers.error();
  auto secret = read_or_nothing(channel.secret_file);
  if (!secret) co_return secret.error();
  spec.argv = {"curl", "--disable", "--config", "-"};
  spec.standard_input = webhook_config(channel, n, lab, *headers, std::string(trim(*secret)));
  auto what = fmt::format("cannot post to \"{}\"", webhook_place(channel.webhook));
  co_return co_await run_or_say(std::move(spec), std::move(what), stop);
}

}  // namespace klab
