// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/blame.hpp"

#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

std::string lines(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

// Three patches on mm/slub.c as git writes them: 1 changes line 10 and adds two lines at the top, 2 changes
// line 30, 3 changes another file, takes a symbol away and renames a third.
struct Series3 {
  TemporaryDirectory directory = scratch();
  fs::path user = directory.path() / "user";
  std::vector<Patch> patches;
  Series3() {
    make_repository(
        user, {{"mm/slub.c", lines(1, 40)}, {"include/slub.h", lines(1, 5)}, {"mm/old.c", lines(1, 9)}});
    auto add = [this](const std::string& subject, const std::string& script) {
      patches.push_back(make_patch(user, directory.path() / "author", subject, script,
                                   static_cast<int>(patches.size()) + 1));
    };
    add("slub: first", "sed -i -e 's/^line 10$/TEN/' -e '1i top\\ntop' mm/slub.c");
    add("slub: second", "sed -i 's/^line 30$/wq_secret(30);/' mm/slub.c");
    add("slub: third",
        "sed -i 's/^line 3$/void gone(void);/' include/slub.h; git mv mm/old.c mm/new.c; "
        "sed -i 's/^line 5$/FIVE/' mm/new.c");
  }
  std::string at(const std::string& file, int line) const {
    return blame({"compiler", file, line, "error", 1}, patches);
  }
};

}  // namespace

TEST_CASE("a cause is given to the patch that brought the line") {
  Series3 s;
  CHECK(s.at("mm/slub.c", 12) == "touched by patch 1/3 \"slub: first\"");
  CHECK(s.at("mm/slub.c", 32) == "touched by patch 2/3 \"slub: second\"");
  CHECK(s.at("mm/slub.c", 1) == "touched by patch 1/3 \"slub: first\"");
}

TEST_CASE("else to the one whose hunk is there, else to the last that touched the file") {
  Series3 s;
  CHECK(s.at("mm/slub.c", 11) == "touched by patch 1/3 \"slub: first\"");  // context of the first's hunk
  CHECK(s.at("mm/slub.c", 20) == "touched by patch 2/3 \"slub: second\"");
  CHECK(s.at("mm/slub.c", 0) == "touched by patch 2/3 \"slub: second\"");
  CHECK(s.at("mm/slub.o", 0) == "touched by patch 2/3 \"slub: second\"");
  CHECK(s.at("mm/new.c", 5) == "touched by patch 3/3 \"slub: third\"");
}

TEST_CASE("else to the header on the way, or to who uses or removes the symbol") {
  Series3 s;
  FirstCause cause{"compiler", "kernel/a.c", 7, "error", 1};
  CHECK(blame(cause, s.patches) == "not touched by the series");
  cause.related = {{"include/other.h", 3}, {"include/slub.h", 3}};
  CHECK(blame(cause, s.patches) == "include/slub.h touched by patch 3/3 \"slub: third\"");
  FirstCause symbol{"modpost", "", 0, "undefined", 1};
  symbol.subject = "wq_secret";
  CHECK(blame(symbol, s.patches) == "`wq_secret' used by patch 2/3 \"slub: second\"");
  symbol.subject = "wq_secre";
  CHECK(blame(symbol, s.patches).empty());
}

TEST_CASE("the compiler's chain and notes lead to the header") {
  Series3 s;
  auto cause = first_cause(
      "  CC      kernel/a.o\n"
      "In file included from ./include/slub.h:3,\n"
      "                 from kernel/a.c:12:\n"
      "./include/deep.h:4:1: error: unknown type name 'x'\n");
  REQUIRE(cause);
  CHECK(cause->text() + " (" + blame(*cause, s.patches) + ")" ==
        "include/deep.h:4:1: error: unknown type name 'x' (include/slub.h touched by patch 3/3 \"slub: "
        "third\")");
  cause = first_cause(
      "  CC      kernel/a.o\n"
      "kernel/a.c:10:9: error: too few arguments to function 'gone'\n"
      "   10 |         gone();\n"
      "./include/slub.h:3:6: note: declared here\n");
  REQUIRE(cause);
  CHECK(blame(*cause, s.patches) == "include/slub.h touched by patch 3/3 \"slub: third\"");
  // The chain of one file says nothing about the next.
  cause = first_cause(
      "In file included from ./include/slub.h:3,\n"
      "                 from kernel/a.c:12:\n"
      "./include/deep.h:4:1: warning: unused\n"
      "  CC      kernel/b.o\n"
      "kernel/b.c:1:1: error: no\n");
  REQUIRE(cause);
  CHECK(blame(*cause, s.patches) == "not touched by the series");
}

TEST_CASE("without patches, or in a module of the laboratory, there is nobody to name") {
  Series3 s;
  CHECK(blame({"compiler", "mm/slub.c", 12, "error", 1}, {}).empty());
  CHECK(blame({"compiler", "/klab/module/ruler.c", 3, "error", 1}, s.patches).empty());
  CHECK(blame({"tool", "", 0, "bc: not found", 1}, s.patches).empty());
}

TEST_CASE("a mail that is no patch, or a hunk that lies about its length, costs nothing") {
  Patch patch;
  patch.subject = "odd";
  patch.mail = "--- a/x\n+++ b/x\n@@ -1,999999 +1,999999 @@\n+a\n@@ -x +y @@\n@@ -5\n";
  CHECK(blame({"compiler", "x", 1, "error", 1}, {patch}) == "touched by patch 1/1 \"odd\"");
  patch.mail = "--- a/x\n+++ b/x\n@@ -2147483647,9 +2147483647,9 @@\n+a\n+b\n";
  CHECK(blame({"compiler", "x", 2147483647, "error", 1}, {patch}) == "touched by patch 1/1 \"odd\"");
  patch.mail = "@@ -1,2 +1,2 @@\n+a\n";
  CHECK(blame({"compiler", "x", 1, "error", 1}, {patch}) == "not touched by the series");
}
