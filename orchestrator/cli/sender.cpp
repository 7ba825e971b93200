// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/sender.hpp"

#include <pwd.h>
#include <unistd.h>

#include <ctime>

#include "util/mail_words.hpp"
#include "util/process.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::string git_config(const char* key) {
  ProcessSpec spec;
  spec.argv = {"git", "config", "--get", key};
  spec.deadline = std::chrono::seconds(10);
  auto ended = run_process_blocking(std::move(spec));
  return ended && ended->ok() ? std::string(trim(ended->out)) : std::string();
}

std::string person() {
  const auto email = git_config("user.email");
  if (!email.empty()) return git_config("user.name") + " <" + email + ">";
  const auto* entry = ::getpwuid(::getuid());
  if (entry == nullptr) return {};
  const std::string name = split(entry->pw_gecos ? entry->pw_gecos : "", ',').front();
  return fmt::format("{} <{}@{}>", name, entry->pw_name, host_name());
}

std::string date_of(std::time_t when) {
  std::tm local{};
  ::localtime_r(&when, &local);
  char text[64];
  return {text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &local)};
}

}  // namespace

Result<MailSender> this_sender(const MailConfig& config) {
  MailSender sender;
  sender.from = config.from.empty() ? person() : config.from;
  const auto address = mail_address(sender.from);
  if (address.empty())
    return input_error("cannot write a mail from \"{}\": that is no address; git config --global user.email YOU@EXAMPLE.ORG", printable(sender.from));
  const auto now = std::time(nullptr);
  sender.date = date_of(now);
  // Of the sender's domain: receivers look at it, and this host's own name may mean nothing outside.
  sender.message_id = fmt::format("klab.{:x}.{:016x}@{}", now, entropy_seed(), address.substr(address.rfind('@') + 1));
  return sender;
}

}  // namespace klab::cli
