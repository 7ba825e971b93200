// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/console_command.hpp"

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

json::object to_json(const Crash& crash) {
  return {{"outcome", std::string(name(crash.outcome))},
          {"kind", printable(crash.kind)},
          {"title", printable(crash.title)},
          {"function", printable(crash.function)},
          {"first_line", crash.first_line},
          {"last_line", crash.last_line},
          {"excerpt", printable_lines(crash.excerpt)}};
}

std::string to_text(const Crash& crash, bool with_excerpt) {
  std::string out =
      fmt::format("  lines {}-{}: {}\n", crash.first_line, crash.last_line, printable(crash.title));
  if (with_excerpt && !trim(crash.excerpt).empty())
    for (const auto& line : split_lines(printable_lines(crash.excerpt))) out += "    " + line + '\n';
  return out;
}

}  // namespace

int show_consoles(Streams& streams, const std::vector<std::string>& files, bool as_json) {
  bool crashed = false;
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
    const auto& crash = watcher.crash();
    crashed = crashed || crash.has_value();
    if (as_json) {
      json::object entry{{"file", printable(file)},
                         {"stage", std::string(name(watcher.stage()))},
                         {"lines", watcher.lines()}};
      entry["crash"] = nullptr;
      if (crash) entry["crash"] = to_json(*crash);
      json::array recorded;
      for (const auto& report : watcher.recorded()) recorded.push_back(to_json(report));
      entry["recorded"] = std::move(recorded);
      all.push_back(std::move(entry));
      continue;
    }
    streams.out << fmt::format("{}: {}, {} lines, reached {}\n", printable(file),
                               crash ? std::string(name(crash->outcome)) : "no crash", watcher.lines(),
                               name(watcher.stage()));
    if (crash) streams.out << to_text(*crash, true);
    for (const auto& report : watcher.recorded()) streams.out << to_text(report, false);
  }
  if (as_json) streams.out << json::serialize(json::object{{"consoles", std::move(all)}}) << '\n';
  return crashed ? exit_regression : exit_same_or_better;
}

}  // namespace klab::cli
