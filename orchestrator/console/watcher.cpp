// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/watcher.hpp"

#include <algorithm>
#include <deque>

#include "console/line.hpp"
#include "console/report.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t kLongestLine = 4096;  // what is longer is cut
constexpr std::size_t kMostRecorded = 100;  // reports kept that are not fatal
constexpr std::size_t kLinesBefore = 12;    // in which the beginning of a report is looked for
constexpr std::size_t kLinesAfter = 40;     // kept after a fatal report's own end
constexpr std::size_t kPanicOnWarn = 20;    // lines from a report to the panic it leads to

// A second kernel's first line: the first one went without a word.
constexpr OopsPattern kRestart = {"Linux version ", "", "restart", Outcome::crashed, true,
                                  TitleForm::fixed, "unexpected restart of the kernel", ""};

struct EarlierLine {
  std::size_t number;
  ConsoleLine line;
};

// A program's words may follow what somebody else left of a line; the kernel's command line is a quotation.
bool is_mark(std::string_view text, std::string_view mark) {
  return text.ends_with(mark) && text.find("ommand line:") == std::string_view::npos;
}

}  // namespace

std::string_view name(BootStage stage) {
  switch (stage) {
    case BootStage::nothing: return "nothing";
    case BootStage::kernel: return "kernel";
    case BootStage::init: return "init";
    case BootStage::runner: return "runner";
    case BootStage::done: return "done";
  }
  return "nothing";
}

struct ConsoleWatcher::State {
  void take_raw_line();
  void take(const ConsoleLine& line);
  void look_for_progress(const ConsoleLine& line);
  void take_after_crash(const ConsoleLine& line, bool begins_another);
  void begin_report(const OopsPattern& pattern, const ConsoleLine& line);
  void show_recorded();
  void advance(BootStage to) { stage = std::max(stage, to); }

  std::string pending;          // of the line that has not ended
  bool line_open = false;
  std::size_t line_number = 0;  // of the line being read
  bool stamped = false;         // this kernel writes time stamps: what has none is not the kernel's
  std::deque<EarlierLine> before;

  BootStage stage = BootStage::nothing;
  std::optional<TimePoint> last_byte;
  std::optional<ConsoleReport> fatal;
  std::optional<Crash> crash;       // of `fatal`
  std::size_t lines_after = 0;      // since the end of `fatal`
  std::optional<ConsoleReport> latest;     // recorded report, ended or not
  std::vector<Crash> recorded;
  std::optional<std::size_t> slot;  // of `latest` in `recorded`, if there was room
};

ConsoleWatcher::ConsoleWatcher() : state_(std::make_unique<State>()) {}
ConsoleWatcher::ConsoleWatcher(ConsoleWatcher&&) noexcept = default;
ConsoleWatcher& ConsoleWatcher::operator=(ConsoleWatcher&&) noexcept = default;
ConsoleWatcher::~ConsoleWatcher() = default;

BootStage ConsoleWatcher::stage() const { return state_->stage; }
const std::optional<Crash>& ConsoleWatcher::crash() const { return state_->crash; }
const std::vector<Crash>& ConsoleWatcher::recorded() const { return state_->recorded; }
std::size_t ConsoleWatcher::lines() const { return state_->line_number; }
std::optional<ConsoleWatcher::TimePoint> ConsoleWatcher::silent_since() const { return state_->last_byte; }

void ConsoleWatcher::feed(std::string_view bytes, TimePoint now) {
  State& s = *state_;
  if (bytes.empty()) return;
  s.last_byte = now;
  while (!bytes.empty()) {
    if (!s.line_open) {
      s.line_open = true;
      ++s.line_number;
    }
    const auto end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    s.pending.append(part.substr(0, kLongestLine - std::min(kLongestLine, s.pending.size())));
    if (end == std::string_view::npos) return;
    s.take_raw_line();
    bytes.remove_prefix(end + 1);
  }
}

