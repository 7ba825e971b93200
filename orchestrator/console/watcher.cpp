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
constexpr std::size_t kMostOpen = 4;        // reports that may still get lines, one for each caller
constexpr std::size_t kLinesBefore = 12;    // in which the beginning of a report is looked for
constexpr std::size_t kPanicLater = 60;     // lines from a report to the panic it leads to
constexpr std::size_t kHabit = 3;           // lines with a time stamp show that this kernel writes them

// A second kernel's first line: the first one went without a word.
constexpr OopsPattern kRestart = {
    "", "", "restart", Outcome::crashed, true, TitleForm::fixed, "unexpected kernel reboot", ""};

struct EarlierLine {
  std::size_t number;
  ConsoleLine line;
};

// A program's words may follow what somebody else left of a line; the kernel's command line is a quotation.
bool is_mark(std::string_view text, std::string_view mark) {
  return text.ends_with(mark) && text.find("ommand line:") == std::string_view::npos;
}

// An excerpt only grows; to copy it whole for each line would be most of the work.
void update(Crash& shown, const Crash& report) {
  shown.title = report.title;
  shown.function = report.function;
  shown.first_line = report.first_line;
  shown.last_line = report.last_line;
  shown.complete = report.complete;
  shown.excerpt.append(report.excerpt, shown.excerpt.size());
}

}  // namespace

std::string_view name(BootStage stage) {
  switch (stage) {
    case BootStage::nothing:
      return "nothing";
    case BootStage::kernel:
      return "kernel";
    case BootStage::init:
      return "init";
    case BootStage::runner:
      return "runner";
    case BootStage::done:
      return "done";
  }
  return "nothing";
}

// A report that may still get lines, and where it is shown.
struct OpenReport {
  ConsoleReport report;
  bool is_crash = false;
  std::optional<std::size_t> slot = {};  // in `recorded`, unless it is the crash or there was no room
};

struct ConsoleWatcher::State {
  void take_raw_line();
  void take(const ConsoleLine& line);
  void look_for_progress(const ConsoleLine& line);
  bool is_told_by_program(const ConsoleLine& line) const;
  bool continues_report(const OopsPattern& pattern, const ConsoleLine& line);
  OpenReport* report_before(const ConsoleLine& panic);
  std::vector<const EarlierLine*> lines_that_open(const ConsoleLine& head) const;
  void begin_report(const OopsPattern& pattern, const ConsoleLine& line);
  void make_crash(OpenReport& open);
  void show(const OpenReport& open);
  void advance(BootStage to) { stage = std::max(stage, to); }

  std::string pending;  // of the line that has not ended
  bool line_open = false;
  std::size_t line_number = 0;  // of the line being read
  // This kernel writes time stamps: what has none is not the kernel's. Its first line decides; where a log
  // begins later, its habit.
  bool stamped = false;
  std::size_t stamped_lines = 0;
  long last_second = 0;
  std::deque<EarlierLine> before;

