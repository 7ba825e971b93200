// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzzers have found worth keeping, once more through the same targets, with the real git.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "fuzz/target.hpp"
#include "util/file.hpp"

using namespace klab;
namespace fs = std::filesystem;

namespace {

const fs::path corpus = fs::path(KLAB_SOURCE_ROOT) / "orchestrator/fuzz/corpus";

std::vector<fs::path> files_of(std::string_view target) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(corpus / target)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(std::string_view name) {
  const auto target = std::find_if(std::begin(fuzz::targets), std::end(fuzz::targets),
                                   [&](const auto& known) { return known.name == name; });
  REQUIRE(target != std::end(fuzz::targets));
  const auto files = files_of(name);
  CHECK(files.size() >= 5);
  for (const auto& file : files) {
    INFO(file.string());
    CHECK_NOTHROW(target->run(read_file(file).value()));
  }
}

}  // namespace

TEST_CASE("corpus: mail") { replay("mail"); }
TEST_CASE("corpus: subject") { replay("subject"); }
TEST_CASE("corpus: diff") { replay("diff"); }
TEST_CASE("corpus: frames") { replay("frames"); }
TEST_CASE("corpus: toml") { replay("toml"); }
TEST_CASE("corpus: console") { replay("console"); }
TEST_CASE("corpus: request") { replay("request"); }
TEST_CASE("corpus: csv") { replay("csv"); }
TEST_CASE("corpus: http") { replay("http"); }

TEST_CASE("corpus: no target is without a replay") {
  for (const auto& entry : fs::directory_iterator(corpus))
    CHECK(std::any_of(std::begin(fuzz::targets), std::end(fuzz::targets),
                      [&](const auto& target) { return target.name == entry.path().filename().string(); }));
}

TEST_CASE("corpus: a property that does not hold is seen") {
  CHECK_THROWS_AS(fuzz::hold(false, "x"), fuzz::PropertyBroken);
  CHECK_THROWS_AS(fuzz::hold_error(input_error("cannot \x1b"), "cannot "), fuzz::PropertyBroken);
  CHECK_THROWS_AS(fuzz::hold_error(input_error("can"), "cannot "), fuzz::PropertyBroken);
  CHECK_NOTHROW(fuzz::hold_error(input_error("cannot x"), "cannot "));
}
