// SPDX-License-Identifier: GPL-3.0-or-later
// Who is told of what: a [[notify]] that could tell nobody, and a key of it that would do nothing, are refused.
#include <catch2/catch.hpp>

#include "config/config.hpp"

using namespace klab;

namespace {

Result<Config> parsed(const std::string& keys) {
  ConfigEnvironment environment;
  environment.home = "/home/u";
  environment.share = "/share";
  return parse_config("[[notify]]\nname = \"n\"\n" + keys, "klab.toml", environment);
}

// `keys` stand from the third line on.
std::string refusal(const std::string& keys) {
  const auto config = parsed(keys);
  REQUIRE(config.has_error());
  CHECK(config.error().kind == ErrorKind::input);
  return config.error().message;
}

}  // namespace

TEST_CASE("notify: a webhook, a command and a draft, each with what belongs to it") {
  const auto hook = parsed("webhook = \"https://chat.example.org/x\"\nheader_file = \"/etc/h\"\nsecret_file = \"/etc/s\"\nattempts = 3\nretry = 5\n");
  REQUIRE(hook.has_value());
  CHECK(hook->notify.at(0).secret_file == "/etc/s");
  CHECK(hook->notify.at(0).on.size() == 3);
  const auto command = parsed("command = [\"told\"]\non = [\"nightly finished\"]\n");
  REQUIRE(command.has_value());
  CHECK(command->notify.at(0).on == std::vector<std::string>{"nightly finished"});
  const auto draft = parsed("mail_draft = \"/home/u/Maildir\"\nmail_to = \"Jürgen Müller <j@example.org>, lab@example.org\"\n");
  REQUIRE(draft.has_value());
  CHECK(draft->notify.at(0).mail_to == "Jürgen Müller <j@example.org>, lab@example.org");
  CHECK(parsed("mail_draft = \"/home/u/Maildir\"\n").has_value());
}

TEST_CASE("notify: a key that would do nothing is refused") {
  const std::string command = "command = [\"told\"]\n", webhook = "webhook = \"https://x.example.org\"\n", draft = "mail_draft = \"/m\"\n";
  CHECK(refusal(command + "secret_file = \"/s\"\n") == "cannot use \"klab.toml\": line 4: notify[0].secret_file: goes with webhook");
  CHECK(refusal(command + "header_file = \"/h\"\n") == "cannot use \"klab.toml\": line 4: notify[0].header_file: goes with webhook");
  CHECK(refusal(draft + "secret_file = \"/s\"\n") == "cannot use \"klab.toml\": line 4: notify[0].secret_file: goes with webhook");
  CHECK(refusal(webhook + "mail_to = \"a@b.org\"\n") == "cannot use \"klab.toml\": line 4: notify[0].mail_to: goes with mail_draft");
  CHECK(refusal(command + "mail_to = \"a@b.org\"\n") == "cannot use \"klab.toml\": line 4: notify[0].mail_to: goes with mail_draft");
  CHECK(refusal(command + "on = []\n") ==
        "cannot use \"klab.toml\": line 4: notify[0].on: must name something that is told; there are: regression confirmed, "
        "host quarantined, nightly finished");
  CHECK(refusal(command + webhook) == "cannot use \"klab.toml\": line 1: notify[0]: give one of command, webhook and mail_draft");
}

TEST_CASE("notify: people without an address are refused where they stand") {
  const auto to = [](const std::string& people) { return refusal("mail_draft = \"/m\"\nmail_to = " + people + "\n"); };
  const auto no_address = [](const std::string& who) {
    return "cannot use \"klab.toml\": line 4: notify[0].mail_to: \"" + who +
           "\" is no address; give \"Name <name@example.org>\", several with commas between them";
  };
  CHECK(to("\"Jürgen Müller\"") == no_address("Jürgen Müller"));
  CHECK(to("\"\"") == no_address(""));
  CHECK(to("\"a@b.org, Ada\"") == no_address("Ada"));
  CHECK(to("\"Müller, Jürgen <j@example.org>\"") == no_address("Müller"));
  CHECK(to("\"Ada <ada@ex ample.org>\"") == no_address("Ada <ada@ex ample.org>"));
  CHECK(to("\"a@b.org\\nBcc: c@d.org\"") == "cannot use \"klab.toml\": line 4: notify[0].mail_to: must be printable");
  CHECK(parsed("mail_draft = \"/m\"\nmail_to = '\"Müller, Jürgen\" <j@example.org>'\n").has_value());
}
