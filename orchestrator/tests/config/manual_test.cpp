// SPDX-License-Identifier: GPL-3.0-or-later
// Every key that klab.toml may have stands in its manual page.
#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "util/file.hpp"

using namespace klab;
namespace fs = std::filesystem;

TEST_CASE("klab.toml(5): every key that is read is described") {
  const auto root = fs::path(KLAB_SOURCE_ROOT) / "orchestrator";
  const auto page = std::regex_replace(read_file(root / "man/klab.toml.5").value(), std::regex("\\\\-"), "-");
  // Of keys in double quotes as the first word that a reader is asked for.
  const std::regex read(R"re((?:(?:reader_?|inner|r)\.(?:read|read_range|read_texts|table|each_table|each_element|has)(?:<[^>]*>)?\(|read_(?:seconds|size|bytes|path)\(\w+, |directory\(|count\()"([a-z_]+)")re");
  std::set<std::string> keys;
  for (const auto& entry : fs::directory_iterator(root / "config")) {
    if (entry.path().filename().string().find("experiment") != std::string::npos || entry.path().extension() != ".cpp") continue;
    const auto text = read_file(entry.path()).value();
    for (std::sregex_iterator match(text.begin(), text.end(), read), end; match != end; ++match) keys.insert((*match)[1]);
  }
  CHECK(keys.size() > 50);
  std::vector<std::string> missing;
  for (const auto& key : keys)
    if (!std::regex_search(page, std::regex("(^|\\n)" + key + " = ")) && page.find("[" + key + "]") == std::string::npos &&
        page.find("[" + key + ".NAME]") == std::string::npos)
      missing.push_back(key);
  CHECK(missing == std::vector<std::string>{});
}
