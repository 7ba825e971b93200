// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/kconfig.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::string_view kPrefix = "CONFIG_";

bool symbol_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

bool number(std::string_view value) {
  if (value.starts_with('-')) value.remove_prefix(1);
  if (value.starts_with("0x") || value.starts_with("0X")) value.remove_prefix(2);
  return !value.empty() &&
         std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool symbol_value(std::string_view value) {
  if (value == "y" || value == "m" || value == "n" || number(value)) return true;
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

struct Assignment {
  std::string symbol, value;
};

// "CONFIG_NAME=value" or "# CONFIG_NAME is not set".
std::optional<Assignment> assignment(std::string_view line) {
  constexpr std::string_view kNotSet = " is not set";
  line = trim(line);
  if (line.starts_with("# CONFIG_") && line.ends_with(kNotSet)) {
    line.remove_prefix(2 + kPrefix.size());
    line.remove_suffix(kNotSet.size());
    if (symbol_name(line)) return Assignment{std::string(line), "n"};
    return std::nullopt;
  }
  const auto equals = line.find('=');
  if (!line.starts_with(kPrefix) || equals == std::string_view::npos) return std::nullopt;
  const auto name = line.substr(kPrefix.size(), equals - kPrefix.size());
  const auto value = line.substr(equals + 1);
  if (!symbol_name(name) || !symbol_value(value)) return std::nullopt;
  return Assignment{std::string(name), std::string(value)};
}

bool same_value(const std::string& wanted, const std::string& got) {
  if (wanted == got) return true;
  return wanted.starts_with("0") && to_lower(wanted) == to_lower(got);
}

// A tree's own words, which may have no end.
std::string quoted(const std::string& words) {
  constexpr std::size_t kMost = 1000;
  return printable(words.substr(0, kMost)) + (words.size() > kMost ? "..." : "");
}

std::string describe(const UnmetSymbol& unmet, const std::string& reason) {
  std::string text =
      fmt::format("\"{}\" (kconfig {}): asked for {}, got {}", unmet.request.symbol, unmet.request.fragment,
                  printable(unmet.request.value), quoted(unmet.got));
  if (!reason.empty()) text += "; " + quoted(reason);
  return text;
}

}  // namespace

Result<std::vector<SymbolRequest>> requested_symbols(const Kconfig& kconfig) {
  const std::string& base = kconfig.base;
  const bool usable = base.ends_with("config") && std::all_of(base.begin(), base.end(), [](unsigned char c) {
                        return std::isalnum(c) || c == '_';
                      });
  if (!usable)
    return input_error(
        "cannot configure: base \"{}\" is no configuration target such as tinyconfig or defconfig",
        printable(base));
  std::vector<SymbolRequest> requests;
  for (const KconfigFragment& fragment : kconfig.fragments) {
    int number = 0;
    for (const std::string& line : split_lines(fragment.text)) {
      ++number;
      auto found = assignment(line);
      const auto content = trim(line);
      if (!found && !content.empty() && !content.starts_with("#"))
        return input_error("cannot read kconfig \"{}\", line {}: \"{}\" is not CONFIG_NAME=value",
                           fragment.name, number, printable(content));
      if (!found) continue;
      SymbolRequest request{found->symbol, found->value, fragment.name, number};
      auto earlier = std::find_if(requests.begin(), requests.end(),
                                  [&](const SymbolRequest& r) { return r.symbol == request.symbol; });
      if (earlier == requests.end())
        requests.push_back(std::move(request));
      else
        *earlier = std::move(request);
    }
  }
  return requests;
}

std::string merged_fragments(const Kconfig& kconfig) {
  std::string text;
  for (const KconfigFragment& fragment : kconfig.fragments) text += fragment.text + "\n";
  return text;
}

std::map<std::string, std::string> read_config(std::string_view text) {
  std::map<std::string, std::string> symbols;
  for (const std::string& line : split_lines(text))
    if (auto found = assignment(line); found && found->value != "n") symbols[found->symbol] = found->value;
  return symbols;
}

std::vector<UnmetSymbol> unmet_symbols(const std::vector<SymbolRequest>& requests, std::string_view config) {
  const auto symbols = read_config(config);
  std::vector<UnmetSymbol> unmet;
  for (const SymbolRequest& request : requests) {
    const auto found = symbols.find(request.symbol);
    const std::string got = found == symbols.end() ? "n" : found->second;
    if (!same_value(request.value, got)) unmet.push_back({request, got});
  }
  return unmet;
}

std::string explanation_request(const std::vector<UnmetSymbol>& unmet) {
  std::string text;
  for (const UnmetSymbol& symbol : unmet) text += symbol.request.symbol + "\t" + symbol.request.value + "\n";
  return text;
}

Error unmet_error(const std::vector<UnmetSymbol>& unmet, std::string_view explanation) {
  std::map<std::string, std::string> reasons;
  for (const std::string& line : split_lines(explanation)) {
    const auto tab = line.find('\t');
    if (tab != std::string::npos) reasons[line.substr(0, tab)] = line.substr(tab + 1);
  }
  Error error =
      input_error("cannot configure {}", describe(unmet.front(), reasons[unmet.front().request.symbol]));
  if (unmet.size() == 1) return error;
  error.message += fmt::format(" (and {} more)", unmet.size() - 1);
  std::vector<std::string> lines;
  for (const UnmetSymbol& symbol : unmet) lines.push_back(describe(symbol, reasons[symbol.request.symbol]));
  error.tail = join(lines, "\n");
  return error;
}

bool affects_configuration(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.starts_with("Kconfig") || name.ends_with("config") || path.starts_with("scripts/") ||
         path == "Makefile" || (path.starts_with("arch/") && name == "Makefile");
}

}  // namespace klab
