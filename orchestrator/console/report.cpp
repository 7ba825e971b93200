// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/report.hpp"

#include <algorithm>
#include <span>

#include "console/title.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t kLongestExcerpt = 32 * 1024;
constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kMostLines = 3000;       // a report without an end is over by then
constexpr std::size_t kMostHeld = 200;         // lines in which more of a report is waited for
constexpr std::size_t kMostExplanation = 300;  // lines of any kind between the first one and the trace
constexpr std::size_t kQuietAfterTrace = 40;   // foreign lines after which a report is over
constexpr std::size_t kQuietBeforeTrace = 60;

bool begins_with_any(std::string_view text, std::span<const std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// clang-format off
// What the kernel says when a report made it stop.
constexpr std::string_view kConsequences[] = {
    "Kernel panic", "---[ end ", "Kernel Offset", "Rebooting in ", "Dumping ftrace", "(ftrace buffer empty)",
    "SMP: stopping secondary CPUs", "CPU features: ", "Memory Limit: ", "PHYS_OFFSET: ", "Oops", "Internal error: ",
    "note: ", "Fixing recursive fault", "---[ cut here", "Disabling lock debugging",
};

// Lines that stand in reports and hardly elsewhere.
constexpr std::string_view kParts[] = {
    "Call Trace", "Call trace", "Backtrace", "backtrace", "stack backtrace", "<", "CPU: ", "CPU ", "Hardware name",
    "Modules linked", "RIP", "EIP", "RSP", "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "R0", "R1", "EAX", "ESI",
    "FS:", "GS:", "CS:", "DS:", "CR2", "DR0", "DR3", "PKRU", "Code:", "pc :", "lr :", "sp :", "pstate", "x0 ", "x1",
    "x2", "x3", "x6", "x9", "PC is at", "LR is at", "Workqueue:", "Tainted:", "---[", "===", "---", "Process ",
    "Stack:", "raw:", "page:", "flags:", "Allocated", "Freed", "The buggy", "Memory state", "which belongs",
    "Read of size", "Write of size", "Showing", "NMI backtrace", "Sending NMI", "task:", "INFO: lockdep",
    "ret_fast_syscall", "Exception stack", "Mem abort", "ESR", "EC =", "SET =", "EA =", "FSC", "Data abort", "ISV",
    "CM =", "user pgtable", "[0", "[f", "PGD ", "#PF",
};
// clang-format on

}  // namespace

void ConsoleReport::keep(std::string_view text, std::size_t number) {
  if (crash_.first_line == 0) crash_.first_line = number;
  crash_.last_line = std::max(crash_.last_line, number);
  const std::size_t room = kLongestExcerpt - std::min(kLongestExcerpt, crash_.excerpt.size());
  if (room <= text.size()) return;
  crash_.excerpt += text;
  crash_.excerpt += '\n';
}

void ConsoleReport::hold(std::string_view text, std::size_t number) {
  if (held_.size() < kMostHeld) held_.push_back({number, std::string(text)});
}

void ConsoleReport::context(const ConsoleLine& line, std::size_t number) { keep(line.text, number); }

void ConsoleReport::begin(const ConsoleLine& line, std::size_t number, BootStage stage) {
  keep(line.text, number);
  caller_ = line.caller;
  crash_.outcome = pattern_->outcome;
  crash_.kind = pattern_->kind;
  fatal_ = pattern_->fatal;
  // An init that ends before it said a word is a boot that failed.
  if (pattern_->kind == "panic" && stage < BootStage::init &&
      line.text.find("Attempted to kill init") != std::string::npos)
    crash_.outcome = Outcome::boot_failed;
  read_first(std::string_view(line.text).substr(pattern_->text.size()));
  crash_.complete = pattern_->end.empty() && pattern_->search == Search::none;
  make_title();
}

