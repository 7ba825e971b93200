// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/upkeep_command.hpp"

#include <ostream>
#include <regex>

#include "cli/command_set.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds gc_limit{3600};

std::uint64_t size_at(const json::object& of, const char* count) { return static_cast<std::uint64_t>(integer(child(of, count), "bytes")); }
std::int64_t number_at(const json::object& of, const char* count) { return integer(child(of, count), "number"); }

void print_gc(std::ostream& out, const json::object& answer) {
  out << fmt::format("{:14} {:>20} {:>20} {:>20}\n", "", flag(answer, "dry_run") ? "would go" : "freed", "kept", "of it, still needed");
  const auto cell = [](const json::object& kind, const char* key) { return fmt::format("{} in {}", human_bytes(size_at(kind, key)), number_at(kind, key)); };
  for (const auto& value : list(answer, "kinds"))
    out << fmt::format("{:14} {:>20} {:>20} {:>20}\n", text(as_object(value), "kind"), cell(as_object(value), "freed"),
                       cell(as_object(value), "kept"), cell(as_object(value), "in_use"));
  out << fmt::format("{} {} in {} entries; samples, consoles and logs stay in the database\n", flag(answer, "dry_run") ? "would free" : "freed",
                     human_bytes(size_at(answer, "freed")), number_at(answer, "freed"));
  const auto say = [&](const char* key, const char* what) {
    for (const auto& value : list(answer, key))
      if (const auto* words = value.if_string()) out << what << printable(std::string_view(words->data(), words->size())) << '\n';
  };
  say("unknown", "left alone, not klab's: ");
  say("notes", "note: ");
}

}  // namespace

std::optional<double> parse_age(const std::string& typed) {
  std::smatch parts;
  if (!std::regex_match(typed, parts, std::regex("([0-9]{1,6})([hdw])"))) return std::nullopt;
  const char unit = parts[2].str().front();
  return std::stod(parts[1]) * (unit == 'h' ? 3600.0 : unit == 'd' ? 86400.0 : 7.0 * 86400.0);
}

void add_gc_options(CLI::App& gc, GcOptions& options) {
  gc.add_option("--older-than", options.older_than, "what was not used for so long goes, such as 30d, 12h, 2w")->type_name("AGE");
  gc.add_option("--cache-size", options.cache_size, "then the oldest, until the cache is no larger, such as 20G; 0: all that is not needed")->type_name("SIZE");
  gc.add_option("--boots-size", options.boots_size, "likewise for the images of boots, which --reproduce needs")->type_name("SIZE");
  gc.add_flag("--dry-run", options.dry_run, "only say what would go");
  gc.add_flag("--json", options.json, "JSON for programs");
}

int gc(Streams& streams, Client& client, const GcOptions& options) {
  json::object body{{"dry_run", options.dry_run}};
  if (!options.older_than.empty()) {
    const auto age = parse_age(options.older_than);
    if (!age) return fail(streams, input_error("cannot use --older-than \"{}\": give an age such as 30d, 12h or 2w", printable(options.older_than)));
    body["older_than"] = *age;
  }
  for (const auto& [name, key, typed] : {std::tuple{"--cache-size", "cache_size", &options.cache_size},
                                         std::tuple{"--boots-size", "boots_size", &options.boots_size}}) {
    if (typed->empty()) continue;
    const auto bytes = parse_bytes(*typed);
    if (!bytes) return fail(streams, input_error("cannot use {} \"{}\": give a size such as 20G or 800M", name, printable(*typed)));
    body[key] = *bytes;
  }
  client.set_limit(gc_limit);
  auto reply = client.post("/api/gc", json::serialize(body));
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  if (options.json) streams.out << json::serialize(*answer) << '\n';
  else print_gc(streams.out, *answer);
  return exit_same_or_better;
}

void add_notification_options(CLI::App& app, NotificationOptions& options) {
  app.add_flag("--json", options.json, "JSON for programs");
  auto* retry = app.add_subcommand("retry", "tries again what was given up, or waits");
  retry->add_option("ID", options.id, "notification")->required()->check(positive_number());
  retry->callback([&options] { options.verb = "retry"; });
}

int notifications(Streams& streams, Client& client, const NotificationOptions& options) {
  if (options.verb == "retry") {
    auto reply = client.post(fmt::format("/api/notifications/{}/retry", options.id), {});
    if (!reply) return fail(streams, reply.error());
    if (options.json) streams.out << reply->body << '\n';
    else streams.out << fmt::format("notification {} is tried again\n", options.id);
    return exit_same_or_better;
  }
  auto reply = client.get("/api/notifications");
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  if (options.json) {
    streams.out << json::serialize(*answer) << '\n';
    return exit_same_or_better;
  }
  bool any = false;
  for (const auto& value : list(*answer, "notifications")) {
    const auto& n = as_object(value);
    any = true;
    streams.out << fmt::format("{:5}  {}  {:10} {:12} {}\n", integer(n, "id"), local_time(number(n, "created").value_or(0.0)), text(n, "state"), text(n, "channel"),
                               text(n, "subject"));
    if (const auto error = text(n, "last_error"); !error.empty())
      streams.out << fmt::format("       {} attempts; {}\n", integer(n, "attempts"), error);
  }
  if (!any) streams.out << "nothing was told yet; [[notify]] in klab.toml says whom to tell what\n";
  return exit_same_or_better;
}

}  // namespace klab::cli
