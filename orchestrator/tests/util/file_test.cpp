// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/file.hpp"

#include <cerrno>
#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("file: a write that fails says why and what helps") {
  CHECK(why_not_written(ENOSPC) == "No space left on device; free space on its disk and try again");
  CHECK(why_not_written(EROFS) == "Read-only file system; mount it read-write, or set another place in klab.toml");
  CHECK(why_not_written(EACCES) == "Permission denied; let this user write there, or set another place in klab.toml");
  CHECK(why_not_written(EIO) == "Input/output error");
  const auto nowhere = write_file_atomic("/proc/klab", "x");
  REQUIRE(nowhere.has_error());
  CHECK(nowhere.error().kind == ErrorKind::lab);
  CHECK(nowhere.error().message.starts_with("cannot write \"/proc/klab\": "));
}
