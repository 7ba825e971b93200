// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/listing.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "tests/build/support.hpp"
#include "util/hash.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

// What caches have stored: all lines of a tree, sorted as they are.
std::string hash_of_all_lines(const fs::path& directory) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().string().substr(directory.string().size() + 1);
    struct stat found {};
    REQUIRE(::lstat(entry.path().c_str(), &found) == 0);
    if (S_ISDIR(found.st_mode))
      lines.push_back(name + " directory");
    else
      lines.push_back(fmt::format("{} {:o} {} {}.{:09}", name, found.st_mode, found.st_size, found.st_mtim.tv_sec,
                                  found.st_mtim.tv_nsec));
  }
  std::sort(lines.begin(), lines.end());
  FieldHash hash;
  for (const std::string& line : lines) hash.add("entry", line);
  return hash.hex();
}

// As a user who is nobody to the files: root may read everything.
Result<std::string> listing_for_others(const fs::path& directory) {
  std::optional<Result<std::string>> hash;
  std::thread([&] {
    ::setfsuid(65534);
    hash.emplace(listing_hash(directory));
  }).join();
  return std::move(*hash);
}

}  // namespace

TEST_CASE("listing: a hash is the same as ever, whatever the names") {
  auto directory = scratch();
  const fs::path top = directory.path() / "top";
  fs::create_directory(top);
  CHECK(listing_hash(top).value() == hash_of_all_lines(top));
  // Names around the places of "NAME directory" and "NAME/": blank, '!', '-', '.', '/', '0'.
  shell("for d in a 'a b' a! a- a-b a.c a0 aa 'a directory' 'a directory!' b/a/a b/a.a; do mkdir -p \"$d\"; "
        "for f in x 'x 1' x! x-y x.c x0; do echo \"$f\" > \"$d/$f\"; done; done; "
        "for f in 'a 100644 4' a\\\" a#b a/b/c a,; do mkdir -p \"$(dirname \"$f\")\"; echo y > \"$f\"; done; "
        "ln -s a a-link; ln -s nowhere a/dangling; mkfifo a/fifo; mkdir a/empty; "
        "printf x > \"$(printf 'a\\nb\\377')\"; chmod 600 a/x",
        top);
  CHECK(listing_hash(top).value() == hash_of_all_lines(top));
}

TEST_CASE("listing: a change of name, kind, mode, size or time is seen, at any depth") {
  auto directory = scratch();
  write(directory.path() / "a/b/c", "text");
  const auto before = listing_hash(directory.path()).value();
  CHECK(listing_hash(directory.path()).value() == before);
  const char* change = GENERATE("mv a/b/c a/b/d", "rm a/b/c; mkdir a/b/c", "chmod 600 a/b/c", "echo >> a/b/c", "touch -d @1 a/b/c",
                                "rm a/b/c", "mkdir a/c");
  shell(change, directory.path());
  CHECK(listing_hash(directory.path()).value() != before);
}

TEST_CASE("listing: what a build locked or made too deep is the build's failure") {
  struct Case {
    const char* script;
    std::string message;
  };
  const std::string name(200, 'x');
  const Case c = GENERATE_REF(
      Case{"mkdir -p a/locked; chmod 000 a/locked", "cannot keep \"a/locked\": it cannot be read: Permission denied"},
      Case{"mkdir -p a/listed; touch a/listed/file; chmod 444 a/listed",
           "cannot keep \"a/listed/file\": it cannot be read: Permission denied"},
      Case{"perl -e '$n = \"x\" x 200; for (1..25) { mkdir $n; chdir $n or die }'",
           "cannot keep \"" + name.substr(0, 80) + "...\": its path is longer than 3000 bytes"},
      Case{"perl -e 'for (1..202) { mkdir \"d\"; chdir \"d\" or die }'",
           "cannot keep \"" + std::string("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/") +
               "...\": directories are nested deeper than 200"});
  auto directory = scratch();
  fs::permissions(directory.path(), fs::perms(0755));
  shell(c.script, directory.path());
  auto hash = listing_for_others(directory.path());
  REQUIRE_FALSE(hash);
  CHECK(hash.error().kind == ErrorKind::failed);
  CHECK(hash.error().message == c.message);
  shell("chmod -R u+rwX .", directory.path());
}

TEST_CASE("listing: a directory that is not there is the laboratory's failure") {
  auto hash = listing_hash("/nonexistent/layer");
  REQUIRE_FALSE(hash);
  CHECK(hash.error().kind == ErrorKind::lab);
  CHECK(hash.error().message == "cannot read directory \"/nonexistent/layer\": No such file or directory");
}