void ConsoleWatcher::finish() {
  State& s = *state_;
  if (s.line_open) s.take_raw_line();
  if (s.latest) {
    s.latest->finish();
    s.show_recorded();
  }
  if (s.fatal) {
    s.fatal->finish();
    s.crash = s.fatal->crash();
  }
}

void ConsoleWatcher::State::take_raw_line() {
  const std::vector<ConsoleLine> parts = read_line(pending);
  pending.clear();
  line_open = false;
  for (const ConsoleLine& part : parts) take(part);
}

void ConsoleWatcher::State::take(const ConsoleLine& line) {
  look_for_progress(line);
  const bool may_be_kernel = line.has_prefix || !stamped;
  const OopsPattern* pattern = may_be_kernel ? find_oops(line.text) : nullptr;
  const bool under_way = latest && !latest->crash().complete;
  if (fatal) {
    take_after_crash(line, pattern != nullptr);
  } else if (pattern && !(under_way && latest->includes(*pattern))) {
    const bool by_request = latest && line.text.find("panic_on_warn set") != std::string::npos &&
                            line_number - latest->crash().last_line <= kPanicOnWarn;
    if (by_request) {
      // The panic is only how the kernel obeyed; the cause is the report before it.
      fatal = std::move(latest);
      latest.reset();
      if (slot) recorded.erase(recorded.begin() + static_cast<std::ptrdiff_t>(*slot));
      take_after_crash(line, true);
    } else {
      begin_report(*pattern, line);
    }
  } else if (under_way) {
    latest->feed(line, line_number);
    show_recorded();
  }
  before.push_back({line_number, line});
  if (before.size() > kLinesBefore) before.pop_front();
}

void ConsoleWatcher::State::take_after_crash(const ConsoleLine& line, bool begins_another) {
  if (!fatal->crash().complete) {
    fatal->feed(line, line_number);
  } else {
    // What follows the first crash is its consequence, and is kept for a while.
    if (begins_another) lines_after = 0;
    if (lines_after >= kLinesAfter) return;
    ++lines_after;
    fatal->keep(line, line_number);
  }
  crash = fatal->crash();
}

void ConsoleWatcher::State::look_for_progress(const ConsoleLine& line) {
  const std::string_view text = trim(line.text);
  if (text.starts_with("Linux version ")) {
    if (stage >= BootStage::kernel && !fatal) begin_report(kRestart, line);
    stamped = line.has_prefix;
    advance(BootStage::kernel);
  } else if (is_mark(text, "klab: init")) {
    advance(BootStage::init);
  } else if (is_mark(text, "klab: runner start")) {
    advance(BootStage::runner);
  } else if (is_mark(text, "klab: done")) {
    advance(BootStage::done);
  }
}

void ConsoleWatcher::State::begin_report(const OopsPattern& pattern, const ConsoleLine& line) {
  ConsoleReport report(pattern);
  // A report begins at its "cut here", and what stands between the two explains it.
  const auto is_cut = [](const EarlierLine& earlier) {
    return trim(earlier.line.text) == "------------[ cut here ]------------";
  };
  const auto cut = std::find_if(before.rbegin(), before.rend(), is_cut);
  if (cut != before.rend())
    for (auto earlier = cut.base() - 1; earlier != before.end(); ++earlier)
      report.context(earlier->line, earlier->number);
  report.begin(line, line_number, stage);
  before.clear();
  if (pattern.fatal) {
    fatal = std::move(report);
    crash = fatal->crash();
    return;
  }
  if (latest) {
    latest->finish();
    show_recorded();
  }
  latest = std::move(report);
  slot.reset();
  if (recorded.size() < kMostRecorded) {
    slot = recorded.size();
    recorded.push_back(latest->crash());
  }
}

void ConsoleWatcher::State::show_recorded() {
  if (slot) recorded[*slot] = latest->crash();
}

}  // namespace klab
