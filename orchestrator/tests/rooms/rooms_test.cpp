// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps what the link lines cannot: includes across rooms, and vendor headers outside their room.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;
namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::set<std::string>> may_include{
    {"util", {}},
    {"model", {"util"}},
    {"config", {"util", "model"}},
    {"intake", {"util", "model"}},
    {"build", {"util", "model"}},
    {"machine", {"util", "model"}},
    {"console", {"util", "model"}},
    {"workload", {"util", "model"}},
    {"stats", {"util", "model"}},
    {"store", {"util", "model"}},
    {"report", {"util", "model"}},
    {"pipeline", {"util", "model", "config", "intake", "build", "machine", "console", "workload", "stats", "store"}},
    {"schedule", {"util", "model", "config", "store", "pipeline"}},
    {"api", {"util", "model", "config", "build", "machine", "store", "workload", "pipeline", "schedule", "report"}},
    {"cli", {"util", "model", "config", "intake", "console", "stats", "report"}},
};

const std::map<std::string, std::string> vendor_rooms{
    {"libvirt/", "machine/libvirt/"},
    {"freeipmi/", "machine/ipmi/"},
    {"ipmiconsole", "machine/ipmi/"},
    {"SQLiteCpp/", "store/"},
    {"sqlite3.h", "store/"},
    {"zlib.h", "store/"},
    {"boost/process/", "util/process"},
    {"toml\\+\\+/", "util/toml"},
    {"boost/beast", "api/|cli/"},
    {"kainjow/", "report/|api/"},
    {"archive", "workload/"},
};

std::vector<std::string> breaches() {
  const fs::path root = fs::path(KLAB_SOURCE_ROOT) / "orchestrator";
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    const auto name = fs::relative(entry.path(), root).string();
    const auto room = name.substr(0, name.find('/'));
    if (room == "tests" || room == "daemon" || room == "bench" || room == "fuzz") continue;
    if (!may_include.count(room)) {
      found.push_back(name + ": no such room");
      continue;
    }
    for (const auto& line : split_lines(read_file(entry.path()).value())) {
      if (line.rfind("#include \"", 0) == 0) {
        const auto target = line.substr(10, line.find('/') == std::string::npos ? 0 : line.find('/') - 10);
        if (may_include.count(target) && target != room && !may_include.at(room).count(target))
          found.push_back(name + " includes " + target);
      }
      if (line.rfind("#include <", 0) == 0)
        for (const auto& [header, allowed] : vendor_rooms)
          if (std::regex_search(line, std::regex("<" + header)) && !std::regex_search(name, std::regex("^(" + allowed + ")")))
            found.push_back(name + ": " + line);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("rooms: nobody includes what is not his") { CHECK(breaches() == std::vector<std::string>{}); }

TEST_CASE("rooms: every source file says under which licence it is") {
  std::vector<std::string> without;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KLAB_SOURCE_ROOT) / "orchestrator")) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp" && extension != ".sh") continue;
    if (read_file(entry.path()).value().substr(0, 200).find("SPDX-License-Identifier: ") == std::string::npos)
      without.push_back(entry.path().string());
  }
  CHECK(without == std::vector<std::string>{});
}
