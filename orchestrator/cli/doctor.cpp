// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/doctor.hpp"

#include <boost/json.hpp>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

std::string_view word(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::note:
      return "note";
    case Health::missing:
      break;
  }
  return "missing";
}

bool nothing_missing(const std::vector<Check>& checks) {
  return std::none_of(checks.begin(), checks.end(),
                      [](const Check& c) { return c.health == Health::missing; });
}

}  // namespace

Check check_daemon(Client& client, const std::string& start) {
  Check check{"klabd", Health::ok, "", ""};
  auto reply = client.get("/api/version");
  auto answer = reply ? parse_object(*reply) : Result<boost::json::object>(reply.error());
  if (!answer) {
    // A daemon that does not run is no fault of the machine; a workstation has nothing else to work with.
    check.health = client.remote() ? Health::missing : Health::note;
    check.found = answer.error().message;
    check.command = start;
    return check;
  }
  const auto version = text(*answer, "version");
  check.found = fmt::format("version {} answers", version);
  if (version != KLAB_VERSION) {
    check.health = Health::note;
    check.found += fmt::format("; this is klab {}", KLAB_VERSION);
    check.command = client.remote() ? client.remote()->login() + " klab --version" : start == "./lab up" ? start : "systemctl restart klabd";
    check.why = "install the same version on both sides and restart klabd";
  }
  return check;
}

std::string render_checks(const std::vector<Check>& checks) {
  std::string out;
  for (const auto& check : checks) {
    out += fmt::format("{:<8}{}: {}\n", word(check.health), printable(check.what), printable(check.found));
    if (!check.command.empty())
      out += fmt::format("        {}{}\n", printable(check.command), check.why.empty() ? "" : "   # " + printable(check.why));
  }
  return out;
}

std::string render_checks_json(const std::vector<Check>& checks) {
  boost::json::array all;
  for (const auto& check : checks)
    all.push_back({{"what", printable(check.what)},
                   {"health", std::string(word(check.health))},
                   {"found", printable(check.found)},
                   {"command", printable(check.command)},
                   {"why", printable(check.why)}});
  return boost::json::serialize(
             boost::json::object{{"ok", nothing_missing(checks)}, {"checks", std::move(all)}}) +
         "\n";
}

int doctor(Streams& streams, Client& client, const Config& config, const DoctorHost& host, bool json) {
  std::vector<Check> checks;
  client.set_limit(std::chrono::seconds(5));
  if (client.remote()) {
    checks = check_workstation(config, host, *client.remote());
    checks.push_back(check_daemon(client, client.remote()->login() + " klab doctor"));
  } else {
    const auto daemon = check_daemon(client, is_installed(config) ? "systemctl start klabd" : "./lab up");
    checks = check_host(config, host);
    for (auto& check : check_service(config, host, daemon.health == Health::ok)) checks.push_back(std::move(check));
    checks.push_back(daemon);
  }
  streams.out << (json ? render_checks_json(checks) : render_checks(checks));
  return nothing_missing(checks) ? exit_same_or_better : exit_no_result;
}

}  // namespace klab::cli
