// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/read_notify.hpp"

#include <algorithm>
#include <regex>

#include "config/toml_units.hpp"
#include "util/mail_words.hpp"

namespace klab {
namespace {

void read_path(TomlReader& reader, const char* key, std::filesystem::path& path) {
  std::string text;
  reader.read(key, text);
  path = text;
  if (!reader.failed() && !text.empty() && !path.is_absolute()) reader.fail_at(key, "must be an absolute path");
}

void read_bytes(TomlReader& reader, const char* key, std::optional<std::uint64_t>& bytes) {
  std::string text;
  reader.read(key, text);
  if (reader.failed() || !reader.has(key)) return;
  bytes = parse_bytes(text);
  if (!bytes) reader.fail_at(key, "must be a size such as \"50G\" or \"800M\"; leave it away for no limit");
}

// What of "Name <address>, ..." no mail can go to; nothing where all of it is fit for that.
std::optional<std::string> no_address(const std::string& people) {
  const auto mailboxes = split_mailboxes(people);
  if (mailboxes.empty()) return people;
  for (const auto& mailbox : mailboxes)
    if (mail_address(mailbox).empty()) return mailbox;
  return std::nullopt;
}

}  // namespace

void read_notify(TomlReader& reader, std::vector<NotifyChannel>& channels) {
  NotifyChannel channel;
  const std::vector<std::string> kinds{std::string(tell_regression), std::string(tell_quarantine), std::string(tell_night)};
  channel.on = kinds;
  reader.read("name", channel.name);
  reader.read_texts("on", channel.on);
  reader.read_texts("command", channel.command);
  reader.read("webhook", channel.webhook);
  read_path(reader, "header_file", channel.header_file);
  read_path(reader, "secret_file", channel.secret_file);
  read_path(reader, "mail_draft", channel.mail_draft);
  reader.read("mail_to", channel.mail_to);
  reader.read_range("attempts", channel.attempts, 1, 100);
  read_seconds(reader, "retry", channel.retry);
  if (reader.failed()) return;
  if (!std::regex_match(channel.name, std::regex("[A-Za-z0-9_.-]{1,64}")))
    return reader.fail_at("name", "must be a name of letters, digits, dots, dashes and underscores");
  if (std::any_of(channels.begin(), channels.end(), [&](const auto& other) { return other.name == channel.name; }))
    return reader.fail_at("name", fmt::format("\"{}\" is the name of another [[notify]]", channel.name));
  if (channel.on.empty()) return reader.fail_at("on", "must name something that is told; there are: " + join(kinds, ", "));
  for (const auto& kind : channel.on)
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      return reader.fail_at("on", fmt::format("\"{}\" is not told; there are: {}", printable(kind), join(kinds, ", ")));
  if (!channel.command.empty() + !channel.webhook.empty() + !channel.mail_draft.empty() != 1)
    return reader.fail("give one of command, webhook and mail_draft");
  if (channel.webhook.empty())
    for (const char* key : {"header_file", "secret_file"})
      if (reader.has(key)) return reader.fail_at(key, "goes with webhook");
  if (channel.mail_draft.empty() && reader.has("mail_to")) return reader.fail_at("mail_to", "goes with mail_draft");
  if (!channel.webhook.empty() && !channel.webhook.starts_with("http://") && !channel.webhook.starts_with("https://"))
    return reader.fail_at("webhook", "must begin with http:// or https://");
  if (printable(channel.webhook) != channel.webhook) return reader.fail_at("webhook", "must be printable");
  if (printable(channel.mail_to) != channel.mail_to) return reader.fail_at("mail_to", "must be printable");
  if (const auto nobody = reader.has("mail_to") ? no_address(channel.mail_to) : std::nullopt)
    return reader.fail_at("mail_to", fmt::format("\"{}\" is no address; give \"Name <name@example.org>\", several with commas between them",
                                                 printable(*nobody)));
  channels.push_back(std::move(channel));
}

void read_gc(TomlReader& reader, GcConfig& gc) {
  reader.read("daily", gc.daily);
  reader.read_range("keep_days", gc.keep_days, 1, 36'500);
  read_bytes(reader, "cache_size", gc.cache_size);
  read_bytes(reader, "boots_size", gc.boots_size);
}

}  // namespace klab