  BootStage stage = BootStage::nothing;
  std::optional<TimePoint> last_byte;
  std::deque<OpenReport> open;  // in the order of their beginnings
  std::optional<Crash> crash;
  std::vector<Crash> recorded;
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
  for (OpenReport& open : s.open) {
    open.report.finish();
    s.show(open);
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
  if (line.has_prefix && stage == BootStage::nothing && ++stamped_lines >= kHabit) stamped = true;
  last_second = std::max(last_second, line.seconds);
  // A program's lines belong to no report, though they stand between its lines.
  const bool may_be_kernel = line.has_prefix || !stamped || is_told_by_program(line);
  const OopsPattern* pattern = may_be_kernel ? find_oops(line.text) : nullptr;
  if (pattern && !continues_report(*pattern, line)) {
    begin_report(*pattern, line);
  } else if (may_be_kernel && !open.empty()) {
    for (OpenReport& each : open) {
      each.report.feed(line, line_number);
      show(each);
    }
  }
  before.push_back({line_number, line});
  if (before.size() > kLinesBefore) before.pop_front();
}

// Memory leaks stand in a file of the kernel's; a program reads it and says what it found.
bool ConsoleWatcher::State::is_told_by_program(const ConsoleLine& line) const {
  if (line.text.starts_with("BUG: memory leak")) return true;
  return !open.empty() && open.back().report.crash().kind == "memory-leak" &&
         !open.back().report.crash().complete;
}

// Whether what could be a report's head is a later line of one that is under way.
bool ConsoleWatcher::State::continues_report(const OopsPattern& pattern, const ConsoleLine& line) {
  // Lockups and hung tasks are said again and again until they pass.
  if (pattern.outcome == Outcome::hung)
    for (const OpenReport& each : open)
      if (each.report.crash().kind == pattern.kind) return true;
  if (!is_continuation(line.text)) return false;
  if (is_panic_over_report(line.text)) {
    OpenReport* cause = report_before(line);
    if (cause && !cause->report.is_fatal()) make_crash(*cause);
    return cause != nullptr;
  }
  if (line.text.starts_with("unregister_netdevice"))
    return std::any_of(open.begin(), open.end(),
                       [](const OpenReport& each) { return !each.report.crash().complete; });
  for (auto each = open.rbegin(); each != open.rend(); ++each) {
    ConsoleReport& report = each->report;
    if (report.caller() != line.caller) continue;
    const bool has_only_begun = !report.crash().complete && !report.in_trace();
    const bool panics = line.text.starts_with("Kernel panic");
    // An exception's name follows its cause at once; a panic may come when all is said.
    if (report.is_fatal()) return panics || has_only_begun;
    if (panics && has_only_begun) make_crash(*each);
    return panics && has_only_begun;
  }
  return false;
}

// The report that made the kernel panic: the same caller's, or the last one.
OpenReport* ConsoleWatcher::State::report_before(const ConsoleLine& panic) {
  for (auto each = open.rbegin(); each != open.rend(); ++each)
    if (!panic.caller.empty() && each->report.caller() == panic.caller) return &*each;
  if (open.empty()) return nullptr;
  const bool recent = line_number - open.back().report.crash().last_line <= kPanicLater;
  return recent || open.back().report.is_fatal() ? &open.back() : nullptr;
}

void ConsoleWatcher::State::look_for_progress(const ConsoleLine& line) {
  const std::string_view text = trim(line.text);
  if (text.starts_with("Linux version ") || text == "Booting the kernel.") {
    // Before a kernel's first line there may be others of its own, all of second 0.
    const bool ran = stage >= BootStage::kernel || last_second > 0;
    if (ran && !crash) begin_report(kRestart, line);
    if (text.starts_with("Booting")) return;
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

// A report begins at its "cut here", and what stands between the two explains it; or at the ruler above it.
std::vector<const EarlierLine*> ConsoleWatcher::State::lines_that_open(const ConsoleLine& head) const {
  std::vector<const EarlierLine*> lines;
  const auto is_cut = [&](const EarlierLine& earlier) {
    return earlier.line.caller == head.caller && earlier.line.text.find("[ cut here ]-") != std::string::npos;
  };
  const auto cut = std::find_if(before.rbegin(), before.rend(), is_cut);
  if (cut != before.rend()) {
    for (auto earlier = cut.base() - 1; earlier != before.end(); ++earlier) lines.push_back(&*earlier);
  } else if (!before.empty() && before.back().line.caller == head.caller &&
             before.back().line.text.starts_with("====================")) {
    lines.push_back(&before.back());
  }
  return lines;
}

void ConsoleWatcher::State::begin_report(const OopsPattern& pattern, const ConsoleLine& line) {
  // What the same caller reported before ends here.
  for (OpenReport& each : open) {
    if (each.report.caller() != line.caller) continue;
    each.report.stop();
    each.report.finish();
    show(each);
  }
  ConsoleReport report(pattern);
  for (const EarlierLine* earlier : lines_that_open(line)) report.context(earlier->line, earlier->number);
  report.begin(line, line_number, stage);
  before.clear();
  if (open.size() == kMostOpen) {
    // What is dropped for want of room gets no more lines: it is as complete as it will be.
    open.front().report.finish();
    show(open.front());
    open.pop_front();
  }
  open.push_back({std::move(report)});
  if (pattern.fatal && !crash) {
    make_crash(open.back());
  } else if (recorded.size() < kMostRecorded) {
    open.back().slot = recorded.size();
    recorded.push_back(open.back().report.crash());
  }
}

void ConsoleWatcher::State::make_crash(OpenReport& cause) {
  cause.report.make_fatal();
  if (crash) return;
  cause.is_crash = true;
  crash = cause.report.crash();
  if (!cause.slot) return;
  recorded.erase(recorded.begin() + static_cast<std::ptrdiff_t>(*cause.slot));
  for (OpenReport& each : open)
    if (each.slot && *each.slot > *cause.slot) --*each.slot;
  cause.slot.reset();
}

void ConsoleWatcher::State::show(const OpenReport& each) {
  if (each.is_crash)
    update(*crash, each.report.crash());
  else if (each.slot)
    update(recorded[*each.slot], each.report.crash());
}

}  // namespace klab
