// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/diff_check.hpp"

#include <catch2/catch.hpp>
#include <chrono>

#include "util/text.hpp"

using namespace klab;

namespace {

std::string hunk(const std::string& old_name, const std::string& new_name) {
  return "--- " + old_name + "\n+++ " + new_name + "\n@@ -1,2 +1,2 @@ int x\n a\n-b\n+c\n";
}
std::string git_diff(const std::string& path, const std::string& extended = {}) {
  return "diff --git a/" + path + " b/" + path + "\n" + extended + hunk("a/" + path, "b/" + path);
}
std::string files(const std::string& diff) {
  const auto checked = check_diff(diff);
  return checked.has_value() ? join(*checked, " ") : "refused: " + checked.error().message;
}
std::string refusal(const std::string& diff, std::optional<int> first_line = 1) {
  const auto checked = check_diff(diff, {"x.patch", first_line});
  if (checked.has_value()) return "accepted: " + join(*checked, " ");
  CHECK(checked.error().kind == ErrorKind::input);
  return checked.error().message;
}

}  // namespace

TEST_CASE("files of a diff, old and new names") {
  CHECK(files(git_diff("kernel/workqueue.c")) == "kernel/workqueue.c");
  CHECK(files(hunk("a/z.c\t2026-01-01", "b/z.c\t2026-01-02")) == "z.c");
  CHECK(files(hunk("linux.orig/mm/z.c", "linux/mm/z.c")) == "mm/z.c");
  CHECK(files("diff --git a/n.c b/n.c\nnew file mode 100644\nindex 0000000..1111111\n" +
              hunk("/dev/null", "b/n.c")) == "n.c");
  CHECK(files("diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n") == "empty");
  CHECK(files("diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n") == "run.sh");
  CHECK(files("diff --git a/a b.c b/a b.c\nold mode 100644\nnew mode 100755\n") == "a b.c");
  CHECK(files("diff --git a/o.c b/n.c\nsimilarity index 100%\nrename from o.c\nrename to n.c\n") ==
        "n.c o.c");
  CHECK(files("diff --git \"a/f\\303\\266.c\" \"b/f\\303\\266.c\"\n" +
              hunk("\"a/f\\303\\266.c\"", "\"b/f\\303\\266.c\"")) == "f\xC3\xB6.c");
  CHECK(files(git_diff("b.c") + git_diff("a.c") + "-- \n2.39.5\n\n") == "a.c b.c");
  CHECK(files("diff --git a/i.png b/i.png\nindex 1111111..2222222 100644\nGIT binary patch\nliteral "
              "3\nKcmZ\n\nliteral 0\nHcmV\n\n" +
              git_diff("a.c")) == "a.c i.png");
  CHECK(files("prose\n---\n stat | 2 +-\n\n" + git_diff("a.c") + "\nmore prose\n" + git_diff(".gitignore")) ==
        ".gitignore a.c");
}

