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
constexpr std::size_t body_width = 78;  // what RFC 5322 wants of a line

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

// What it printed.
asio::awaitable<Result<std::string>> run_or_say(ProcessSpec spec, std::string what, std::stop_token stop) {
  spec.merge_stderr = true;
  spec.deadline = limit;
  spec.output_limit = 64u << 10;
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (ended->ok()) co_return std::move(ended->out);
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

std::string notification_mail(const NotifyChannel& channel, const Notification& n, const std::string& lab) {
  char date[64] = "";
  const auto seconds = static_cast<std::time_t>(n.created);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc)) std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
  std::string mail = fmt::format("From: klab <klab@{}>\n", lab);
  mail += address_header("To", split_mailboxes(channel.mail_to));
  mail += text_header("Subject", "[klab] " + n.subject);
  mail += fmt::format("Date: {}\nMessage-ID: <{}@{}>\nX-Klab-Notification: {}\nMIME-Version: 1.0\n"
                      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
                      date, sha256(notification_id(n, lab)).substr(0, 32), lab, notification_id(n, lab));
  // Reasons have git's words in one line, however long.
  return mail + wrapped_body(printable_lines(n.body), body_width);
}

namespace {

// What curl is told, so that no header and no secret is among its arguments. With a secret the body is signed.
std::string webhook_config(const NotifyChannel& channel, const Notification& n, const std::string& lab, const std::string& headers,
                           const std::string& secret, const std::string& body) {
  std::string config = "url = " + curl_quoted(channel.webhook) +
                       "\nrequest = \"POST\"\nproto = \"=http,https\"\nsilent\nshow-error\ngloboff\n"
                       "output = \"/dev/null\"\nwrite-out = \"\\n%{http_code} %{redirect_url}\"\nmax-time = 25\n"
                       "header = \"Content-Type: application/json\"\n";
  config += "header = " + curl_quoted("X-Klab-Notification: " + notification_id(n, lab)) + "\n";
  if (!secret.empty()) config += "header = " + curl_quoted("X-Klab-Signature: sha256=" + hmac_sha256(secret, body)) + "\n";
  for (const auto& line : split_lines(headers))
    if (!trim(line).empty()) config += "header = " + curl_quoted(printable(trim(line))) + "\n";
  // At the end: curl reads the body when it reads this, and by then there is nothing else to come.
  return config + "data-binary = \"@-\"\n";
}

// Secrets are for no command line, and a body may be longer than a line of curl's configuration: both come by standard
// input, the configuration first, so many bytes of it.
constexpr const char* post_script = R"(exec 4<&0; head -c "$1" | curl --disable --config /dev/fd/3 3<&0 <&4)";

asio::awaitable<Result<void>> post(NotifyChannel channel, Notification n, std::string lab, std::stop_token stop) {
  auto headers = read_or_nothing(channel.header_file);
  if (!headers) co_return headers.error();
  auto secret = read_or_nothing(channel.secret_file);
  if (!secret) co_return secret.error();
  const auto body = notification_json(n, lab);
  const auto config = webhook_config(channel, n, lab, *headers, std::string(trim(*secret)), body);
  ProcessSpec spec;
  spec.argv = {"sh", "-c", post_script, "klab-webhook", std::to_string(config.size())};
  spec.standard_input = config + body;
  auto what = fmt::format("cannot post to \"{}\"", webhook_place(channel.webhook));
  auto answer = co_await run_or_say(std::move(spec), what, stop);
  if (!answer) co_return answer.error();
  // "302 https://elsewhere/", which curl takes for a success.
  const auto words = split(split(*answer, '\n').back(), ' ');
  if (words[0].starts_with('2')) co_return Result<void>{};
  if (words.size() > 1 && !words[1].empty())
    co_return lab_error("{}: it answers {} and leads to \"{}\": name the address that takes it", what, printable(words[0]), webhook_place(words[1]));
  co_return lab_error("{}: it answers {}", what, printable(words[0]));
}

}  // namespace

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
    auto ran = co_await run_or_say(std::move(spec), std::move(what), stop);
    if (!ran) co_return ran.error();
    co_return Result<void>{};
  }
  co_return co_await post(std::move(channel), std::move(n), std::move(lab), stop);
}

}  // namespace klab
