// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/matrix_command.hpp"

#include <ostream>
#include <regex>

#include "cli/command_set.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/matrix_listing.hpp"
#include "config/matrix_file.hpp"
#include "stats/least_boots.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

// A series may have to be read, and every workload looked at.
constexpr std::chrono::seconds check_limit{300};

std::string encoded(std::string_view name) {
  std::string out;
  for (const unsigned char c : name)
    out += std::isalnum(c) || c == '-' || c == '_' || c == '.' ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

std::size_t width_of(const Streams& streams) {
  const int columns = streams.out_is_terminal ? streams.columns() : 120;
  return static_cast<std::size_t>(std::max(columns - 1, 60));
}

bool is_path(const std::string& name) { return name.find('/') != name.npos || name.ends_with(".toml"); }

int show_file(Streams& streams, const Config& config, const MatrixOptions& options) {
  auto matrix = load_matrix(options.name, config);
  if (!matrix) return fail(streams, matrix.error());
  const auto note = boots_note(matrix->boots.value_or(config.defaults.boots));
  if (options.json) {
    auto cells = expansion_json(*matrix);
    cells["note"] = note.empty() ? json::value(nullptr) : json::value(note);
    streams.out << json::serialize(cells) << '\n';
  } else {
    streams.out << render_expansion(*matrix, width_of(streams)) << (note.empty() ? "" : "note: " + note + "\n");
  }
  return exit_same_or_better;
}

Result<double> parse_budget(const std::string& text) {
  std::smatch parts;
  if (!text.empty() && std::regex_match(text, parts, std::regex("(?:([0-9]{1,3})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,6})s)?"))) {
    double seconds = 0.0;
    for (const auto& [part, unit] : {std::pair{1, 3600.0}, {2, 60.0}, {3, 1.0}})
      if (parts[static_cast<std::size_t>(part)].matched) seconds += std::stod(parts[static_cast<std::size_t>(part)]) * unit;
    if (seconds >= 1.0 && seconds <= 7 * 86400.0) return seconds;
  }
  return input_error("cannot use the budget \"{}\": give a time such as 6h, 90m or 2h30m", printable(text));
}

// Until the night is over; its answer.
Result<json::object> follow(Streams& streams, Client& client, std::int64_t id) {
  client.detach_on_interrupt();
  std::string said;
  for (;;) {
    auto reply = client.get(fmt::format("/api/nights/{}", id));
    if (!reply) return reply.error();
    auto night = parse_object(*reply);
    if (!night || number(*night, "finished")) return night;
    const auto progress = night_progress(*night);
    if (progress != said) streams.err << fmt::format("night {}: {}\n", id, progress) << std::flush;
    said = progress;
    client.pause(std::chrono::seconds(2));
    if (client.interrupted()) return make_error(ErrorKind::stopped, "detached; night {0} goes on, klab matrix night {0} says how far it is", id);
  }
}

int run(Streams& streams, Client& client, const MatrixOptions& options) {
  json::object body;
  if (!options.budget.empty()) {
    auto seconds = parse_budget(options.budget);
    if (!seconds) return fail(streams, seconds.error());
    body["budget"] = *seconds;
  }
  client.set_limit(check_limit);
  auto reply = client.post("/api/matrices/" + encoded(options.name) + "/run", json::serialize(body));
  auto begun = reply ? parse_object(*reply) : Result<json::object>(reply.error());
  if (!begun) return fail(streams, begun.error());
  const auto id = integer(*begun, "id");
  const auto note = text(*begun, "note").empty() ? std::string() : fmt::format("note: {}\n", text(*begun, "note"));
  if (!options.wait) {
    if (options.json) streams.out << json::serialize(*begun) << '\n';
    else streams.out << fmt::format("night {} of {} has begun: {} cells; klab matrix night {} says how far it is\n", id, options.name,
                                    integer(child(*begun, "states"), "waiting"), id) << note;
    return exit_same_or_better;
  }
  streams.err << note << std::flush;
  auto night = follow(streams, client, id);
  if (!night && night.error().kind == ErrorKind::stopped) {
    streams.err << night.error().message << '\n';
    return exit_same_or_better;
  }
  if (!night) return fail(streams, night.error());
  if (options.json) streams.out << json::serialize(*night) << '\n';
  else streams.out << render_night(*night, width_of(streams));
  return night_exit_code(*night);
}

Result<Reply> ask(Client& client, const MatrixOptions& options) {
  const auto matrix = "/api/matrices/" + encoded(options.name);
  if (options.verb == "list") return client.get("/api/matrices");
  if (options.verb == "night") return client.get(fmt::format("/api/nights/{}", options.night.value_or(0)));
  if (options.verb != "accept") return client.get(matrix);
  json::object body{{"cell", options.cell}};
  if (options.night) body["night"] = *options.night;
  if (options.undo) body["undo"] = true;
  return client.post(matrix + "/accept", json::serialize(body));
}

std::string rendered(const MatrixOptions& options, const json::object& answer, std::size_t columns) {
  if (options.verb == "list") return render_matrices(answer, columns);
  if (options.verb == "show") return render_matrix(answer, columns);
  if (options.verb == "nights") return render_nights(answer, columns);
  if (options.verb == "night") return render_night(answer, columns);
  const auto& accepted = child(answer, "accepted");
  if (accepted.empty()) return fmt::format("{}: nothing is accepted any more; the newest good night counts\n", text(answer, "label"));
  return fmt::format("{}: night {} is good; later nights are compared with it\n", text(answer, "label"), integer(accepted, "night"));
}

}  // namespace

int matrix_command(Streams& streams, Client& client, const Config& config, const MatrixOptions& options) {
  if (options.verb == "show" && is_path(options.name)) return show_file(streams, config, options);
  if (options.verb == "run") return run(streams, client, options);
  auto reply = ask(client, options);
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  if (options.json) streams.out << json::serialize(*answer) << '\n';
  else streams.out << rendered(options, *answer, width_of(streams));
  return exit_same_or_better;
}

void add_matrix_verbs(CLI::App& matrix, MatrixOptions& options, const std::function<void(CLI::App*)>& ready) {
  const auto verb = [&](const char* name, const char* about, const char* what) {
    auto* sub = matrix.add_subcommand(name, about);
    if (what) sub->add_option("NAME", options.name, what)->required();
    sub->add_flag("--json", options.json, "JSON for programs");
    return sub;
  };
  ready(verb("list", "all matrices, when each runs, and what its last night gave", nullptr));
  ready(verb("show", "its cells, and how long each will take", "matrix; or a matrix file, which needs no klabd"));
  auto* run = verb("run", "a night of it now", "matrix");
  run->add_option("--budget", options.budget, "what has not begun by then is put off, such as 90m (default: none)")->type_name("TIME");
  run->add_flag("--wait", options.wait, "follow it and exit with its verdict");
  ready(run);
  ready(verb("nights", "its nights, newest first", "matrix"));
  auto* night = verb("night", "what a night gave, the worst first", nullptr);
  night->add_option("ID", options.night, "number of the night")->required()->check(positive_number());
  ready(night);
  auto* accept = verb("accept", "takes a cell as it is: later nights are compared with it", "matrix");
  accept->add_option("CELL", options.cell, "its label, or its number")->required();
  accept->add_option("--night", options.night, "as it was in this night (default: the newest that was measured)")->check(positive_number())->type_name("ID");
  accept->add_flag("--undo", options.undo, "as if nobody had accepted anything");
  ready(accept);
}

}  // namespace klab::cli
