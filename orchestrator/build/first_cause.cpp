// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/first_cause.hpp"

#include <algorithm>
#include <charconv>
#include <regex>

#include "build/sandbox.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// A line longer than any compiler's is an attack on the regular expressions.
constexpr std::size_t kLongest = 2000;
constexpr std::size_t kShortest = 9;  // "ld: error": no row matches a shorter line
constexpr std::size_t kNotes = 30;  // lines after a cause that may belong to it
constexpr std::size_t kChain = 64;  // files that include each other

// Characters that regular expressions are given, counted for each row; then only the last part of the log,
// where make has given up, gets as many more.
constexpr std::size_t kMostTried = 4u << 20;
constexpr std::size_t kLastPart = 1u << 20;

// Libstdc++'s way without backtracking. A series decides what its build prints: backtracking took a second for
// a line that was made for it, and days for a log of them.
constexpr auto kLinear = std::regex::ECMAScript | std::regex::optimize | std::regex_constants::__polynomial;

// Only says where make was when something failed.
constexpr const char* kConsequence =
    R"(^make(?:\[\d+\])?: \*\*\* \[(?:(\S+?):(\d+): )?(.*)\] (?:Error \d+|Killed.*|Terminated.*)$)";

struct Compiled {
  const CauseRow* row;
  std::regex pattern;
};

const std::vector<Compiled>& compiled() {
  static const std::vector<Compiled> table = [] {
    std::vector<Compiled> rows;
    for (const CauseRow& row : cause_table())
      rows.push_back({&row, std::regex(row.pattern, kLinear)});
    return rows;
  }();
  return table;
}

std::string relative(std::string file) {
  const std::string prefix = std::string(kSandboxTree) + "/";
  if (file.starts_with(prefix)) file.erase(0, prefix.size());
  std::size_t here = 0;
  while (file.compare(here, 2, "./") == 0) here += 2;
  return file.substr(here);
}

int to_int(const std::string& digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// "a/b.c:12:3: ..." or "a/b.c:12," without regular expressions: this runs for every line.
std::optional<SourcePlace> place_at(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  SourcePlace place;
  const auto* begin = text.data() + colon + 1;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), place.line);
  if (error != std::errc() || end == begin) return std::nullopt;
  place.file = relative(std::string(text.substr(0, colon)));
  return place;
}

// One walk over the lines of a log.
class Lines {
 public:
  explicit Lines(std::string_view log) : rest_(log) {}
  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, std::min(end, kLongest));
    if (line.ends_with('\r')) line.remove_suffix(1);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }
  std::size_t number() const { return number_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

// gcc's "In file included from a.h:1," and "                 from b.c:2:", clang's first form alone.
bool take_inclusion(std::string_view line, std::vector<SourcePlace>& chain) {
  constexpr std::string_view kFirst = "In file included from ";
  const std::string_view trimmed = trim(line);
  const bool first = line.starts_with(kFirst);
  if (!first && !(line.starts_with("        ") && trimmed.starts_with("from "))) return false;
  if (first && line.ends_with(',')) chain.clear();
  if (auto place = place_at(first ? line.substr(kFirst.size()) : trimmed.substr(5));
      place && chain.size() < kChain)
    chain.push_back(*place);
  return true;
}

bool related_message(std::string_view line, std::string_view what) {
  return line.find(what) != std::string_view::npos;
}

// The compiler's notes and lld's ">>> referenced by" that follow a cause.
void take_notes(Lines lines, FirstCause& cause) {
  std::string_view line;
  for (std::size_t i = 0; i < kNotes && lines.next(line); ++i) {
    if (related_message(line, " error: ") || related_message(line, "*** ")) return;
    if (related_message(line, ": note: ")) {
      if (auto place = place_at(line)) cause.related.push_back(*place);
    } else if (line.starts_with(">>> ")) {
      // The last bracket has the whole path: ">>> referenced by wq.c:10 (kernel/wq.c:10)".
      const auto open = line.rfind('(');
      const auto word = line.rfind(' ');
      auto place = place_at(line.substr((open == std::string_view::npos ? word : open) + 1));
      if (!place) continue;
      if (cause.file.empty())
        cause.file = place->file, cause.line = place->line;
      else
        cause.related.push_back(*place);
    }
  }
}

std::optional<FirstCause> match(std::string_view view, std::string& line, std::smatch& found, std::size_t& allowance) {
  line.clear();
  for (const Compiled& entry : compiled()) {
    const CauseRow& row = *entry.row;
    if (view.find(row.hint) == std::string_view::npos) continue;
    if (allowance < view.size()) return std::nullopt;
    allowance -= view.size();
    if (line.empty()) line = std::string(view);
    if (!std::regex_match(line, found, entry.pattern)) continue;
    FirstCause cause;
    cause.what = row.what;
    if (row.file > 0) cause.file = relative(found[row.file]);
    if (row.line > 0) cause.line = to_int(found[row.line]);
    if (row.column > 0) cause.column = to_int(found[row.column]);
    if (row.subject > 0) cause.subject = found[row.subject];
    cause.message = found[row.message];
    cause.lab = row.lab;
    return cause;
  }
  return std::nullopt;
}

}  // namespace

std::string FirstCause::text() const {
  std::string place = file;
  if (!file.empty() && line > 0) place += ":" + std::to_string(line);
  if (!file.empty() && line > 0 && column > 0) place += ":" + std::to_string(column);
  return printable(place.empty() ? message : place + ": " + message);
}

std::optional<FirstCause> first_cause(std::string_view log) {
  static const std::regex consequence(kConsequence, kLinear);
  std::optional<FirstCause> fallback;
  std::vector<SourcePlace> chain;
  std::string mismatch;  // the last one seen: a warning, until modpost says that they are errors
  Lines lines(log);
  std::string_view view;
  std::string line;
  std::smatch found;
  std::size_t allowance = kMostTried;
  bool in_last_part = false;
  while (lines.next(view)) {
    if (!in_last_part && lines.left() < kLastPart) {
      in_last_part = true;
      allowance = kMostTried;
    }
    if (take_inclusion(view, chain)) continue;
    if (view.starts_with("  ") && !chain.empty() && view.find('/') != std::string_view::npos &&
        std::isupper(static_cast<unsigned char>(view[2])))
      chain.clear();  // "  CC      kernel/a.o": another file
    if (const auto at = view.find("section mismatch in reference: "); at != std::string_view::npos)
      mismatch = view.substr(at);
    if (view.size() < kShortest) continue;
    if (auto cause = match(view, line, found, allowance)) {
      cause->log_line = lines.number();
      cause->related = chain;
      if (cause->what == "section mismatch" && !mismatch.empty()) cause->message = mismatch;
      take_notes(lines, *cause);
      return cause;
    }
    if (fallback || view.find("*** [") == std::string_view::npos || allowance < view.size()) continue;
    allowance -= view.size();
    line = std::string(view);
    if (!std::regex_match(line, found, consequence)) continue;
    fallback = FirstCause{};
    fallback->what = "make";
    fallback->message = "making " + found[3].str() + " failed";
    fallback->log_line = lines.number();
  }
  return fallback;
}

}  // namespace klab
