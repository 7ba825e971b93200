// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/first_cause.hpp"

#include <charconv>
#include <regex>
#include <string_view>
#include <vector>

#include "build/sandbox.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

struct Row {
  const char* what;
  const char* hint;         // a line without this text is not looked at further: regular expressions are slow
  const char* pattern;      // named parts below
  int file, line, message;  // capture groups; 0: none
  bool lab = false;
};

// In order of preference for one line. Fixtures: tests/data/build/*.log, one a row at least.
const Row kTable[] = {
    {"memory", "Killed", R"(^.*(fatal error: Killed signal terminated program \S+).*$)", 0, 0, 1, true},
    {"disk", "No space left on device", R"(^.*?([^:\s][^:]*: No space left on device).*$)", 0, 0, 1, true},
    {"disk", "Disk quota exceeded", R"(^.*?([^:\s][^:]*: Disk quota exceeded).*$)", 0, 0, 1, true},
    {"tool", "not found", R"(^(?:/bin/)?(?:ba)?sh: (?:line )?\d+: (\S+: (?:command )?not found)$)", 0, 0, 1,
     true},
    {"tool", "No such file", R"(^make(?:\[\d+\])?: (\S+: No such file or directory)$)", 0, 0, 1, true},
    {"header", "No such file", R"(^(\S+?):(\d+):(?:\d+:)? (fatal error: \S+: No such file or directory)$)", 1,
     2, 3},
    {"compiler", "error:", R"(^(\S+?):(\d+):(?:\d+:)? ((?:fatal |internal compiler )?error: .*)$)", 1, 2, 3},
    {"assembler", "Error:", R"(^(\S+?):(\d+): (Error: .*)$)", 1, 2, 3},
    {"linker", "undefined reference",
     R"(^(?:\S*ld: )?(?:\S+: in function `.*':)?\s*(\S+?):(\d+): (undefined reference to .*)$)", 1, 2, 3},
    {"linker", "undefined reference",
     R"(^(?:\S*ld: )?(\S+?\.[oa])(?:\(.*\))?:(?: in function `.*':)? ?(?:\S+: )?(undefined reference to .*)$)",
     1, 0, 2},
    {"linker", "undefined reference", R"(^(?:\S*ld: )?(\S+?):\(\S+\): (undefined reference to .*)$)", 1, 0,
     2},
    {"linker", "multiple definition",
     R"(^(?:\S*ld: )?(\S+?\.[oa])(?:\(.*\))?:(?:\S+:)? (multiple definition of [^;]*).*$)", 1, 0, 2},
    {"linker", "ld: ", R"(^\S*ld: (.*(?:error|cannot|failed|undefined).*)$)", 0, 0, 1},
    {"modpost", "ERROR: modpost: ", R"(^ERROR: modpost: (.*)$)", 0, 0, 1},
    {"objtool", "objtool: ", R"(^(\S+): (error: objtool: .*)$)", 1, 0, 2},
    {"module", "klab: its Kbuild", R"(^klab: (its Kbuild makes no \S+)$)", 0, 0, 1},
    {"kconfig", "recursive dependency", R"(^(?:(\S+?):(\d+):)?\s*(error: recursive dependency detected!?)$)",
     1, 2, 3},
    {"kconfig", "Kconfig", R"(^(\S*Kconfig\S*?):(\d+): ?((?!warning).*)$)", 1, 2, 3},
    {"make", "No rule to make target",
     R"(^make(?:\[\d+\])?: \*\*\* (No rule to make target .*?)\.?(?:  Stop\.)?$)", 0, 0, 1},
    {"make", "*** ",
     R"(^(\S*(?:Makefile|Kbuild|\.mk|Makefile\.\w+)):(\d+): \*\*\* (?!\[)(.*?)\.?(?:  Stop\.)?$)", 1, 2, 3},
    {"compiler", "cc1: ", R"(^cc1: ((?:all warnings being treated as errors|.*error.*))$)", 0, 0, 1},
};

// Only says where make was when something failed.
constexpr const char* kConsequence =
    R"(^make(?:\[\d+\])?: \*\*\* \[(?:(\S+?):(\d+): )?(.*)\] (?:Error \d+|Killed.*|Terminated.*)$)";

struct Compiled {
  const Row* row;
  std::regex pattern;
};

const std::vector<Compiled>& compiled() {
  static const std::vector<Compiled> table = [] {
    std::vector<Compiled> rows;
    for (const Row& row : kTable) rows.push_back({&row, std::regex(row.pattern, std::regex::optimize)});
    return rows;
  }();
  return table;
}

std::string relative(std::string file) {
  const std::string prefix = std::string(kSandboxTree) + "/";
  if (file.starts_with(prefix)) file.erase(0, prefix.size());
  if (file.starts_with("./")) file.erase(0, 2);
  return file;
}

int to_int(const std::string& digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::string FirstCause::text() const {
  std::string place = file;
  if (!file.empty() && line > 0) place += ":" + std::to_string(line);
  return printable(place.empty() ? message : place + ": " + message);
}

std::optional<FirstCause> first_cause(std::string_view log) {
  // A line longer than any compiler's is an attack on the regular expressions.
  constexpr std::size_t kLongest = 2000;
  static const std::regex consequence(kConsequence, std::regex::optimize);
  std::optional<FirstCause> fallback;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const std::string_view view = log.substr(begin, std::min(end - begin, kLongest));
    begin = end + 1;
    ++number;
    std::smatch found;
    std::string line;
    for (const Compiled& entry : compiled()) {
      if (view.find(entry.row->hint) == std::string_view::npos) continue;
      if (line.empty()) line = std::string(view.ends_with('\r') ? view.substr(0, view.size() - 1) : view);
      if (!std::regex_match(line, found, entry.pattern)) continue;
      FirstCause cause;
      cause.what = entry.row->what;
      if (entry.row->file > 0) cause.file = relative(found[entry.row->file]);
      if (entry.row->line > 0) cause.line = to_int(found[entry.row->line]);
      cause.message = found[entry.row->message];
      cause.log_line = number;
      cause.lab = entry.row->lab;
      return cause;
    }
    if (fallback || view.find("*** [") == std::string_view::npos) continue;
    line = std::string(view);
    if (!std::regex_match(line, found, consequence)) continue;
    fallback = FirstCause{};
    fallback->what = "make";
    fallback->message = "making " + found[3].str() + " failed";
    fallback->log_line = number;
  }
  return fallback;
}

}  // namespace klab
