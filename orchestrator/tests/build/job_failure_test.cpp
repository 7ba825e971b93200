// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/job_failure.hpp"

#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;

namespace {

Error failure(ProcessResult process) {
  FailureContext context;
  context.purpose = "build \"fake\"";
  context.limits = resolved({});
  context.cache = "/";
  return step_failure(context, {std::move(process), std::nullopt});
}

ProcessResult ended(bool begun, std::string out) {
  ProcessResult process;
  process.begun = begun;
  process.exit_code = 1;
  process.out = std::move(out);
  return process;
}

}  // namespace

TEST_CASE("failure: before the build began everybody speaks for the laboratory") {
  auto error = failure(ended(false, "bwrap: Can't mkdir /klab: Permission denied\nmore\n"));
  CHECK(error.kind == ErrorKind::lab);
  CHECK(error.message == "cannot build \"fake\": bwrap: Can't mkdir /klab: Permission denied");
  error = failure(ended(false, "prlimit: failed to set the AS resource limit: Operation not permitted\n"));
  CHECK(error.kind == ErrorKind::lab);
  CHECK(error.message == "cannot build \"fake\": prlimit: failed to set the AS resource limit: Operation not permitted");
  ProcessResult killed = ended(false, "");
  killed.signal = 9;
  error = failure(std::move(killed));
  CHECK(error.kind == ErrorKind::lab);
  CHECK(error.message == "cannot build \"fake\": killed by signal 9 (Killed)");
}

TEST_CASE("failure: once it began nobody does") {
  for (const char* words : {"bwrap: Can't mkdir /klab: Permission denied\n", "mount: no\n", "unshare: no\n", ""}) {
    const auto error = failure(ended(true, words));
    CHECK(error.kind == ErrorKind::failed);
    CHECK(error.message == "cannot build \"fake\": exit status 1");
  }
}

TEST_CASE("failure: a line without end does not become an error without end") {
  const auto error = failure(ended(true, std::string(8u << 20, 'x')));
  CHECK(error.message == "cannot build \"fake\": exit status 1");
  CHECK(error.tail == std::string(32u << 10, 'x'));
}
