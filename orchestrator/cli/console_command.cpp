// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/console_command.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "console/watcher.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

struct Shown {
  const Crash* report;
  bool fatal;
};

// All that was reported, in the order of the log.
std::vector<Shown> reports_of(const ConsoleWatcher& watcher) {
  std::vector<Shown> reports;
  if (watcher.crash()) reports.push_back({&*watcher.crash(), true});
  for (const auto& report : watcher.recorded()) reports.push_back({&report, false});
  std::stable_sort(reports.begin(), reports.end(), [](const Shown& a, const Shown& b) {
    return a.report->first_line < b.report->first_line;
  });
  return reports;
}

json::object to_json(const Shown& shown) {
  const Crash& crash = *shown.report;
  return {{"outcome", std::string(name(crash.outcome))},
          {"fatal", shown.fatal},
          {"kind", printable(crash.kind)},
          {"title", printable(crash.title)},
          {"function", printable(crash.function)},
          {"first_line", crash.first_line},
          {"last_line", crash.last_line},
          {"excerpt", printable_lines(crash.excerpt)}};
}

json::object to_json(const std::string& file, const ConsoleWatcher& watcher,
                     const std::vector<Shown>& shown) {
  json::object entry{{"file", printable(file)},
                     {"stage", std::string(name(watcher.stage()))},
                     {"lines", watcher.lines()},
                     {"title", nullptr},
                     {"crash", nullptr}};
  // The first report is what happened; the later ones are mostly its consequences.
  if (!shown.empty()) entry["title"] = printable(shown.front().report->title);
  json::array reports, recorded;
  for (const Shown& one : shown) {
    reports.push_back(to_json(one));
    if (one.fatal)
      entry["crash"] = to_json(one);
    else
      recorded.push_back(to_json(one));
  }
  entry["reports"] = std::move(reports);
  entry["recorded"] = std::move(recorded);
  return entry;
}

std::string to_text(const std::string& file, const ConsoleWatcher& watcher, const std::vector<Shown>& shown) {
  const std::string verdict = watcher.crash() ? std::string(name(watcher.crash()->outcome))
                              : shown.empty() ? "no crash"
                                              : "no crash, but reports";
  std::string out = fmt::format("{}: {}, {} lines, reached {}\n", printable(file), verdict, watcher.lines(),
                                name(watcher.stage()));
  for (const auto& [report, fatal] : shown) {
    out += fmt::format("  lines {}-{}: {}{}\n", report->first_line, report->last_line,
                       printable(report->title), fatal ? "" : " (recorded)");
    if (fatal && !trim(report->excerpt).empty())
      for (const auto& line : split_lines(printable_lines(report->excerpt))) out += "    " + line + '\n';
  }
  return out;
}

}  // namespace

int show_consoles(Streams& streams, const std::vector<std::string>& files, bool as_json) {
  bool reported = false;
  json::array all;
  for (const auto& file : files) {
    std::string content;
    if (file == "-") {
      content.assign(std::istreambuf_iterator<char>(streams.in), {});
    } else {
      auto read = read_file(file);
      if (!read) return fail(streams, read.error());
      content = std::move(*read);
    }
    ConsoleWatcher watcher;
    watcher.feed(content, {});
    watcher.finish();
    const auto reports = reports_of(watcher);
    reported = reported || !reports.empty();
    if (as_json)
      all.push_back(to_json(file, watcher, reports));
    else
      streams.out << to_text(file, watcher, reports);
  }
  if (as_json) streams.out << json::serialize(json::object{{"consoles", std::move(all)}}) << '\n';
  return reported ? exit_regression : exit_same_or_better;
}

}  // namespace klab::cli
