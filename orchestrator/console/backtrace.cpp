// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/backtrace.hpp"

#include <algorithm>
#include <cctype>
#include <span>
#include <utility>

#include "console/functions.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr auto kNowhere = std::string_view::npos;

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)); }

bool is_symbol_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$';
}

std::string without_suffix(std::string_view symbol) {
  // ".cold" and the like; a leading dot belongs to the name.
  return std::string(symbol.substr(0, symbol.find('.', 1)));
}

std::string_view skip_spaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

// "[<ffffffff81234567>]" and "[c000000001234567]" before the function.
std::string_view without_addresses(std::string_view text) {
  for (;;) {
    text = skip_spaces(text);
    if (!text.starts_with('[')) return text;
    const auto close = text.find(']');
    if (close == kNowhere) return text;
    std::string_view inside = text.substr(1, close - 1);
    if (inside.starts_with('<') && inside.ends_with('>')) inside = inside.substr(1, inside.size() - 2);
    if (inside.starts_with("0x")) inside.remove_prefix(2);
    if (inside.empty() || !std::all_of(inside.begin(), inside.end(), is_hex)) return text;
    text.remove_prefix(close + 1);
  }
}

// The symbol that `text` begins with, if "+0x12/0x34" follows it.
std::string leading_symbol(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_symbol_character(text[end])) ++end;
  if (end == 0 || !text.substr(end).starts_with("+0x")) return {};
  std::size_t slash = end + 3;
  while (slash < text.size() && is_hex(text[slash])) ++slash;
  if (!text.substr(slash).starts_with("/0x") || std::isdigit(static_cast<unsigned char>(text[0]))) return {};
  return without_suffix(text.substr(0, end));
}

std::string leading_name(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_symbol_character(text[end])) ++end;
  return without_suffix(text.substr(0, end));
}

constexpr std::string_view kCallTraces[] = {
    "Call Trace:", "Call trace:", "Backtrace:", "backtrace:", "backtrace (crc", "Call Trace (most"};
// Stacks of others: who allocated, who freed, who raced.
constexpr std::string_view kOtherStacks[] = {"Allocated by task",
                                             "Freed by task",
                                             "Allocated:",
                                             "Freed:",
                                             "allocated by task",
                                             "freed by task",
                                             "Last potentially related",
                                             "Second to last potentially",
                                             "Uninit was ",
                                             "Local variable ",
                                             "page last ",
                                             "page_owner "};
// x86 in kernel mode, 64 and 32 bits, old and new; arm64, arm; powerpc; riscv, mips; loongarch; s390.
constexpr std::string_view kPointers[] = {"RIP: 0010:", "RIP: e030:", "EIP: 0060:", "EIP: ", "EIP is at ",
                                          "IP: ",       "RIP: [<",    "RIP  [<",    "pc : ", "PC is at ",
                                          "NIP [",      "epc : ",     "epc   : ",   "era: ", "Krnl PSW : "};

bool begins_with_any(std::string_view text, std::span<const std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// The first function of the kernel's own that a timer interrupt runs, x86, arm64 and arm.
bool is_interrupt_entry(std::string_view text, std::string_view function) {
  return function.find("apic_timer_interrupt") != kNowhere || function == "el1h_64_irq" ||
         function == "el1_irq" || function == "__irq_svc" || text.starts_with("Exception stack");
}

}  // namespace

std::string symbol_in(std::string_view text) {
  for (auto plus = text.find("+0x"); plus != kNowhere; plus = text.find("+0x", plus + 1)) {
    std::size_t begin = plus;
    while (begin > 0 && is_symbol_character(text[begin - 1])) --begin;
    const std::string symbol = leading_symbol(text.substr(begin));
    if (!symbol.empty()) return symbol;
  }
  return {};
}

TraceEntry read_frame(std::string_view line) {
  TraceEntry frame;
  std::string_view text = skip_spaces(line);
  // "<IRQ>  [<ffffffff81234567>] foo": the mark of a stack's change on its first entry's line.
  for (const std::string_view mark : {"<IRQ>", "<EOI>", "<NMI>", "<UNK>", "<<EOE>>", "<TASK>", "<#DF>"})
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
  text = without_addresses(text);
  if (text.starts_with("? ")) {
    frame.is_guess = true;
    text = skip_spaces(text.substr(2));
  }
  if (text.ends_with("(unreliable)")) frame.is_guess = true;
  if (const auto from = text.find(" from "); from != kNowhere && text.find("+0x") != kNowhere) {
    // arm: "[<c0>] (foo) from [<c1>] (bar+0x12/0x34)", or without addresses and parentheses.
    const auto bare = [](std::string_view part) {
      part = without_addresses(part);
      return part.starts_with('(') ? part.substr(1) : part;
    };
    frame.caller = leading_symbol(bare(text.substr(from + 6)));
    if (!frame.caller.empty()) frame.function = leading_name(bare(text.substr(0, from)));
    return frame;
  }
  frame.function = leading_symbol(text);
  return frame;
}

bool GuiltyFunction::is_skipped(std::string_view function) const {
  return is_generic_function(function) || fits_any(function, pattern_->skip);
}

