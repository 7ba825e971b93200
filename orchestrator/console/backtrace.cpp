// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/backtrace.hpp"

#include <cctype>

#include "console/oops_table.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool is_symbol_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$';
}

std::string without_suffix(std::string_view symbol) {
  // ".cold" and the like; a leading dot belongs to the name.
  const auto dot = symbol.find('.', 1);
  return std::string(symbol.substr(0, dot));
}

}  // namespace

std::string symbol_in(std::string_view text) {
  for (auto plus = text.find("+0x"); plus != std::string_view::npos; plus = text.find("+0x", plus + 1)) {
    std::size_t begin = plus;
    while (begin > 0 && is_symbol_character(text[begin - 1])) --begin;
    std::size_t end = plus + 3;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end]))) ++end;
    const bool has_size = text.substr(end).starts_with("/0x");
    if (begin < plus && has_size && !std::isdigit(static_cast<unsigned char>(text[begin])))
      return without_suffix(text.substr(begin, plus - begin));
  }
  return {};
}

void GuiltyFunction::offer(std::string function) {
  if (function.empty() || !found_.empty()) return;
  if (is_generic_function(function)) {
    if (fallback_.empty()) fallback_ = std::move(function);
  } else {
    found_ = std::move(function);
  }
}

void GuiltyFunction::feed(std::string_view line) {
  if (!found_.empty()) return;
  const std::string_view text = trim(line);
  if (text.starts_with("Call Trace:") || text.starts_with("Call trace:") || text.starts_with("Backtrace:") ||
      text == "stack backtrace:") {
    in_trace_ = true;
    return;
  }
  // x86's kernel code segment is 0010, a program's 0033; arm64 writes "pc : foo+0x0/0x1".
  if (text.starts_with("RIP: 0010:") || text.starts_with("pc : ") || text.starts_with("EIP: ") ||
      text.starts_with("PC is at ")) {
    offer(symbol_in(text));
    return;
  }
  if (!in_trace_ || text.empty()) return;
  // Marks of a stack's change, and the register dumps between two stacks.
  if (text.starts_with("<") || text.starts_with("RSP:") || text.starts_with("RAX:") ||
      text.starts_with("RDX:") || text.starts_with("RBP:") || text.starts_with("R10:") ||
      text.starts_with("R13:") || text.starts_with("Code:") || text.starts_with("RIP:")) {
    if (!text.starts_with("<")) return;
    const auto close = text.find('>');
    // "<TASK>" stands alone; "[<address>] foo" does not begin with it.
    if (close == std::string_view::npos || close + 1 == text.size()) return;
  }
  const std::string symbol = symbol_in(text);
  if (text.starts_with("? ") || text.find("] ? ") != std::string_view::npos) {
    if (guess_.empty() && !symbol.empty() && !is_generic_function(symbol)) guess_ = symbol;
    return;
  }
  if (symbol.empty())
    in_trace_ = false;
  else
    offer(symbol);
}

}  // namespace klab
