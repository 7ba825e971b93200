// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/host_command.hpp"

#include <ostream>
#include <regex>

#include "cli/exit_codes.hpp"
#include "cli/host_listing.hpp"
#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

// A BMC that does not answer is asked several times.
constexpr std::chrono::seconds probe_limit{600};

// A name as part of a target.
std::string encoded(std::string_view name) {
  std::string out;
  for (const unsigned char c : name)
    out += std::isalnum(c) || c == '-' || c == '_' || c == '.' ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

Result<Reply> ask(Client& client, const HostOptions& options, double now) {
  if (options.verb == "list") return client.get("/api/hosts");
  const auto host = "/api/hosts/" + encoded(options.name);
  if (options.verb == "show") return client.get(host);
  if (options.verb == "health") return options.run ? client.post(host + "/health", {}) : client.get(host + "/health");
  json::object body;
  if (options.verb == "probe") client.set_limit(probe_limit);
  if (options.verb == "quarantine") body["reason"] = options.reason;
  if (options.verb == "reserve") {
    auto until = parse_until(options.until, now);
    if (!until) return until.error();
    body["person"] = options.person;
    body["until"] = *until;
  }
  return client.post(host + "/" + options.verb, body.empty() ? std::string() : json::serialize(body));
}

std::string rendered(const HostOptions& options, const json::object& answer, std::size_t columns) {
  if (options.verb == "list") return render_hosts(answer, columns);
  if (options.verb == "show") return render_host(answer);
  if (options.verb == "probe") return render_probe(answer);
  if (options.verb == "health" && !options.run) return render_health(answer, columns);
  return render_change(options.verb, answer);
}

}  // namespace

Result<double> parse_until(const std::string& text, double now) {
  std::smatch parts;
  std::optional<double> until;
  if (std::regex_match(text, parts, std::regex(R"(\+([0-9]{1,4})([mhd]))"))) {
    const char unit = parts[2].str().front();
    until = now + std::stod(parts[1]) * (unit == 'm' ? 60.0 : unit == 'h' ? 3600.0 : 86400.0);
  } else {
    until = parse_local_time(text);
  }
  if (!until)
    return input_error("cannot reserve until \"{}\": give a local time such as \"2026-11-21 18:00\", or +30m, +2h, +1d", printable(text));
  if (*until <= now) return input_error("cannot reserve until \"{}\": that is over; give a time to come", printable(text));
  return *until;
}

int host_command(Streams& streams, Client& client, const HostOptions& options, double now) {
  auto reply = ask(client, options, now);
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  const int columns = streams.out_is_terminal ? streams.columns() : 120;
  if (options.json) streams.out << json::serialize(*answer) << '\n';
  else streams.out << rendered(options, *answer, static_cast<std::size_t>(std::max(columns - 1, 60)));
  const bool judges = options.verb == "probe" || (options.verb == "health" && !options.run);
  const bool good = options.verb == "probe" ? flag(*answer, "good") : is_healthy(*answer);
  return judges && !good ? exit_no_result : exit_same_or_better;
}

void add_host_verbs(CLI::App& host, HostOptions& options, const std::function<void(CLI::App*)>& ready) {
  const auto verb = [&](const char* name, const char* about, bool named) {
    auto* sub = host.add_subcommand(name, about);
    if (named) sub->add_option("NAME", options.name, "host of the configuration")->required();
    sub->add_flag("--json", options.json, "JSON for programs");
    return sub;
  };
  ready(verb("list", "all hosts, and what each is doing", false));
  ready(verb("show", "everything about a host, and what happened to it", true));
  ready(verb("probe", "looks at it, says what is wrong and what mends it; 3 when something is", true));
  auto* health = verb("health", "what speaks for and against it; 3 when it is quarantined or its probe was bad", true);
  health->add_flag("--run", options.run, "submit an A/A run on it: a kernel against itself");
  ready(health);
  auto* reserve = verb("reserve", "keeps it for one person's experiments until a time", true);
  reserve->add_option("--for", options.person, "who, by the name that submits")->required()->type_name("PERSON");
  reserve->add_option("--until", options.until, "local time such as \"2026-11-21 18:00\", or +30m, +2h, +1d")
      ->required()
      ->type_name("TIME");
  ready(reserve);
  auto* quarantine = verb("quarantine", "nothing new runs on it until it is released", true);
  quarantine->add_option("--reason", options.reason, "why; shown to everybody who waits for it")->required()->type_name("TEXT");
  ready(quarantine);
  ready(verb("release", "ends its quarantine or reservation", true));
}

}  // namespace klab::cli
