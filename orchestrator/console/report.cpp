// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/report.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t kLongestExcerpt = 32 * 1024;
constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kMostLines = 400;  // a report without an end is over by then
constexpr std::size_t kExplanation = 3;  // lines between a message and the WARNING it explains

// What differs from boot to boot although the fault is the same does not belong in a title.
std::string_view without_particulars(std::string_view text) {
  for (const std::string_view begin : {"  pfn:", " pfn:", ". Usage count", ", address:", " at addr "})
    text = text.substr(0, text.find(begin));
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789_") == std::string_view::npos;
}

// "a+0x1/0x2 [mod] / b+0x3/0x4" as "a / b"; KCSAN writes the names without offsets.
std::string symbols(std::string_view text) {
  std::string joined;
  for (const std::string_view separator = " / "; !text.empty();) {
    const auto end = text.find(separator);
    const std::string_view part = trim(text.substr(0, end));
    const std::string symbol = is_plain_name(part) ? std::string(part) : symbol_in(part);
    if (!symbol.empty()) joined += (joined.empty() ? "" : " / ") + symbol;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + separator.size());
  }
  return joined;
}

}  // namespace

void ConsoleReport::keep(const ConsoleLine& line, std::size_t number) {
  if (crash_.first_line == 0) crash_.first_line = number;
  crash_.last_line = number;
  const std::size_t room = kLongestExcerpt - std::min(kLongestExcerpt, crash_.excerpt.size());
  if (room <= line.text.size()) return;
  crash_.excerpt += line.text;
  crash_.excerpt += '\n';
}

void ConsoleReport::context(const ConsoleLine& line, std::size_t number) { keep(line, number); }

void ConsoleReport::begin(const ConsoleLine& line, std::size_t number, BootStage stage) {
  keep(line, number);
  caller_ = line.caller;
  crash_.outcome = pattern_->outcome;
  crash_.kind = pattern_->kind;
  // An init that ends before it said a word is a boot that failed.
  if (pattern_->kind == "panic" && stage < BootStage::init &&
      line.text.find("Attempted to kill init") != std::string::npos)
    crash_.outcome = Outcome::boot_failed;
  const std::string_view rest = std::string_view(line.text).substr(pattern_->text.size());
  switch (pattern_->form) {
    case TitleForm::line:
      subject_ = without_particulars(rest);
      break;
    case TitleForm::process: {
      const auto open = rest.find('(');
      const auto close = rest.find(')', open);
      if (close != std::string_view::npos) subject_ = " " + std::string(rest.substr(open, close + 1 - open));
      break;
    }
    case TitleForm::sanitizer: {
      const auto in = std::min(rest.find(" in "), rest.find(" in: "));
      subject_ = trim(rest.substr(0, in));
      if (in != std::string_view::npos) guilty_.offer(symbols(rest.substr(rest.find(' ', in + 1))));
      break;
    }
    case TitleForm::fixed:
      break;
    case TitleForm::in_function:
      if (pattern_->kind == "warning") guilty_.offer(symbol_in(rest));
      break;
  }
  crash_.complete = pattern_->end.empty();
  make_title();
}

void ConsoleReport::feed(const ConsoleLine& line, std::size_t number) {
  keep(line, number);
  if (!caller_.empty() && !line.caller.empty() && line.caller != caller_) return;
  if (crash_.complete) return;
  ++fed_;
  const std::string_view text = trim(line.text);
  if (pattern_->kind == "kasan" && access_.empty()) {
    if (text.starts_with("Read of size")) access_ = " Read";
    if (text.starts_with("Write of size")) access_ = " Write";
  }
  guilty_.feed(line.text);
  make_title();
  if (is_end(text) || fed_ >= kMostLines) crash_.complete = true;
}

bool ConsoleReport::is_end(std::string_view text) const {
  if (text.starts_with("---[ end Kernel panic") || text.starts_with("Rebooting in ")) return true;
  if (!text.starts_with(pattern_->end)) return false;
  // The first of several stacks may be an idle processor's: the guilty one is still to come.
  return pattern_->end != "</TASK>" || guilty_.known();
}

bool ConsoleReport::includes(const OopsPattern& pattern) const {
  return pattern.kind == "warning" && crash_.kind != "warning" && !crash_.complete && fed_ < kExplanation;
}

void ConsoleReport::make_title() {
  // A stall whose stacks all are the scheduler's has no guilty function.
  const bool needs_own = crash_.outcome == Outcome::hung;
  crash_.function = needs_own && !guilty_.known() ? std::string() : guilty_.function();
  std::string title = std::string(pattern_->title) + subject_ + access_;
  const bool names_function =
      pattern_->form == TitleForm::in_function || pattern_->form == TitleForm::sanitizer;
  if (names_function && !crash_.function.empty()) title += " in " + crash_.function;
  crash_.title = printable(title.substr(0, kLongestTitle));
}

}  // namespace klab
