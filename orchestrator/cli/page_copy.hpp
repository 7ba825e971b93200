// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab::cli {

// klabd's pages as files that lead to each other. Pure but for `fetch`.

// What is copied; a page that leads to another does not bring it along unless it is of these.
struct CopyScope {
  std::set<std::string> experiments;  // numbers; of each all rows, boots and builds
  std::set<std::string> nights;       // numbers
  std::set<std::string> matrices;     // names, as addresses have them
  bool all_experiments_of_nights = true;
};

// Where a page stands in the copy: "/experiments/3" -> "experiments/3.html", "/boots/7/console" -> "boots/7/console.txt",
// "/compare?a=1&b=2" -> "compare-a-1-b-2-0f3c....html". Never above the copy's directory.
std::string copy_file(std::string_view target);
// The way from one file of the copy to another.
std::string relative_way(std::string_view from, std::string_view to);
// The addresses that a page leads to, without their fragments, in order, each once.
std::vector<std::string> links_of(std::string_view html);
// The page with its links leading to files of the copy; one that would lead out of it leads nowhere.
std::string with_links(std::string_view html, std::string_view file, const std::map<std::string, std::string>& files);

// All files of the copy with their content. `fetch` gets what stands at an address of klabd; nothing where klabd has no
// such page, which is an error only of what was asked for: a link that leads nowhere there leads nowhere in the copy.
using FetchPage = std::function<Result<std::optional<std::string>>(const std::string&)>;
Result<std::map<std::string, std::string>> copy_pages(CopyScope scope, const FetchPage& fetch);

}  // namespace klab::cli
