// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/listing.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "cli/json_read.hpp"
#include "cli/series_listing.hpp"
#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

std::string when(const json::object& object, std::string_view key) {
  const auto seconds = number(object, key);
  if (!seconds || !(*seconds > 0.0 && *seconds < 1e11)) return "";
  return utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(std::llround(*seconds))));
}

std::string lasted(const json::object& object) {
  const auto from = number(object, "started");
  const auto to = number(object, "finished");
  if (!from || !to || !(*to >= *from) || *to - *from > 1e9) return "";
  return human_duration(std::chrono::seconds(std::llround(*to - *from)));
}

std::string short_hash(const std::string& hash) { return printable(hash.substr(0, 12)); }

std::string comma_list(const json::array& values) {
  std::vector<std::string> parts;
  for (const auto& value : values)
    if (value.is_string()) parts.push_back(printable({value.get_string().data(), value.get_string().size()}));
  return join(parts, ", ");
}

// "  key: value", nothing where the value is empty.
void line(std::string& out, std::size_t indent, std::string_view key, const std::string& value) {
  if (!value.empty()) out += fmt::format("{:{}}{}: {}\n", "", indent, key, value);
}

void block(std::string& out, std::size_t indent, const std::string& text) {
  if (trim(text).empty()) return;
  for (const auto& entry : split_lines(text)) out += fmt::format("{:{}}{}\n", "", indent, entry);
}

void add_base(std::string& out, const json::object& arm) {
  const auto& attempts = list(arm, "base_attempts");
  // One that was taken at once is told by the tree's own line.
  if (attempts.empty() || (attempts.size() == 1 && flag(as_object(attempts[0]), "taken"))) return;
  out += "  base, as it was searched for\n";
  for (const auto& value : attempts) {
    const auto& attempt = as_object(value);
    out += fmt::format("    {} {}: {}{}\n", text(attempt, "way"), text(attempt, "wanted"),
                       flag(attempt, "taken") ? "taken, " : "", text(attempt, "why"));
    block(out, 6, lines(attempt, "git"));
  }
}

void add_build(std::string& out, const json::object& build) {
  const auto outcome = text(build, "outcome");
  std::string about = fmt::format("{} {}", integer(build, "id"), outcome.empty() ? "under way" : outcome);
  if (flag(build, "from_cache"))
    about += ", from the cache";
  else if (const auto time = lasted(build); !time.empty())
    about += ", " + time;
  line(out, 2, "build", about);
  line(out, 4, "release", text(build, "release"));
  line(out, 4, "compiler", text(build, "compiler"));
  line(out, 4, "key", text(build, "key"));
  block(out, 4, text(build, "message"));
  block(out, 6, lines(build, "tail"));
}

void add_arm(std::string& out, const json::object& arm) {
  out += fmt::format("\narm {}\n", text(arm, "label"));
  std::string base = text(arm, "tree");
  if (const auto commit = short_hash(text(arm, "commit")); !commit.empty()) base += " " + commit;
  if (const auto reason = text(arm, "base_reason"); !reason.empty()) base += " (" + reason + ")";
  line(out, 2, "tree", base);
  add_base(out, arm);
  std::string patches = "none";
  if (const auto* series = arm.if_contains("series"); series && series->is_number()) {
    const auto range = text(arm, "patches");
    patches = fmt::format("{} of series {}", range.empty() ? "all" : range, integer(arm, "series"));
  }
  line(out, 2, "patches", patches);
  std::string kconfig = text(arm, "kconfig_base");
  if (const auto fragments = comma_list(list(arm, "kconfigs")); !fragments.empty())
    kconfig += " + " + fragments;
  line(out, 2, "kconfig", kconfig);
  line(out, 2, "command line", text(arm, "command_line"));
  const auto request = text(arm, "machine_request");
  const auto machine = text(arm, "machine");
  line(out, 2, "machine",
       fmt::format("{}{}, {}", machine, request.empty() || request == machine ? "" : " (asked for: " + request + ")",
                   text(arm, "architecture")));
  if (const auto& build = child(arm, "build"); !build.empty()) add_build(out, build);
}

