// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "cli/exit_codes.hpp"
#include "cli/inspect.hpp"
#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

struct Log {
  std::string heading;
  std::string target;
  json::object about;
};

std::vector<Log> chosen_builds(const json::object& experiment, const LogsOptions& options) {
  std::vector<Log> logs;
  if (options.boot || options.slot || options.console) return logs;
  for (const auto& value : list(experiment, "arms")) {
    const auto& arm = as_object(value);
    const auto label = text(arm, "label");
    const auto& build = child(arm, "build");
    if (build.empty() || (!options.arm.empty() && label != options.arm)) continue;
    const auto id = integer(build, "id");
    const auto outcome = text(build, "outcome");
    logs.push_back({fmt::format("build {} of arm {}: {}", id, label, outcome.empty() ? "under way" : outcome),
                    fmt::format("/api/builds/{}/log", id),
                    {{"kind", "build"}, {"id", id}, {"arm", label}, {"outcome", outcome}}});
  }
  return logs;
}

std::vector<Log> chosen_consoles(const json::array& slots, std::string_view kind, const LogsOptions& options) {
  std::vector<Log> logs;
  if (options.build) return logs;
  for (const auto& slot_value : slots) {
    const auto& slot = as_object(slot_value);
    const auto label = text(slot, "arm");
    const auto place = integer(slot, "slot");
    if ((!options.arm.empty() && label != options.arm) || (options.slot && place != *options.slot)) continue;
    for (const auto& value : list(slot, "boots")) {
      const auto& boot = as_object(value);
      const auto id = integer(boot, "id");
      if (options.boot && id != *options.boot) continue;
      const auto outcome = text(boot, "outcome");
      logs.push_back(
          {fmt::format("console of {} {}, slot {}, arm {}: {}", kind, id, place, label,
                       outcome.empty() ? "under way" : outcome),
           fmt::format("/api/boots/{}/console", id),
           {{"kind", "console"}, {"id", id}, {"slot", place}, {"arm", label}, {"outcome", outcome}}});
    }
  }
  return logs;
}

}  // namespace

int logs(Streams& streams, Client& client, const LogsOptions& options) {
  if (options.build && (options.boot || options.slot || options.console))
    return fail(streams, input_error("cannot show logs: --build asks for build logs, --boot, --slot and "
                                     "--console for consoles; choose one"));
  auto reply = client.get(fmt::format("/api/experiments/{}", options.experiment));
  if (!reply) return fail(streams, reply.error());
  auto experiment = parse_object(*reply);
  if (!experiment) return fail(streams, experiment.error());

  auto chosen = chosen_builds(*experiment, options);
  for (auto& log : chosen_consoles(list(*experiment, "slots"), "boot", options)) chosen.push_back(std::move(log));
  for (auto& log : chosen_consoles(list(*experiment, "profile_slots"), "profile boot", options))
    chosen.push_back(std::move(log));
  const bool filtered =
      !options.arm.empty() || options.boot || options.slot || options.build || options.console;
  if (chosen.empty())
    return fail(streams,
                filtered
                    ? input_error("cannot show logs of experiment {}: it has none such; klab show {} lists "
                                  "its arms and boots",
                                  options.experiment, options.experiment)
                    : input_error("cannot show logs of experiment {}: nothing has been built or booted yet",
                                  options.experiment));
  json::array all;
  for (auto& log : chosen) {
    auto body = client.get(log.target);
    if (!body) return fail(streams, body.error());
    if (options.json) {
      log.about["text"] = printable_lines(body->body);
      all.push_back(std::move(log.about));
      continue;
    }
    // One log alone is printed bare, fit for a file.
    if (chosen.size() > 1) streams.out << "==> " << log.heading << " <==\n";
    streams.out << (streams.out_is_terminal && !options.raw ? printable_lines(body->body) : body->body);
    if (chosen.size() > 1) streams.out << (body->body.ends_with('\n') ? "\n" : "\n\n");
  }
  if (options.json)
    streams.out << json::serialize(json::object{{"experiment", options.experiment}, {"logs", std::move(all)}})
                << '\n';
  return exit_same_or_better;
}

}  // namespace klab::cli