TEST_CASE("hunks with what git allows in them") {
  const std::string head = "--- a/z.c\n+++ b/z.c\n";
  CHECK(files(head + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n") ==
        "z.c");
  CHECK(files(head + "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n") == "z.c");  // empty context without its space
  CHECK(files(head + "@@ -1,2 +1 @@\n a\n--- b\n@@ -9,2 +8 @@\n a\n-- \n-- \n2.39.5\n") ==
        "z.c");                                                               // removed "-- b" and "- "
  CHECK(files(head + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n--\n2.39.5\n") == "z.c");  // the signature lost its space
}

TEST_CASE("paths outside the tree and into .git are refused with line and path") {
  const auto said = [](const std::string& path) { return refusal(hunk("a/ok.c", path)); };
  CHECK(said("b/../x") ==
        "cannot use \"x.patch\": line 2 touches \"../x\", and a patch may not leave the tree");
  CHECK(said("b/a/../../x") ==
        "cannot use \"x.patch\": line 2 touches \"a/../../x\", and a patch may not leave the tree");
  CHECK(said("/etc/passwd") ==
        "cannot use \"x.patch\": line 2 touches \"/etc/passwd\", an absolute path, and a patch may not leave "
        "the tree");
  CHECK(said("b//etc/passwd") ==
        "cannot use \"x.patch\": line 2 touches \"/etc/passwd\", an absolute path, and a patch may not leave "
        "the tree");
  CHECK(said("b/a//b") == "cannot use \"x.patch\": line 2 touches \"a//b\", which no tree can hold");
  CHECK(said("b/./b") == "cannot use \"x.patch\": line 2 touches \"./b\", which no tree can hold");
  CHECK(said("\"b/x\\ny\"") ==
        "cannot use \"x.patch\": line 2 touches \"x y\", a path with control characters");
  CHECK(said("\"b/x") == "cannot use \"x.patch\": line 2 holds a path that cannot be read");
  CHECK(said("z.c") ==
        "cannot use \"x.patch\": line 2 names \"z.c\" without the prefixes a/ and b/ (make the diff without "
        "--no-prefix)");
  for (const std::string name : {".git", ".GIT", ".Git", "git~1", "GIT~1", ".git.", ".git ",
                                 ".git::$INDEX_ALLOCATION", ".g\xE2\x80\x8Cit"}) {
    for (const auto& path : {name + "/config", "sub/" + name + "/hooks/post-checkout", "sub/" + name})
      CHECK(said("b/" + path) == "cannot use \"x.patch\": line 2 touches \"" + printable(path) +
                                     "\", and a patch may not reach into .git");
  }
  CHECK(refusal("diff --git a/o b/o\nrename from o\nrename to .git/o\n") ==
        "cannot use \"x.patch\": line 3 touches \".git/o\", and a patch may not reach into .git");
  CHECK(refusal("diff --git a/../o b/../o\nnew file mode 100644\n") ==
        "cannot use \"x.patch\": line 2 touches \"../o\", and a patch may not leave the tree");
  CHECK(refusal("diff --git \"a/\\056git/o\" \"b/\\056git/o\"\ndeleted file mode 100644\n") ==
        "cannot use \"x.patch\": line 2 touches \".git/o\", and a patch may not reach into .git");
}

TEST_CASE("symbolic links, submodules and odd modes are refused") {
  CHECK(refusal(git_diff("l", "new file mode 120000\nindex 0000000..1111111\n")) ==
        "cannot use \"x.patch\": line 2 makes or changes the symbolic link \"l\", which klab does not apply");
  CHECK(refusal(git_diff("l", "index 2222222..1111111 120000\n")) ==
        "cannot use \"x.patch\": line 2 makes or changes the symbolic link \"l\", which klab does not apply");
  CHECK(refusal(git_diff("l", "old mode 100644\nnew mode 120000\n")) ==
        "cannot use \"x.patch\": line 3 makes or changes the symbolic link \"l\", which klab does not apply");
  CHECK(refusal(git_diff("s", "deleted file mode 160000\n")) ==
        "cannot use \"x.patch\": line 2 makes or changes the submodule \"s\", which klab does not apply");
  CHECK(refusal(git_diff("d", "new file mode 040000\n")) ==
        "cannot use \"x.patch\": line 2 gives \"d\" the mode 040000, which is no file's");
  CHECK(
      refusal("diff --git a/i b/i\nindex 1111111..2222222 100644\nBinary files a/i and b/i differ\n") ==
      "cannot use \"x.patch\": it changes the binary file \"i\" without its content (make it with --binary)");
}

TEST_CASE("white space destroyed in transit is named with its line") {
  const std::string ask = "; ask for the original, e.g. with b4";
  const std::string head = "diff --git a/z.c b/z.c\n--- a/z.c\n+++ b/z.c\n@@ -1,4 +1,5 @@ int f(void)\n";
  CHECK(refusal(head + "}\n}\n#endif\n+ /*\n wake();\n", 71) ==
        "cannot use \"x.patch\": white space was destroyed in transit (line 75: a context line has lost its "
        "leading space)" +
            ask);
  CHECK(refusal(head + "}\n}\n#endif\n+ /*\n+ * why\n+ wake();\nreturn;\n}\n--\n2.39.5\n", 71) ==
        "cannot use \"x.patch\": white space was destroyed in transit (line 75: all leading white space is gone, the "
        "context marker too)" +
            ask);
  CHECK(refusal(head + " a\n\twake();\n", 71) ==
        "cannot use \"x.patch\": white space was destroyed in transit (line 76: a context line has lost its "
        "leading space)" +
            ask);
  CHECK(refusal(head + "}\n", {}) ==
        "cannot use \"x.patch\": white space was destroyed in transit (line 5 of the diff: a context line "
        "has lost its leading space)" +
            ask);
  CHECK(refusal(head + " a\n\xC2\xA0"
                       "b\n") ==
        "cannot use \"x.patch\": white space was destroyed in transit (line 6: a no-break space stands where "
        "a space belongs)" +
            ask);
  CHECK(refusal(head + " a\n+a very long line of a comment that a mail\nprogram has wrapped\n") ==
        "cannot use \"x.patch\": it was damaged in transit (line 7: neither context nor change, as when long "
        "lines are wrapped)" +
            ask);
}

TEST_CASE("a hunk holds what it announces") {
  const std::string ask = "; ask for the original, e.g. with b4";
  const std::string head = "--- a/z.c\n+++ b/z.c\n";
  const std::string cut =
      "cannot use \"x.patch\": it was cut off in transit (line 3: the hunk of \"z.c\" announces 3 old and 4 "
      "new lines, and 1 and 2 are there)" +
      ask;
  CHECK(refusal(head + "@@ -1,3 +1,4 @@\n a\n+b\n") == cut);
  CHECK(refusal(head + "@@ -1,3 +1,4 @@\n a\n+b\n-- \n2.39.5\n\n") == cut);
  CHECK(refusal(head + "@@ -1,3 +1,4 @@\n a\n+b\n" + git_diff("y.c")) == cut);
  CHECK(refusal(head + "@@ -1,3 +1,4 @@\n a\n+b\n@@ -9 +9 @@\n-a\n+b\n") == cut);
  const std::string more =
      "cannot use \"x.patch\": the hunk of \"z.c\" in line 3 has more lines than it announces" + ask;
  CHECK(refusal(head + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d\n") == more);
  CHECK(refusal(head + "@@ -1 +1,2 @@\n a\n-b\n+c\n") == more);
  CHECK(refusal(head + "@@ nonsense @@\n") == "accepted: z.c");  // prose to git as well
  CHECK(refusal(head + "@@ -1,2 +x @@\n") ==
        "cannot use \"x.patch\": line 3 is no hunk header: @@ -1,2 +x @@");
  CHECK(refusal(head + "@@ -1,99999999 +1 @@\n") ==
        "cannot use \"x.patch\": line 3 is no hunk header: @@ -1,99999999 +1 @@");
  CHECK(refusal("@@ -1 +1 @@\n-a\n+b\n") == "cannot use \"x.patch\": line 1 is a hunk without a file header");
  CHECK(refusal("prose\n") == "cannot use \"x.patch\": it changes no file");
}

TEST_CASE("sizes that no patch has") {
  CHECK(refusal(std::string("a\0b", 3)) == "cannot use \"x.patch\": it holds a NUL byte");
  CHECK(refusal(std::string(40u << 20, 'a')) == "cannot use \"x.patch\": it is larger than 32 MiB");
  CHECK(refusal(std::string(2u << 20, 'a')) == "cannot use \"x.patch\": line 1 is longer than 1 MiB");
  CHECK(refusal(hunk("a/x", "b/" + std::string(256, 'n'))) == "cannot use \"x.patch\": line 2 touches \"" +
                                                                  std::string(256, 'n') +
                                                                  "\", a name longer than 255 bytes");
  std::string many;
  for (int i = 0; i <= 10'000; ++i) many += hunk("a/" + std::to_string(i), "b/" + std::to_string(i));
  CHECK(refusal(many) == "cannot use \"x.patch\": it touches more than 10000 files");
}

TEST_CASE("blob ids before the diff, for finding a base") {
  const std::string known = git_diff("k.c", "index 8df671066dd1..321df19f9fd8 100644\n");
  const std::string again = git_diff("k.c", "index 321df19f9fd8..444444444444 100644\n");
  const std::string fresh =
      "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..1111111\n" + hunk("/dev/null", "b/n");
  const auto blobs = preimage_blobs(known + fresh + again + git_diff("u.c"));
  REQUIRE(blobs.size() == 1);
  CHECK(blobs[0].path == "k.c");
  CHECK(blobs[0].id == "8df671066dd1");
}

TEST_CASE("a diff of Subversion, which has no prefixes, is not taken for one with them") {
  const std::string rule(67, '=');
  const auto read = [&](const std::string& before, const std::string& after) {
    const auto files = check_diff("Index: kernel/x.c\n" + rule + "\n--- " + before + "\n+++ " + after +
                                  "\n@@ -1 +1 @@\n-a\n+b\n");
    return files ? files->front() : files.error().message;
  };
  CHECK(read("kernel/x.c\t(revision 1)", "kernel/x.c\t(working copy)") ==
        "cannot use \"diff\": line 3 of the diff names \"kernel/x.c\" without the prefixes a/ and b/ (make the diff without "
        "--no-prefix)");
  CHECK(read("linux.orig/kernel/x.c", "linux/kernel/x.c") == "kernel/x.c");
}

TEST_CASE("the date of diff -u is no part of the name, after a tab or a space") {
  for (const std::string gap : {"\t", " "}) {
    const auto files = check_diff("--- linux.orig/a b.c" + gap + "2006-01-01 00:00:00.000000000 +0000\n+++ linux/a b.c" +
                                  gap + "2006-01-02 00:00:00.000000000 +0000\n@@ -1 +1 @@\n-a\n+b\n");
    REQUIRE(files.has_value());
    CHECK(*files == std::vector<std::string>{"a b.c"});
  }
}

TEST_CASE("the copy that diff -u compared with is no file of the tree") {
  for (const std::string mark : {".orig", "~fix-it"}) {
    const auto files = check_diff("--- a/x.c" + mark + "\n+++ a/x.c\n@@ -1 +1 @@\n-a\n+b\n");
    REQUIRE(files.has_value());
    CHECK(*files == std::vector<std::string>{"x.c"});
  }
  CHECK(check_diff("--- a/../x.orig\n+++ a/x\n@@ -1 +1 @@\n-a\n+b\n").error().message ==
        "cannot use \"diff\": line 1 of the diff touches \"../x.orig\", and a patch may not leave the tree");
}
