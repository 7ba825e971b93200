// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/inspect.hpp"

#include <algorithm>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/listing.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

// Asks for an object and shows it, as it came or rendered.
template <class Render>
int show_object(Streams& streams, Result<Reply> reply, bool json, Render render) {
  if (!reply) return fail(streams, reply.error());
  auto object = parse_object(*reply);
  if (!object) return fail(streams, object.error());
  if (json)
    streams.out << boost::json::serialize(*object) << '\n';
  else
    streams.out << render(*object);
  return exit_same_or_better;
}

}  // namespace

int status(Streams& streams, Client& client, int limit, bool json) {
  return show_object(streams, client.get(fmt::format("/api/experiments?limit={}", limit)), json,
                     [&](const boost::json::object& answer) {
                       const int columns = streams.out_is_terminal ? streams.columns() : 120;
                       return render_status(answer, static_cast<std::size_t>(std::max(columns - 1, 60)));
                     });
}

int show(Streams& streams, Client& client, const ShowOptions& options) {
  const int asked = options.experiment.has_value() + options.boot.has_value() + options.reproduce.has_value();
  if (asked != 1)
    return fail(streams, input_error("cannot show: name an experiment, or --boot B, or --reproduce B"));
  if (options.experiment)
    return show_object(streams, client.get(fmt::format("/api/experiments/{}", *options.experiment)),
                       options.json, render_experiment);
  if (options.boot)
    return show_object(streams, client.get(fmt::format("/api/boots/{}", *options.boot)), options.json,
                       render_boot);
  auto script = client.get(fmt::format("/api/boots/{}/reproduce", *options.reproduce));
  if (!script) return fail(streams, script.error());
  if (options.json)
    streams.out << boost::json::serialize(
                       boost::json::object{{"boot", *options.reproduce}, {"script", printable_lines(script->body)}})
                << '\n';
  else
    streams.out << (streams.out_is_terminal ? printable_lines(script->body) : script->body);
  return exit_same_or_better;
}

int cancel(Streams& streams, Client& client, std::int64_t experiment, bool json) {
  return show_object(streams, client.post(fmt::format("/api/experiments/{}/cancel", experiment), {}), json,
                     [&](const boost::json::object& answer) {
                       const auto state = text(answer, "state");
                       return state == "done" ? fmt::format("experiment {} is done\n", experiment)
                                              : fmt::format("experiment {} is being cancelled\n", experiment);
                     });
}

int compare(Streams& streams, Client& client, std::int64_t experiment, bool json) {
  auto reply = client.get(fmt::format("/api/experiments/{}/report?format={}", experiment, json ? "json" : "text"));
  if (!reply) return fail(streams, reply.error());
  streams.out << (streams.out_is_terminal ? printable_lines(reply->body) : reply->body);
  auto view = client.get(fmt::format("/api/experiments/{}", experiment));
  if (!view) return fail(streams, view.error());
  auto object = parse_object(*view);
  if (!object) return fail(streams, object.error());
  // While it runs, the verdict so far; a series that did not apply has an empty table, and has failed.
  const auto outcome = text(*object, "outcome");
  if (outcome.empty()) return reply->exit_code.value_or(exit_no_result);
  return exit_code_of(outcome_from_name(outcome), reply->exit_code);
}

}  // namespace klab::cli