void ConsoleReport::read_first(std::string_view rest) {
  const auto in = std::min(rest.find(" in "), rest.find(" in: "));
  const std::string_view named = in == std::string_view::npos ? "" : rest.substr(rest.find(' ', in + 1));
  switch (pattern_->form) {
    case TitleForm::line:
      subject_ = without_particulars(rest);
      while (subject_.ends_with('.') || subject_.ends_with(' ')) subject_.pop_back();
      if (rest.starts_with(' ')) subject_.insert(0, " ");
      break;
    case TitleForm::until:
      subject_ = rest.substr(0, rest.find(pattern_->also));
      subject_ += pattern_->tail;
      break;
    case TitleForm::after:
      subject_ = without_particulars(rest.substr(rest.find(pattern_->also) + pattern_->also.size()));
      break;
    case TitleForm::process: {
      const auto open = rest.find('(');
      const auto close = rest.find(')', open);
      if (close != std::string_view::npos) subject_ = " " + std::string(rest.substr(open, close + 1 - open));
      break;
    }
    case TitleForm::sanitizer:
      subject_ = without_particulars(rest.substr(0, std::min(in, rest.find(" on address "))));
      if (pattern_->search == Search::none) {
        const std::string race = racing_functions(named);
        if (!race.empty()) subject_ += " in " + race;
        crash_.function = race;
      }
      break;
    case TitleForm::fixed:
    case TitleForm::in_function:
      break;
  }
  if (pattern_->search == Search::named || pattern_->search == Search::traced)
    guilty_.offer(symbol_in(named.empty() ? rest : named));
}

bool ConsoleReport::is_mine(const ConsoleLine& line) const {
  if (caller_.empty() || line.caller == caller_) return true;
  return all_processors_ && line.caller.starts_with('C');
}

bool ConsoleReport::is_part(std::string_view text) const {
  if (begins_with_any(text, kConsequences)) return true;
  if (crash_.complete) return false;
  const bool explains = !guilty_.in_trace() && fed_ < kMostExplanation;
  return explains || is_end(text) || begins_with_any(text, kParts) || !read_frame(text).function.empty();
}

void ConsoleReport::feed(const ConsoleLine& line, std::size_t number) {
  const std::string_view text = trim(line.text);
  const bool mine = is_mine(line);
  // The kernel's last words count whoever says them.
  if (!is_part(text) || !(mine || crash_.complete)) {
    hold(line.text, number);
    const std::size_t most_quiet = guilty_.in_trace() ? kQuietAfterTrace : kQuietBeforeTrace;
    if (mine && ++quiet_ >= most_quiet) crash_.complete = true;
    return;
  }
  for (const Held& held : held_) keep(held.text, held.number);
  held_.clear();
  quiet_ = 0;
  keep(line.text, number);
  if (!crash_.complete) read(text);
}

void ConsoleReport::read(std::string_view text) {
  ++fed_;
  if (text.find("Sending NMI from CPU") != std::string_view::npos) all_processors_ = true;
  if (pattern_->kind == "kasan" && pattern_->form == TitleForm::sanitizer && access_.empty()) {
    if (text.starts_with("Read of size") || text.starts_with("Read at addr")) access_ = " Read";
    if (text.starts_with("Write of size") || text.starts_with("Write at addr")) access_ = " Write";
  }
  guilty_.feed(text);
  make_title();
  if (is_end(text) || fed_ >= kMostLines) crash_.complete = true;
}

bool ConsoleReport::is_end(std::string_view text) const {
  if (text.starts_with("---[ end Kernel panic") || text.starts_with("Rebooting in ")) return true;
  if (pattern_->end.empty()) return false;
  if (!text.starts_with(pattern_->end)) return false;
  // The first of several stacks may be an idle processor's: the guilty one is still to come.
  return pattern_->end != "</TASK>" || (pattern_->kind == "rcu-stall" ? guilty_.settled() : guilty_.known());
}

void ConsoleReport::make_title() {
  if (pattern_->search != Search::none) crash_.function = guilty_.function();
  std::string title = std::string(pattern_->title) + subject_ + access_;
  const bool names_function = pattern_->search != Search::none && pattern_->form != TitleForm::fixed &&
                              pattern_->form != TitleForm::line;
  if (names_function && !crash_.function.empty()) title += " in " + crash_.function;
  if (pattern_->form == TitleForm::in_function) title += pattern_->tail;
  crash_.title = printable(title.substr(0, kLongestTitle));
}

}  // namespace klab