std::string GuiltyFunction::function() const {
  if (!found_.empty()) return title_name(found_);
  const bool vouched_for = !fallback_.empty() && !is_skipped(fallback_);
  return title_name(vouched_for || guess_.empty() ? fallback_ : guess_);
}

void GuiltyFunction::offer(std::string_view function) {
  if (function.empty()) return;
  if (found_.empty() && !is_skipped(function))
    found_ = function;
  else if (fallback_.empty())
    fallback_ = function;
}

void GuiltyFunction::take(const std::string& function, bool is_guess) {
  if (function.empty()) return;
  if (is_guess) {
    const bool waits = pattern_->outcome == Outcome::hung && is_waiting_function(function);
    if (guess_.empty() && !is_skipped(function) && !waits) guess_ = function;
    return;
  }
  ++frames_;
  if (pattern_->search == Search::stall)
    take_in_stall(function);
  else if (pattern_->search == Search::hung_task)
    take_in_hung_task(function);
  else
    offer(function);
}

// Which instruction the timer interrupted is chance: the representative function is the one that was
// called by a dispatcher.
void GuiltyFunction::take_in_stall(const std::string& function) {
  if (!found_.empty()) return;
  if (function.find("smp_call_function") != std::string::npos) {
    found_ = "smp_call_function";
  } else if (is_dispatcher(title_name(function)) || is_dispatcher(function)) {
    if (!previous_.empty()) found_ = previous_;
  } else if (!is_skipped(function)) {
    previous_ = function;
    if (fallback_.empty() || is_skipped(fallback_)) fallback_ = function;
  } else if (fallback_.empty()) {
    fallback_ = function;
  }
}

// Where many tasks wait for the same, the title is the same.
void GuiltyFunction::take_in_hung_task(const std::string& function) {
  const auto contains = [&](std::string_view part) { return function.find(part) != std::string::npos; };
  if (marked_) return;
  if (contains("rtnl_lock")) {
    found_ = function;
    marked_ = true;
  } else if (contains("synchronize_rcu") || contains("synchronize_srcu") || contains("synchronize_net") ||
             contains("synchronize_sched")) {
    found_ = "synchronize_rcu";
    marked_ = true;
  } else if (is_waiting_function(function)) {
    if (found_.empty()) fallback_ = function;
  } else if (found_.empty() && !is_generic_function(function)) {
    found_ = function;
  }
}

void GuiltyFunction::begin_stack(bool of_the_report) {
  in_trace_ = of_the_report;
  if (pattern_->search == Search::stall && found_.empty() && !interrupted_) previous_.clear();
  if (pattern_->search == Search::hung_task && !function().empty()) stopped_ = true;
}

void GuiltyFunction::feed(std::string_view line) {
  if (stopped_ || pattern_->search == Search::none) return;
  const bool searches_on = pattern_->search == Search::hung_task || found_.empty();
  const std::string_view text = trim(line);

  if (pattern_->search == Search::word) {
    if (found_.empty() && text.find(pattern_->mark) != kNowhere) {
      // "last function: foo", "Workqueue: events foo": the last word, unless it is a module.
      std::string_view words = text.substr(0, text.find(" ["));
      found_ = leading_name(words.substr(words.rfind(' ') + 1));
    }
    return;
  }
  if (pattern_->search == Search::marked && text.find(pattern_->mark) != kNowhere) {
    // What was found in the report's own trace only stands in for it.
    if (!marked_ && !found_.empty()) fallback_ = std::exchange(found_, {});
    marked_ = true;
    in_trace_ = true;
    return;
  }
  if (pattern_->search == Search::lock && found_.empty()) {
    const bool follows = std::exchange(lock_follows_, text.ends_with(" at:"));
    const auto at = text.find(" at: ");
    if (at != kNowhere)
      offer(symbol_in(text.substr(at)));
    else if (follows)
      offer(read_frame(text).function);
  }
  if (text.find("RCU grace-period kthread stack dump") != kNowhere) stack_of_other_ = true;
  if (begins_with_any(text, kCallTraces)) return begin_stack(!std::exchange(stack_of_other_, false));
  if (begins_with_any(text, kOtherStacks)) return begin_stack(false);

  const bool uses_pointer = pattern_->search == Search::pointer || pattern_->search == Search::named ||
                            pattern_->search == Search::stall;
  if (begins_with_any(text, kPointers)) {
    if (!uses_pointer || !searches_on) return;
    if (pattern_->search == Search::stall) {
      const std::string function = symbol_in(text);
      in_trace_ = true;
      if (!function.empty()) take_in_stall(function);
    } else {
      offer(symbol_in(text));
    }
    return;
  }
  const TraceEntry frame = read_frame(text);
  if (pattern_->kind == "rcu-stall" && !interrupted_ && is_interrupt_entry(text, frame.function)) {
    // What stands above is the timer's own way here.
    interrupted_ = true;
    in_trace_ = true;
    if (!frame.is_guess) {
      found_.clear();
      previous_.clear();
      fallback_.clear();
    }
    return;
  }
  if (frame.function.empty()) return;
  // arm's stacks need no heading.
  if (!in_trace_ && frame.caller.empty() && pattern_->search != Search::traced) return;
  if (!searches_on) {
    ++frames_;
    return;
  }
  take(frame.function, frame.is_guess);
  if (searches_on) take(frame.caller, frame.is_guess);
}

}  // namespace klab
