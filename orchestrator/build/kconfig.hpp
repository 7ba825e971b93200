// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

// One symbol that a fragment asks for, as written there: "y", "m", "n", "64", "\"text\"".
struct SymbolRequest {
  std::string symbol;  // without CONFIG_
  std::string value;
  std::string fragment;
  int line = 0;
};

// The effective requests in order of first appearance; later fragments win. Kind input for a base
// that is no configuration target and for a line that is no assignment, comment or blank:
//   cannot read kconfig "lab", line 3: "CONFIG_SMP" is not CONFIG_NAME=value
Result<std::vector<SymbolRequest>> requested_symbols(const Kconfig& kconfig);

// What is appended to the base's .config.
std::string merged_fragments(const Kconfig& kconfig);

// Symbols of a .config that are set; "is not set" counts as absent, and absent as "n".
std::map<std::string, std::string> read_config(std::string_view text);

struct UnmetSymbol {
  SymbolRequest request;
  std::string got;
};
std::vector<UnmetSymbol> unmet_symbols(const std::vector<SymbolRequest>& requests, std::string_view config);

// Input for the script that asks the tree's Kconfig why: one "symbol<TAB>wanted" a line. Its answer is
// one "symbol<TAB>reason" a line.
std::string explanation_request(const std::vector<UnmetSymbol>& unmet);
extern const char* const kExplainScript;  // Python, for Debian's python3-kconfiglib

// Kind input, about the first of `unmet`, with one line for each as tail when there are several:
//   cannot configure "NO_HZ_FULL" (kconfig lab): asked for y, got n; unmet: HAVE_CONTEXT_TRACKING_USER (n)
Error unmet_error(const std::vector<UnmetSymbol>& unmet, std::string_view explanation);

// Whether a change of this path can change what a fragment means, so that the configuration has to be
// made again.
bool affects_configuration(std::string_view path);

}  // namespace klab
