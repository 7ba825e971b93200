// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/lore.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "intake/gather.hpp"
#include "util/file.hpp"

using namespace klab;
namespace fs = std::filesystem;

namespace {

// A directory at the head of PATH for one test; with `alone`, all of PATH.
class Path {
 public:
  explicit Path(bool alone = false) : before_(std::getenv("PATH")) {
    ::setenv("PATH", (directory_.path().string() + (alone ? "" : ":" + before_)).c_str(), 1);
  }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }
  void program(const std::string& name, const std::string& script) const {
    REQUIRE(write_file_atomic(directory_.path() / name, "#!/bin/sh\n" + script).has_value());
    fs::permissions(directory_.path() / name, fs::perms::owner_all);
  }

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create(fs::temp_directory_path(), "klab-path-");
  std::string before_;
};

}  // namespace

TEST_CASE("what names a mail in an archive") {
  for (const char* yes :
       {"20260604-wq-v3-0-abc@kernel.org", "<20260604.1@example.org>", "https://lore.kernel.org/all/20260604.1@example.org/",
        "https://lore.kernel.org/lkml/20260604.1@example.org/T/#u", "https://patch.msgid.link/a%40b.org", "a..b@c.org"})
    CHECK(looks_like_archived_mail(yes));
  for (const char* no : {"", "-", "--x@y", "main..topic", "main@{1}..main", "v6.12", "https://kernel.org/", "dir/a@b", "a@", "@b", "a b@c",
                         "a@b\nc"})
    CHECK_FALSE(looks_like_archived_mail(no));
}

TEST_CASE("a thread is fetched by b4, as it wrote it") {
  const Path path;
  path.program("b4", R"(
[ "$1" = mbox ] && [ "$2" = -o ] && [ "$4" = -n ] && [ "$6" = 1@example.org ] || { echo "unexpected: $*" >&2; exit 9; }
printf 'From x Thu Jan  1 00:00:00 1970\nSubject: hello\n\nbody\n' >"$3/$5"
echo "Saved $3/$5" >&2
)");
  for (const char* argument : {"1@example.org", "<1@example.org>"}) {
    const auto sources = gather({argument}, "", ".");
    INFO((sources ? "" : sources.error().message));
    REQUIRE(sources.has_value());
    REQUIRE(sources->size() == 1);
    CHECK(sources->front().name == argument);
    CHECK(sources->front().bytes == "From x Thu Jan  1 00:00:00 1970\nSubject: hello\n\nbody\n");
  }
}

TEST_CASE("what b4 could not do is said in its words") {
  const Path path;
  path.program("b4", "echo 'Looking up it' >&2; echo 'That message-id is not known.' >&2; exit 1\n");
  const auto thread = fetch_thread("1@example.org");
  REQUIRE_FALSE(thread.has_value());
  CHECK(thread.error().kind == ErrorKind::input);
  CHECK(thread.error().message ==
        "cannot fetch \"1@example.org\": b4: That message-id is not known.; a saved thread can be given as a file");
}

TEST_CASE("an archive that cannot be reached is no traceback") {
  const Path path;
  path.program("b4", R"sh(cat >&2 <<END
Traceback (most recent call last):
  File "x.py", line 1, in y
requests.exceptions.ConnectionError: HTTPSConnectionPool(host='lore.example'): Max retries exceeded
END
exit 1
)sh");
  const auto thread = fetch_thread("1@example.org");
  REQUIRE_FALSE(thread.has_value());
  CHECK(thread.error().message ==
        "cannot fetch \"1@example.org\": b4: no connection to the archive; a saved thread can be given as a file");
  CHECK(thread.error().tail == "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='lore.example'): Max retries exceeded");
}

TEST_CASE("b4 that gives nothing is no empty series") {
  const Path path;
  path.program("b4", "echo 'Nothing there' >&2\n");
  const auto thread = fetch_thread("1@example.org");
  REQUIRE_FALSE(thread.has_value());
  CHECK(thread.error().message == "cannot fetch \"1@example.org\": b4 ended well but gave no mail: Nothing there");
}

TEST_CASE("without b4 the remedy is named") {
  const Path path(true);
  const auto thread = fetch_thread("1@example.org");
  REQUIRE_FALSE(thread.has_value());
  CHECK(thread.error().message ==
        "cannot fetch \"1@example.org\": b4 is not installed; install it with: apt-get install b4, or save the thread "
        "to a file and name that");
}