void add_boots(std::string& out, std::string_view heading, const json::array& slots) {
  if (slots.empty()) return;
  out += fmt::format("\n{}\n", heading);
  std::vector<std::vector<std::string>> rows;
  std::string failures;
  for (const auto& slot_value : slots) {
    const auto& slot = as_object(slot_value);
    const auto place = fmt::format("{}", integer(slot, "slot"));
    const auto& boots = list(slot, "boots");
    if (boots.empty()) rows.push_back({place, text(slot, "arm"), "", "waiting", "", "", ""});
    for (const auto& value : boots) {
      const auto& boot = as_object(value);
      const auto outcome = text(boot, "outcome");
      const auto userspace = number(boot, "seconds_to_userspace");
      const auto load = number(boot, "load_before");
      rows.push_back({place, text(slot, "arm"), fmt::format("{}", integer(boot, "id")),
                      outcome.empty() ? "under way" : outcome, lasted(boot),
                      userspace ? fmt::format("{:.2f} s", *userspace) : "",
                      load ? fmt::format("{:.2f}", *load) : ""});
      const auto title = text(boot, "title");
      if (!title.empty())
        failures += fmt::format("  boot {} ({}): {}\n", integer(boot, "id"), outcome, title);
    }
  }
  out += report::table(
      {{"slot"}, {"arm", false, 12}, {"boot"}, {"outcome", false}, {"time"}, {"to\nuserspace"}, {"load"}},
      rows, 72);
  out += failures;
}

}  // namespace

std::string render_status(const json::object& answer, std::size_t columns) {
  const auto& experiments = list(answer, "experiments");
  if (experiments.empty()) return "no experiments yet; klab submit makes one\n";
  std::vector<std::vector<std::string>> rows;
  std::string waiting;
  for (const auto& value : experiments) {
    const auto& entry = as_object(value);
    const auto outcome = text(entry, "outcome");
    const auto waits = text(entry, "waiting");
    if (!waits.empty()) waiting += report::wrap(fmt::format("{} is {}", integer(entry, "id"), waits), columns, 4, 2);
    rows.push_back({fmt::format("{}", integer(entry, "id")), !outcome.empty() ? outcome : waits.empty() ? text(entry, "state") : "waiting",
                    fmt::format("{}/{}", integer(entry, "boots_done"), integer(entry, "boots_planned")),
                    when(entry, "created"), text(entry, "submitter"), text(entry, "title")});
  }
  const auto table = report::table(
      {{"id"}, {"state", false}, {"boots"}, {"submitted", false}, {"by", false, 8}, {"title", false, 16}},
      rows, columns);
  return table + waiting;
}

std::string render_experiment(const json::object& experiment) {
  const auto outcome = text(experiment, "outcome");
  std::string out = fmt::format("experiment {}: {}\n", integer(experiment, "id"), text(experiment, "title"));
  std::string state = outcome.empty() ? text(experiment, "state") : outcome;
  if (outcome.empty() && flag(experiment, "cancelling")) state += ", being cancelled";
  line(out, 2, "state", state);
  block(out, 4, text(experiment, "message"));
  block(out, 6, lines(experiment, "tail"));
  if (outcome.empty()) {
    const auto& progress = child(experiment, "progress");
    line(out, 2, "step", text(progress, "step"));
    line(out, 2, "detail", text(progress, "detail"));
  }
  line(out, 2, "submitted",
       fmt::format("{} by {}", when(experiment, "created"), text(experiment, "submitter")));
  line(out, 2, "finished", when(experiment, "finished"));
  line(out, 2, "design",
       fmt::format("{} boots per arm, seed {}, practical threshold {:g} %", integer(experiment, "boots"),
                   integer(experiment, "seed"), number(experiment, "delta").value_or(0.0) * 100.0));
  if (const auto first = integer(experiment, "confirms")) line(out, 2, "confirms", fmt::format("experiment {}, by fresh boots", first));
  if (const auto fresh = integer(experiment, "confirmed_by")) line(out, 2, "confirmation", fmt::format("experiment {}", fresh));
  else if (flag(experiment, "confirm")) line(out, 2, "confirmation", "fresh boots, where a verdict is suggestive or near its threshold");
  for (const auto& value : list(experiment, "contrasts"))
    line(
        out, 2, "contrast",
        fmt::format("{} against {}", text(as_object(value), "patched"), text(as_object(value), "reference")));
  for (const auto& value : list(experiment, "workloads"))
    line(out, 2, "workload",
         fmt::format("{} ({})", text(as_object(value), "request"),
                     short_hash(text(as_object(value), "hash"))));
  std::size_t index = 0;
  for (const auto& value : list(experiment, "series"))
    out += fmt::format("\nseries {}: {}\n{}", index++, series_heading(as_object(value)), series_body(as_object(value)));
  for (const auto& value : list(experiment, "arms")) add_arm(out, as_object(value));
  add_boots(out, "boots, in the order in which they run", list(experiment, "slots"));
  add_boots(out, "boots for a profile, one per arm after all others, not measured", list(experiment, "profile_slots"));
  return out;
}

}  // namespace klab::cli
